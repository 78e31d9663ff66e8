"""Builds the contents of the lab's mirror from package registries."""
