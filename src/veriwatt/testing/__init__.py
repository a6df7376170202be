"""Simulated meters and plants, clocks, fault plans and contract suites, for tests and the demo."""
