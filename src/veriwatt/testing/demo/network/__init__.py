"""The demo on a ledger of several operators: validators, and a node of its own for each plant's org."""
