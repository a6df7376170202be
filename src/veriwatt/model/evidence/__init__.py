"""Evidence files, and the trust file that says whom a verifier believes."""
