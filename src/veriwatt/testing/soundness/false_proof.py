"""What the ground truth raises where a proven claim says something untrue."""

from __future__ import annotations


class FalseProof(Exception):
    """A verdict *proven* that says something untrue."""


def require(true: bool, otherwise: str) -> None:
    """Raise FalseProof, with what is untrue, unless the claim is true."""
    if not true:
        raise FalseProof(otherwise)
