"""Readings from files and by hand, through the org's software terminal."""
