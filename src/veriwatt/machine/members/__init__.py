"""Orgs and members, their roles and keys."""
