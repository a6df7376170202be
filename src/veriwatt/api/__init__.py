"""The HTTP API: one table of errors, one guard before everything, one route file for each kind of question."""

from veriwatt.api.app import make_api
from veriwatt.api.context import ChainState, FrameOutcome, Node, Worker

__all__ = ["ChainState", "FrameOutcome", "Node", "Worker", "make_api"]
