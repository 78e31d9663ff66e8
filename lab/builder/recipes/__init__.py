"""All recipes, in the order in which they are wanted."""

from __future__ import annotations

from lab.builder.recipes import base, data, features, kubernetes, ml, network, serving, storage, triton

RECIPES = (
    *base.RECIPES,
    *kubernetes.RECIPES,
    *network.RECIPES,
    *storage.RECIPES,
    *data.RECIPES,
    *ml.RECIPES,
    *serving.RECIPES,
    *features.RECIPES,
    *triton.RECIPES,
)
