"""Proposals, votes, and the decisions about the ledger itself."""
