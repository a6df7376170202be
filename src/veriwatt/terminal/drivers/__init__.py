"""One module for each protocol a terminal speaks; `base` is the contract they share."""
