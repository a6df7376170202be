"""The org's dealings with the ledger: orgs, members, points, terminals."""
