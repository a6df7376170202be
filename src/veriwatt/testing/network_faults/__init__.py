"""Faults of a running network of validators, and what is true of its nodes after each."""
