"""A simulated park of three plants: models of their processes, and meters that answer over real Modbus TCP."""

from veriwatt.testing.plants.park import Endpoint, Park

__all__ = ["Endpoint", "Park"]
