"""The two numbers of an erasure code. Spec: docs/spec/shares.md, section 1."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import Malformed

MAX_SHARES = 16
"""Each share goes to another org, and costs 64 bytes on the ledger; the library below takes at most 32."""


@dataclass(frozen=True, slots=True)
class Coding:
    """`needed`-of-`total`: shares 0 .. needed - 1 are the object's own bytes, the others parity.

    Raises:
        Malformed: not 1 <= needed <= total <= MAX_SHARES.
    """

    needed: int
    total: int

    def __post_init__(self) -> None:
        if not 1 <= self.needed <= self.total <= MAX_SHARES:
            raise Malformed(f"there is no {self}: k-of-n has 1 <= k <= n <= {MAX_SHARES}")

    def __str__(self) -> str:
        return f"{self.needed}-of-{self.total}"

    def share_length(self, length: int) -> int:
        """Bytes of every share of an object of `length` bytes."""
        return -(-length // self.needed)
