"""The lab: nodes, mirror and builder on one machine."""
