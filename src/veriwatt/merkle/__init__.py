"""Trees of hashes: the RFC 9162 log (`tree`, `range`, `tiles`) and the authenticated map (`state`)."""
