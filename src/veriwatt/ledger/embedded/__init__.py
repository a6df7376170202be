"""The default engine: the state machine over one SQLite file, one signer, one process that writes."""
