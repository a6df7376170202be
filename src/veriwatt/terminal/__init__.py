"""The terminal: reads meters on the slot grid, keeps every reading durable until it is final at the log host."""
