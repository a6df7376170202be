"""The composition root: the only room that knows every class."""

from veriwatt.node.founding import found_home
from veriwatt.node.home import Home

__all__ = ["Home", "found_home"]
