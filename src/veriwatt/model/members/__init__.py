"""Orgs and their members, and the keys that are registered for them."""
