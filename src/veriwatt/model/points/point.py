"""The definition of a point: one quantity of one meter.

    definition = [2, id, energy, unit, kind, scale, step, slot, timezone, day begins, multiplier, direction, country,
                  minimum, maximum, width, rate, restart, backward, terminal, parent, data_code]

A change of any field ends the point's series and begins the next one. Spec: docs/spec/transaction.md, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode, short_text_at
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_name, check_point
from veriwatt.model.points.energy_units import check_unit
from veriwatt.model.points.id_text import check_id_text
from veriwatt.model.points.status import Direction, Kind
from veriwatt.units import LIMIT, Decimal10, slot_minutes
from veriwatt.zone_names import is_zone

MAX_MANTISSA = 2**63 - 1
LARGEST_MULTIPLIER = 10**12

_WHAT = "point definition"
_STAND_IN = "-"
_START = b"\x96" + encode(FORMAT)
"""An array of 22 fields, and the first of them."""


@dataclass(frozen=True, slots=True)
class PointDefinition:
    """The meaning of a point's values.

    A value is `mantissa * 10**scale` in `unit`, and every mantissa is a multiple of `step`
    (resolution 0.01 is scale -2, step 1; resolution 0.5 is scale -1, step 5). `slot` is a length by
    `units.slot_minutes`. Slots count from the start of the local day in `timezone` (an IANA name or a fixed offset such
    as "+08:00"), and a day begins at `day_begins` o'clock (a gas day: 6). `multiplier` is the exact factor from the
    meter's reading to the value (CT and PT ratios, pulse weight); stored readings include it.

    `country` is an ISO 3166 code of two letters. `minimum` and `maximum` are mantissas: a value outside is no
    reading. `width` is the mantissa at which a register starts again at 0, `rate` the most that a value may advance in
    an hour. The counter of a register with `restart` begins anew each local day; one that is `backward` runs backward
    by nature. `terminal` is the one terminal that may state origin *meter* for the point. `parent` is the id of the
    point that includes this one; `data_code` is the code in an external scheme.
    """

    id: str
    energy: str
    unit: str
    kind: Kind
    scale: int
    step: int
    slot: str
    timezone: str
    day_begins: int = 0
    multiplier: Decimal10 = Decimal10(1, 0)
    direction: Direction = Direction.IMPORT
    country: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    width: int | None = None
    rate: int | None = None
    restart: bool = False
    backward: bool = False
    terminal: str | None = None
    parent: str | None = None
    data_code: str | None = None

    def __post_init__(self) -> None:
        check_id_text(check_point(self.id))
        if self.parent is not None and check_id_text(check_point(self.parent)) == self.id:
            raise Malformed(f"point {self.id!r} cannot be a part of itself")
        check_unit(self.energy, self.unit, self.kind)
        slot_minutes(self.slot)
        if not is_zone(self.timezone):
            raise self._bad(f"unknown timezone {self.timezone!r}; write an IANA name, or an offset such as +08:00")
        self._check_multiplier()
        if self.terminal is not None:
            check_name(self.terminal, "terminal")
        if not -12 <= self.scale <= 12 or not 1 <= self.step <= 10**6:
            raise self._bad(f"resolution {self.step}e{self.scale} is out of range")
        if not 0 <= self.day_begins <= 23:
            raise self._bad(f"its days begin at {self.day_begins} o'clock, which is none of 0 to 23")
        if self.country is not None and not (
            len(self.country) == 2 and self.country.isascii() and self.country.isupper()
        ):
            raise self._bad(f"country {self.country!r} is not two capital letters (ISO 3166)")
        self._check_values()

    def _check_multiplier(self) -> None:
        mantissa, scale = self.multiplier.mantissa, self.multiplier.scale
        if self.multiplier != self.multiplier.normal():
            raise self._bad(f"multiplier {mantissa}e{scale} is not in its one spelling, without zeros at the end")
        if not 1 <= mantissa <= LARGEST_MULTIPLIER or not -12 <= scale <= 12:
            remedy = "it is a ratio above 0; the direction of flow is stated by `direction`"
            raise self._bad(f"multiplier {mantissa}e{scale} is 0, negative or out of range; {remedy}")

    def _check_values(self) -> None:
        """Raise Malformed unless the bounds of values and the marks of a register make sense together."""
        bounds = [bound for bound in (self.minimum, self.maximum) if bound is not None]
        if any(abs(bound) > MAX_MANTISSA for bound in bounds):
            raise self._bad("minimum and maximum are beyond what a value may be")
        if bounds != sorted(bounds):
            raise self._bad(f"minimum {self.value(bounds[0])} is above maximum {self.value(bounds[1])}")
        if any(limit is not None and not 1 <= limit <= MAX_MANTISSA for limit in (self.width, self.rate)):
            raise self._bad("width and rate are positive")
        if self.kind is not Kind.REGISTER and (self.width is not None or self.restart or self.backward):
            raise self._bad("only a register has a width, restarts or runs backward")

    def _bad(self, why: str) -> Malformed:
        return Malformed(f"point {self.id!r}: {why}")

    @property
    def minutes(self) -> int | None:
        """Minutes of a slot, or None for a calendar slot."""
        return slot_minutes(self.slot)

    @property
    def resolution(self) -> Decimal10:
        return Decimal10(self.step, self.scale)

    @property
    def largest(self) -> int:
        """The largest mantissa that a reading may have, above and below zero: 10^15 of its unit, and 64 bits."""
        return min(Decimal10(LIMIT, 0).at_scale(self.scale), MAX_MANTISSA)

    def same_values(self, other: PointDefinition) -> bool:
        """Whether a value means the same under both: they may differ in terminal, parent and data code only."""
        return replace(self, terminal=other.terminal, parent=other.parent, data_code=other.data_code) == other

    def adds_to(self, other: PointDefinition) -> bool:
        """Whether values of both can be in one sum; they include the multiplier, and scales convert exactly."""
        return (self.energy, self.unit, self.kind, self.direction, self.backward) == (
            other.energy,
            other.unit,
            other.kind,
            other.direction,
            other.backward,
        )

    def at_resolution(self, other: PointDefinition) -> PointDefinition:
        """The same with the scale and step of another, for values that were converted; bounds do not apply to them."""
        return replace(self, scale=other.scale, step=other.step, minimum=None, maximum=None, width=None, rate=None)

    def same_quantity(self, other: PointDefinition) -> bool:
        """Whether both define the same quantity in the same unit; slot and resolution may differ."""
        return self._quantity() == other._quantity()

    def _quantity(self) -> tuple[object, ...]:
        return self.energy, self.unit, self.kind, self.multiplier, self.direction, self.backward

    @property
    def lowest(self) -> int | None:
        """The lowest mantissa that is a reading; a register with a width shows nothing below 0."""
        first = None if self.width is None else 0
        bounds = [bound for bound in (self.minimum, first) if bound is not None]
        return max(bounds, default=None)

    @property
    def highest(self) -> int | None:
        """The highest mantissa that is a reading; a register with a width starts again there."""
        last = None if self.width is None else self.width - 1
        bounds = [bound for bound in (self.maximum, last) if bound is not None]
        return min(bounds, default=None)

    def admits(self, mantissa: int) -> bool:
        """Whether the mantissa is a reading by the bounds, width and step."""
        lowest, highest = self.lowest, self.highest
        within = (lowest is None or lowest <= mantissa) and (highest is None or mantissa <= highest)
        return within and mantissa % self.step == 0

    def value(self, mantissa: int) -> Decimal10:
        return Decimal10(mantissa, self.scale)

    def fields(self) -> list[Value]:
        return [
            FORMAT,
            self.id,
            self.energy,
            self.unit,
            self.kind.value,
            self.scale,
            self.step,
            self.slot,
            self.timezone,
            self.day_begins,
            [self.multiplier.mantissa, self.multiplier.scale],
            self.direction.value,
            self.country,
            self.minimum,
            self.maximum,
            self.width,
            self.rate,
            self.restart,
            self.backward,
            self.terminal,
            self.parent,
            self.data_code,
        ]

    @property
    def digest(self) -> Digest:
        """The digest that the ledger registers."""
        return sha256(self.to_bytes())

    def to_bytes(self) -> bytes:
        return encode(self.fields())

    @classmethod
    def from_bytes(cls, raw: bytes) -> PointDefinition:
        """The definition in its canonical bytes; of definitions that differ in their ids alone, the rest is read once.

        Raises:
            Malformed: as `parse`, and for other bytes than the canonical ones.
        """
        if raw.startswith(_START) and (named := short_text_at(raw, len(_START))) is not None:
            point, end = named
            try:
                alike = _under_stand_in(raw[end:])
            except Malformed:
                pass  # read below, under its own id, so that the error names it
            else:
                return replace(alike, id=point)
        return cls.parse(decode(raw, _WHAT))

    @classmethod
    def parse(cls, value: object) -> PointDefinition:
        f = Fields.versioned(value, _WHAT, 22)
        return cls(
            id=f.text("id"),
            energy=f.text("energy"),
            unit=f.text("unit"),
            kind=_kind(f.text("kind")),
            scale=f.int("scale"),
            step=f.uint("step"),
            slot=f.text("slot"),
            timezone=f.text("timezone"),
            day_begins=f.uint("day begins", 23),
            multiplier=_multiplier(f.raw()),
            direction=_direction(f.text("direction")),
            country=f.optional(_text),
            minimum=f.optional(_mantissa),
            maximum=f.optional(_mantissa),
            width=f.optional(_mantissa),
            rate=f.optional(_mantissa),
            restart=f.bool("restart"),
            backward=f.bool("backward"),
            terminal=f.optional(_text),
            parent=f.optional(_text),
            data_code=f.optional(_text),
        )


@lru_cache(1 << 10)  # a group of thousands of points has a few kinds of them
def _under_stand_in(rest: bytes) -> PointDefinition:
    """The definition that has these bytes after its id, which is replaced by another one."""
    return PointDefinition.parse(decode(_START + encode(_STAND_IN) + rest, _WHAT))


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise Malformed(f"point definition: unknown kind {text!r}; it is interval, register or instant") from None


def _direction(text: str) -> Direction:
    try:
        return Direction(text)
    except ValueError:
        raise Malformed(f"point definition: unknown direction {text!r}; import, export or generation") from None


def _mantissa(value: object) -> int:
    if type(value) is not int:
        raise Malformed("point definition: a bound, width or rate is not an integer")
    return value


def _multiplier(value: object) -> Decimal10:
    f = Fields(value, "point definition: multiplier", 2)
    return Decimal10(f.int("mantissa"), f.int("scale"))


def _text(value: object) -> str:
    if type(value) is not str or len(value) > 128:
        raise Malformed("point definition: a text field is not a text of at most 128 characters")
    return value
