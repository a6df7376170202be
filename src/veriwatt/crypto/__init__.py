"""Hashes, signatures, sealing, the key tree and the stores of secrets: the only room that knows a crypto library."""
