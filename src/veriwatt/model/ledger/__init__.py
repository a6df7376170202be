"""The consortium ledger: genesis, transactions, state keys, blocks and what signs them, the root log."""
