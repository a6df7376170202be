"""The terminal.toml of a terminal: which meters it reads, and what their numbers mean."""
