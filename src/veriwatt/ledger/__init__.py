"""Engines of the ledger: each drives the state machine and obeys `ports.Ledger`."""
