"""The contract between a terminal and its drivers, whatever the protocol on the wire.

A driver parses from terminal.toml how its meters are reached and how a number in them is addressed. The terminal
passes the parsed values back to the driver without reading them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias, TypeVar

from veriwatt.errors import Unavailable
from veriwatt.model.points.status import SlotReason
from veriwatt.ports.clock import Clock
from veriwatt.system.toml_tables import TomlTable
from veriwatt.units import Decimal10, UtcMillis


class MeterSilent(Unavailable):
    """The meter gave no valid answer within its timeout."""

    code = "meter-silent"

    def __init__(self, *, meter: str, why: str) -> None:
        super().__init__(f"meter {meter} does not answer: {why}")
        self.meter, self.why = meter, why


class GapReason(Enum):
    """Why a slot has no value; the texts are stored in the spool and never change.

    A driver answers REFUSED, NOT_A_NUMBER or SENTINEL for one address, and raises MeterSilent for a whole meter; the
    sampler gives the other reasons.
    """

    SILENT = "meter silent"
    REFUSED = "register refused"
    NOT_A_NUMBER = "not a number"
    SENTINEL = "sentinel for no value"
    BELOW = "below its minimum"
    ABOVE = "above its maximum"
    BEYOND = "beyond the largest reading"
    LATE = "read too late"
    DOWN = "terminal not running"
    NO_START = "no reading at the slot's start"
    FELL = "register fell"
    OUTLIER = "reading at the slot's start is an outlier"
    TAKEN_BACK = "a later reading shows an outlier in it"
    IMPLAUSIBLE = "more than its rate allows"
    CLOCK = "clock set back"
    CHANGING = "its definition changes"

    @property
    def slot_reason(self) -> SlotReason:
        """What the signed frame says of it."""
        return _SLOT_REASONS.get(self, SlotReason.NOT_SAMPLED)


_SLOT_REASONS = {
    GapReason.SENTINEL: SlotReason.SENTINEL,
    GapReason.NOT_A_NUMBER: SlotReason.SENTINEL,
    GapReason.BELOW: SlotReason.BELOW_MINIMUM,
    GapReason.ABOVE: SlotReason.ABOVE_MAXIMUM,
    GapReason.BEYOND: SlotReason.ABOVE_MAXIMUM,
    GapReason.SILENT: SlotReason.NO_ANSWER,
    GapReason.REFUSED: SlotReason.NO_ANSWER,
}
"""All other reasons mean that the meter was not read for the slot, or that its register gave no amount."""


Answer: TypeAlias = Decimal10 | GapReason
"""The number at one address, unscaled and exact; or the reason why there is none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of one read: an answer for each address, in order, and the time at which the last one arrived."""

    answers: tuple[Answer, ...]
    read_at: UtcMillis


class Address(Protocol):
    """The place of one number in a meter; its other fields are known to its driver alone."""

    @property
    def is_integer(self) -> bool:
        """Whether every number there is a whole count, so that a point's resolution defaults to one count."""
        ...

    def as_answered(self, number: Decimal10) -> Decimal10:
        """The number that the meter answers where its handbook writes `number`: rounded to the type of the address.

        Raises:
            Malformed: no number of that type is meant by it.
        """
        ...


OptionsT = TypeVar("OptionsT")
AddressT = TypeVar("AddressT", bound=Address)
AddressT_contra = TypeVar("AddressT_contra", bound=Address, contravariant=True)


class Driver(Protocol[AddressT_contra]):
    """One meter on its own connection.

    Numbers are the meter's own, unscaled and exact: an integer has scale 0, and a binary fraction is the exact
    decimal it equals. `read_at` is the terminal's clock when the last answer came.

    A call returns or raises within the meter's timeout, connecting included, so that the caller can read all meters
    at once and none delays another. A connection that was lost since the last call is made again; after a failed
    call the next ones raise at once until a back-off has passed (`back_off.BackOff`). Reading changes nothing at the
    meter and may be repeated. One call at a time; a driver belongs to one event loop.
    """

    async def read(self, addresses: Sequence[AddressT_contra]) -> Reading:
        """Read all `addresses`, in as few requests as the protocol allows.

        An address that the meter refuses is a GapReason among the answers; the others have their numbers.

        Raises:
            MeterSilent: no connection, no answer in time, or a malformed answer. It is Unavailable: the next slot
                may succeed.
        """
        ...

    async def close(self) -> None:
        """Drop the connection; may be repeated, and a later `read` connects again."""
        ...


class DriverKind(Protocol[OptionsT, AddressT]):
    """One protocol, which `driver = "..."` in a [[meter]] table names.

    Both parsers raise BadInput that names table, key, value and remedy. The caller reads the keys that every meter
    and point has, and refuses keys that neither it nor the driver read.
    """

    def parse_options(self, meter: TomlTable) -> OptionsT:
        """Parse how to reach the meter from its [[meter]] table; check the keys that its points inherit, too."""
        ...

    def parse_address(self, point: TomlTable, meter: TomlTable) -> AddressT:
        """Parse the address of a point's number from its [[point]] table; keys missing there come from its meter's."""
        ...

    def driver(self, meter: str, options: OptionsT, timeout: UtcMillis, clock: Clock) -> Driver[AddressT]:
        """A driver for the meter of this id, not connected yet; `timeout` in milliseconds, for one `read`."""
        ...
