"""The HTTP API: one table of errors, one guard before everything, one route file for each kind of question."""

from veriwatt.api.api_node import ApiNode, ChainState, FrameOutcome, Worker
from veriwatt.api.app import make_api

__all__ = ["ApiNode", "ChainState", "FrameOutcome", "Worker", "make_api"]
