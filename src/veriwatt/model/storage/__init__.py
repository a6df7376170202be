"""What the ledger says of stored objects: how they are coded, their shares, the chunks that audits ask for."""
