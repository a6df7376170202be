"""Readings from any bridge, and corrections by hand, framed by the org's software terminal."""
