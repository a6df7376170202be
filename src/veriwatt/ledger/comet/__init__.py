"""The distributed engine: the state machine behind CometBFT, which orders transactions among several operators."""
