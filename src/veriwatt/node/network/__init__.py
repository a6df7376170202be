"""A network of validators: its plan, its homes, and the nodes of those homes that are on this machine."""
