"""What an org changes on the ledger: its orgs, members, points and terminals."""
