"""The composition root: it wires the parts of a node over one home, and serves the home."""
