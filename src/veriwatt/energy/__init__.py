"""Pure domain maths: local calendars and slot grids, period totals, completeness, energy factors. No I/O, no floats."""
