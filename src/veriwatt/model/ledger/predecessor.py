"""The ledger that a genesis continues, where that ledger ended, and the record by which it says so.

    predecessor = [chain id, genesis hash, end | null]                    null in a plan, before the predecessor ended
    end         = [height, time, header hash, app hash, root log size, root log root]
    closing     = [2, plan hash, proposal, height, time]                  the predecessor's own record of its successor
    line        = [2, [predecessor ...]]                                  the eldest first

Spec: docs/spec/genesis.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.units import UtcMillis

MOST_PREDECESSORS = 64
"""The most ledgers before one."""


@dataclass(frozen=True, slots=True)
class End:
    """The first header that proves the closed state, and what that state is: its root, and the root log in it."""

    height: int
    time: UtcMillis
    header_hash: Digest
    app_hash: Digest
    root_log_size: int
    root_log_root: Digest

    def fields(self) -> list[Value]:
        return [self.height, self.time, self.header_hash, self.app_hash, self.root_log_size, self.root_log_root]

    @classmethod
    def parse(cls, value: object) -> End:
        f = Fields(value, "end of a ledger", 6)
        height, time = f.uint("height", 2**62), f.uint("time")
        header_hash, app_hash = f.digest("header hash", Digest), f.digest("app hash", Digest)
        return cls(height, time, header_hash, app_hash, f.uint("root log size"), f.digest("root log root", Digest))


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A ledger that another one continues; without `end` in the plan of that one."""

    chain_id: str
    genesis_hash: Digest
    end: End | None

    def __post_init__(self) -> None:
        if not self.chain_id.endswith("-" + self.genesis_hash.hex()[:16]):
            raise Malformed(f"predecessor: chain id {self.chain_id} is not one of the genesis {self.genesis_hash}")

    @property
    def ended(self) -> End:
        """The end of a predecessor that has ended; raises Malformed for that of a plan."""
        if self.end is None:
            raise Malformed("predecessor: it has no end, so this is the plan of a genesis and none")
        return self.end

    def fields(self) -> list[Value]:
        return [self.chain_id, self.genesis_hash, None if self.end is None else self.end.fields()]

    @classmethod
    def parse(cls, value: object) -> Predecessor:
        f = Fields(value, "predecessor", 3)
        return cls(f.text("chain id", 50), f.digest("genesis hash", Digest), f.optional(End.parse))


@dataclass(frozen=True, slots=True)
class Closing:
    """What a closed ledger's state says: the plan of its successor, and the decision that closed it."""

    plan: Digest
    proposal: int
    height: int
    time: UtcMillis

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.plan, self.proposal, self.height, self.time])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Closing:
        f = Fields.versioned(decode(raw, "closing record"), "closing record", 5)
        return cls(f.digest("plan hash", Digest), f.uint("proposal"), f.uint("height"), f.uint("time"))


def line_bytes(line: Sequence[Predecessor]) -> bytes:
    return encode([FORMAT, [each.fields() for each in line]])


def parse_line(raw: bytes | None) -> tuple[Predecessor, ...]:
    """The predecessors in a state, the eldest first; None is what a ledger without any has."""
    if raw is None:
        return ()
    f = Fields.versioned(decode(raw, "line of ledgers"), "line of ledgers", 2)
    return f.each("predecessors", Predecessor.parse, MOST_PREDECESSORS)


def log_chain_of(chain_id: str, line: Sequence[Predecessor]) -> str:
    """The chain id in the names of the logs of a ledger: they are those of the eldest of its line, and go on."""
    return line[0].chain_id if line else chain_id
