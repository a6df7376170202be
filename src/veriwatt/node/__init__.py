"""The composition root: the only room that knows every class."""

from veriwatt.node.home import Home
from veriwatt.node.init_home import found_home

__all__ = ["Home", "found_home"]
