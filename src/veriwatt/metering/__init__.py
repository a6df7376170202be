"""Definitions of points applied to calendars: slots, local hours, key windows, frame limits; and series of readings."""
