"""What the orgs of a ledger decide together: decisions, proposals with their votes, and the records they leave."""
