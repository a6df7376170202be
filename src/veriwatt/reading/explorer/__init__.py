"""The explorer: what the ledger holds, told alike by commands, API and pages; every answer is JSON-able."""
