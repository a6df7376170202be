"""From samples to signed frames: which slots go into which frame, sealing, chaining, signing."""
