"""Misbehaviour of validators: what CometBFT proved of them in a block, and what the state keeps of it.

    misbehaviour = [kind, address, power, total power, height, time]     kind: 1 duplicate vote, 2 light client attack
    record       = [2, org, [[misbehaviour, height, time] ...]]          under the validator's address

Spec: docs/spec/ledger.md, "Misbehaviour".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.ledger.validators import ADDRESS_LENGTH
from veriwatt.units import UtcMillis

MOST_RECORDED = 16
"""The most misbehaviour that is recorded of one validator."""


class MisbehaviourKind(IntEnum):
    """CometBFT's numbers: two votes in one round, or signatures under a block that is not the chain's."""

    DUPLICATE_VOTE = 1
    LIGHT_CLIENT_ATTACK = 2

    @property
    def told(self) -> str:
        """As it is named to people and programs."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What the validator at `address` did at `height`, a block of this `time`, of whose power it had a part."""

    kind: MisbehaviourKind
    address: bytes
    power: int
    total_power: int
    height: int
    time: UtcMillis

    def __post_init__(self) -> None:
        if len(self.address) != ADDRESS_LENGTH:
            raise Malformed(f"misbehaviour: the address has {len(self.address)} bytes, not {ADDRESS_LENGTH}")

    def fields(self) -> list[Value]:
        return [self.kind.value, self.address, self.power, self.total_power, self.height, self.time]

    @classmethod
    def parse(cls, value: object) -> Misbehaviour:
        f = Fields(value, "misbehaviour", 6)
        kind, address = misbehaviour_kind(f.uint("kind")), f.bytes("address", ADDRESS_LENGTH)
        return cls(kind, address, f.uint("power"), f.uint("total power"), f.uint("height"), f.uint("time"))


@dataclass(frozen=True, slots=True)
class RecordedMisbehaviour:
    """Misbehaviour, and the block that proved it."""

    what: Misbehaviour
    height: int
    time: UtcMillis

    def fields(self) -> list[Value]:
        return [self.what.fields(), self.height, self.time]

    @classmethod
    def parse(cls, value: object) -> RecordedMisbehaviour:
        f = Fields(value, "recorded misbehaviour", 3)
        return cls(Misbehaviour.parse(f.raw()), f.uint("height"), f.uint("time"))


@dataclass(frozen=True, slots=True)
class MisbehaviourRecord:
    """What is recorded of one validator, in the order of recording; `org` answers for it, "" where none is named."""

    org: str
    recorded: tuple[RecordedMisbehaviour, ...] = ()

    def has(self, what: Misbehaviour) -> bool:
        """Whether the same kind is recorded of the same height."""
        return any((each.what.kind, each.what.height) == (what.kind, what.height) for each in self.recorded)

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.org, [each.fields() for each in self.recorded]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> MisbehaviourRecord:
        f = Fields.versioned(decode(raw, "misbehaviour record"), "misbehaviour record", 3)
        return cls(f.text("org"), f.each("recorded", RecordedMisbehaviour.parse, MOST_RECORDED))


def misbehaviour_kind(number: int) -> MisbehaviourKind:
    """The kind of this number; raises Malformed if there is none."""
    try:
        return MisbehaviourKind(number)
    except ValueError:
        raise Malformed(f"misbehaviour: unknown kind {number}; it is 1 or 2") from None
