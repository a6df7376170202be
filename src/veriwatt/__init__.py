"""Veriwatt: energy meter readings as evidence."""

__version__ = "0.1.0"
