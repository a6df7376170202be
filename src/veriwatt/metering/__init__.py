"""Definitions of points applied to calendars: slots, key windows, frame limits, totals; series of readings."""
