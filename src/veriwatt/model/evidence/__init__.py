"""Evidence files, and the trust file against which they are verified."""
