"""Making signed frames from samples: choosing the slots of a frame, sealing, chaining, signing."""
