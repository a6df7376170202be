"""Delivering signed frames until they are final: sending, receipts, and the trusted head of the ledger."""
