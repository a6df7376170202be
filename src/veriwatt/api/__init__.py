"""The HTTP API: one table of errors, one guard before everything, one route file for each kind of question."""
