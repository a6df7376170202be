"""Orgs, their members, and registered keys."""
