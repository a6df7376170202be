"""Storage on this machine's disk: the journal of accepted frames, objects named by their hash, and tiles."""
