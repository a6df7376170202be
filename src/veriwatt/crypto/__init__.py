"""Hashes, signatures, sealing, the key tree and key shares; no other package imports a cryptographic library."""
