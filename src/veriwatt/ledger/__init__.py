"""The engines of the ledger: each drives the state machine, and implements `ports.LedgerEngine`."""
