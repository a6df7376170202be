"""The ledger's file, which every engine keeps: its tables, their readers and writer, and proofs from their rows."""
