"""From signed frames to final ones: sending to the log host, receipts, the trusted head of the ledger."""
