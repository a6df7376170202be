"""Making evidence: a claim and what discloses it, a proof for each of its frames, a proof of the ledger's state."""
