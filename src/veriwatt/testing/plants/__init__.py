"""A park of three plants whose meters answer over real Modbus TCP, driven by models of their processes."""

from veriwatt.testing.plants.park import Endpoint, Park

__all__ = ["Endpoint", "Park"]
