"""What the ledger knows of a register beside its definition: exchanges of its meter, and confirmed steps.

    record       = [2, [exchange ...], [confirmation ...]]
    exchange     = [at, last of the old meter, first of the new, height, time, member, reason]
    confirmation = [at, height, time, org, member]

    exchange body = [point, at, last of the old meter, first of the new, reason]
    confirm body  = [org, point, at]

Values are mantissas at the point's scale. `height` and `time` are those of the block with the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import check_point
from veriwatt.units import UtcMillis

MOST_EXCHANGES = 128
MOST_CONFIRMATIONS = 256
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


@dataclass(frozen=True, slots=True)
class StepConfirmation:
    """An org with a role for it confirms the implausible step to the reading stamped `at`."""

    at: UtcMillis
    height: int
    time: UtcMillis
    org: str
    member: str

    def fields(self) -> list[Value]:
        return [self.at, self.height, self.time, self.org, self.member]

    @classmethod
    def parse(cls, value: object) -> StepConfirmation:
        f = Fields(value, "confirmation of a step", 5)
        return cls(f.int("at"), f.uint("height"), f.int("time"), f.name("org"), f.name("member"))


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

    def to_bytes(self) -> bytes:
        return encode([FORMAT, [e.fields() for e in self.exchanges], [c.fields() for c in self.confirmations]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> RegisterRecord:
        f = Fields.versioned(decode(raw, "register record"), "register record", 3)
        return cls(
            f.each("exchanges", RegisterExchange.parse, MOST_EXCHANGES),
            f.each("confirmations", StepConfirmation.parse, MOST_CONFIRMATIONS),
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
    """Body of kind "confirm": the implausible step to the reading of `org`'s register stamped `at` is right."""

    kind: ClassVar[str] = "confirm"
    org: str
    point: str
    at: UtcMillis

    def __post_init__(self) -> None:
        check_point(self.point)

    def fields(self) -> list[Value]:
        return [self.org, self.point, self.at]

    @classmethod
    def parse(cls, value: object) -> ConfirmStep:
        f = Fields(value, "confirm", 3)
        return cls(f.name("org"), f.text("point"), f.int("at"))
