"""The registry of signature suites, by number."""

from __future__ import annotations

from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.crypto.suites.suite import Suite
from veriwatt.errors import Malformed

SUITES: dict[int, Suite] = {suite.number: suite for suite in (ED25519,)}


def suite_numbered(number: int) -> Suite:
    """The suite with this number; raises Malformed if this version has none."""
    try:
        return SUITES[number]
    except KeyError:
        suites = ", ".join(f"{suite.number} ({suite.name})" for suite in SUITES.values())
        raise Malformed(f"unknown suite {number}; this version has {suites}") from None
