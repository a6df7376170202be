"""The default engine: the state machine over one SQLite file, with one signer and one writing process."""
