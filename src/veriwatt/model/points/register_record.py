"""What the ledger knows of a register beside its definition: exchanges of its meter, and confirmed steps.

    record       = [2, [exchange ...], [confirmation ...]]
    exchange     = [at, last of the old meter, first of the new, height, time, member, reason]
    confirmation = [earlier, before, at, after, height, time, org, member, admitted by, granted by, basis]

    exchange body = [point, at, last of the old meter, first of the new, reason]
    confirm body  = [org, point, earlier, before, at, after]

Values are mantissas at the point's scale. `height` and `time` are those of the block with the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import check_point
from veriwatt.model.members.org_role import Authority
from veriwatt.units import UtcMillis

MOST_EXCHANGES = 128
MOST_CONFIRMATIONS = 128
"""The most confirmations by one org in the record of one register, so that no org takes another's place."""
CONFIRMATION_ROOM = 16 << 10
"""The most bytes of the confirmations by one org in one register's record, so that evidence with it has a bound."""
LONGEST_REASON = 256


@dataclass(frozen=True, slots=True)
class RegisterExchange:
    """At `at` a meter that showed `last` was replaced by one that showed `first`; both are the owner's statement."""

    at: UtcMillis
    last: int
    first: int
    height: int
    time: UtcMillis
    member: str
    reason: str

    @property
    def withdraws(self) -> bool:
        """Whether it states that no meter was replaced at this instant: both values are the same."""
        return self.last == self.first

    def fields(self) -> list[Value]:
        return [self.at, self.last, self.first, self.height, self.time, self.member, self.reason]

    @classmethod
    def parse(cls, value: object) -> RegisterExchange:
        f = Fields(value, "exchange of a meter", 7)
        return cls(
            f.int("at"),
            f.int("last of the old meter"),
            f.int("first of the new meter"),
            f.uint("height"),
            f.int("time"),
            f.name("member"),
            f.text("reason", LONGEST_REASON),
        )


class ReadStep(NamedTuple):
    """A step by both its readings: `before` was read at `earlier`, and `after` at `at`."""

    earlier: UtcMillis
    before: int
    at: UtcMillis
    after: int

    @classmethod
    def next_of(cls, f: Fields) -> ReadStep:
        """The step in the next four fields; raises Malformed if its readings are in the wrong order."""
        step = cls(f.int("time of the earlier reading"), f.int("earlier reading"), f.int("at"), f.int("later reading"))
        if step.earlier > step.at:
            raise Malformed("step of a register: the earlier reading is the later one")
        return step


@dataclass(frozen=True, slots=True)
class StepConfirmation:
    """An org with a role for it confirms this implausible step, and no other one between readings of these times.

    `authority` is the one that `org` had then.
    """

    step: ReadStep
    height: int
    time: UtcMillis
    org: str
    member: str
    authority: Authority

    def fields(self) -> list[Value]:
        return [*self.step, self.height, self.time, self.org, self.member, *self.authority.fields()]

    @classmethod
    def parse(cls, value: object) -> StepConfirmation:
        f = Fields(value, "confirmation of a step", 11)
        step, height, time, org, member = (
            ReadStep.next_of(f),
            f.uint("height"),
            f.int("time"),
            f.name("org"),
            f.name("member"),
        )
        authority = Authority.read(f)
        if authority is None:
            raise Malformed("confirmation of a step: no authority is stated")
        return cls(step, height, time, org, member, authority)


@dataclass(frozen=True, slots=True)
class RegisterRecord:
    """Everything recorded of one register, in the order of recording."""

    exchanges: tuple[RegisterExchange, ...] = field(default=())
    confirmations: tuple[StepConfirmation, ...] = field(default=())

    def as_of(self, time: UtcMillis) -> RegisterRecord:
        """What was recorded at `time` or before."""
        return RegisterRecord(
            tuple(e for e in self.exchanges if e.time <= time), tuple(c for c in self.confirmations if c.time <= time)
        )

    def latest(self) -> dict[UtcMillis, RegisterExchange]:
        """For each instant, in order, the exchange that was recorded last."""
        last = {exchange.at: exchange for exchange in self.exchanges}
        return {at: last[at] for at in sorted(last)}

    def in_force(self) -> tuple[RegisterExchange, ...]:
        """The exchanges that apply, in order of time: the latest ones that are no withdrawals."""
        return tuple(exchange for exchange in self.latest().values() if not exchange.withdraws)

    def confirmed(self, owner: str) -> list[StepConfirmation]:
        """Of each confirmed step the strongest confirmation about `owner`'s register, of equals the earliest."""
        strongest = dict[ReadStep, StepConfirmation]()
        for each in self.confirmations:
            held = strongest.setdefault(each.step, each)
            if each.authority.strength(owner) > held.authority.strength(owner):
                strongest[each.step] = each
        return list(strongest.values())

    def to_bytes(self) -> bytes:
        return encode([FORMAT, [e.fields() for e in self.exchanges], [c.fields() for c in self.confirmations]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> RegisterRecord:
        f = Fields.versioned(decode(raw, "register record"), "register record", 3)
        return cls(
            f.each("exchanges", RegisterExchange.parse, MOST_EXCHANGES), f.each("confirmations", StepConfirmation.parse)
        )


@dataclass(frozen=True, slots=True)
class RecordExchange:
    """Body of kind "exchange": the meter of a register of the signer's org was replaced at `at`."""

    kind: ClassVar[str] = "exchange"
    point: str
    at: UtcMillis
    last: int
    first: int
    reason: str

    def __post_init__(self) -> None:
        check_point(self.point)
        if not self.reason.strip() or len(self.reason) > LONGEST_REASON:
            raise Malformed(f"exchange of a meter: the reason is not a text of 1 to {LONGEST_REASON} characters")

    def fields(self) -> list[Value]:
        return [self.point, self.at, self.last, self.first, self.reason]

    @classmethod
    def parse(cls, value: object) -> RecordExchange:
        f = Fields(value, "exchange", 5)
        point, at, last, first = f.text("point"), f.int("at"), f.int("last"), f.int("first")
        return cls(point, at, last, first, f.text("reason", LONGEST_REASON))


@dataclass(frozen=True, slots=True)
class ConfirmStep:
    """Body of kind "confirm": the implausible step between two readings of `org`'s register is right."""

    kind: ClassVar[str] = "confirm"
    org: str
    point: str
    step: ReadStep

    def __post_init__(self) -> None:
        check_point(self.point)

    def fields(self) -> list[Value]:
        return [self.org, self.point, *self.step]

    @classmethod
    def parse(cls, value: object) -> ConfirmStep:
        f = Fields(value, "confirm", 6)
        return cls(f.name("org"), f.text("point"), ReadStep.next_of(f))
