"""Frozen records and their one wire form. Nothing here does I/O, verifies a signature or knows the ledger."""
