"""Pure domain maths: local calendars and slot grids, units, factors, completeness. No I/O, no floats."""
