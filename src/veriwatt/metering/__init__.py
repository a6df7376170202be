"""Definitions applied to calendars: slots, key windows, limits of a frame."""
