"""Key agents for tests: one that keeps its record in memory and refuses on demand, and one of a fixed derivation."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.key_tree import Cover, cover, window_key
from veriwatt.errors import NotFound
from veriwatt.ports.key_agent import KeyRefused, Opening, Purpose


class SimKeyAgent:
    """A `KeyAgent`: `recorded` is its record, and groups in `refused` are opened for nobody.

    Args:
        master_of: the master of (org, group), 32 bytes; raises NotFound without one.
    """

    def __init__(self, master_of: Callable[[str, str], bytes]) -> None:
        self._master_of = master_of
        self.refused = set[str]()
        self.recorded, self._noted = list[Opening](), list[Opening]()

    def window_key(self, org: str, group: str, number: int, purpose: Purpose) -> bytes:
        self._check(org, group, purpose)
        key = window_key(self._master_of(org, group), number)
        if purpose is not Purpose.SEAL:
            self._noted.append(Opening(org, group, number, number + 1, purpose))
        return key

    def cover(self, org: str, group: str, first: int, end: int, receiver: str) -> Cover:
        self._check(org, group, Purpose.HANDOVER)
        made = cover(self._master_of(org, group), first, end)
        self._noted.append(Opening(org, group, first, end, Purpose.HANDOVER, receiver))
        return made

    def record_openings(self) -> None:
        self.recorded += self._noted
        self._noted = []

    def _check(self, org: str, group: str, purpose: Purpose) -> None:
        if group in self.refused:
            raise KeyRefused(org, group, purpose)


class FixedKeyAgent:
    """A `KeyAgent` whose window keys are hashes of their place, as in the vectors of evidence; it has no covers."""

    def window_key(self, org: str, group: str, number: int, purpose: Purpose) -> bytes:
        return sha256(f"window {org} {group} {number}".encode())

    def cover(self, org: str, group: str, first: int, end: int, receiver: str) -> Cover:
        raise NotFound(f"there is no master of group {group!r} of org {org!r}")

    def record_openings(self) -> None:
        """Nothing is recorded."""
