"""The configuration of a terminal, terminal.toml: its meters and points."""
