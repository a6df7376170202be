"""The composition root: wires every part of a node over one home, and serves it."""
