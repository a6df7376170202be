"""The definition of a point: one quantity of one meter.

    definition = [1, id, energy, unit, kind, scale, step, slot, timezone, multiplier, parent, data_code]

A change of any field ends the point's series and begins the next one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_name, check_point
from veriwatt.model.points.status import Kind
from veriwatt.units import Decimal10, unit

_SLOT = re.compile(r"(?:[1-9]\d?m|1h|day|month)")
SLOT_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class PointDefinition:
    """The meaning of a point's values.

    A value is `mantissa * 10**scale` in `unit`, and every mantissa is a multiple of `step`
    (resolution 0.01 is scale -2, step 1; resolution 0.5 is scale -1, step 5). `slot` is "1m" .. "60m"
    in minutes that divide an hour, "day" or "month", counted from local midnight in `timezone`
    (an IANA name or a fixed offset such as "+08:00"). `multiplier` is the exact factor from the meter's reading to the
    value (CT and PT ratios, pulse weight); stored readings include it. `parent` is the id of the point that includes
    this one; `data_code` is the code in an external scheme.
    """

    id: str
    energy: str
    unit: str
    kind: Kind
    scale: int
    step: int
    slot: str
    timezone: str
    multiplier: Decimal10 = Decimal10(1, 0)
    parent: str | None = None
    data_code: str | None = None

    def __post_init__(self) -> None:
        check_point(self.id)
        if self.parent is not None and check_point(self.parent) == self.id:
            raise Malformed(f"point {self.id!r} cannot be a part of itself")
        check_name(self.energy, "energy")
        unit(self.unit)
        if not -12 <= self.scale <= 12 or not 1 <= self.step <= 10**6:
            raise Malformed(f"point {self.id!r}: resolution {self.step}e{self.scale} is out of range")
        if _SLOT.fullmatch(self.slot) is None or (self.minutes is not None and self.minutes not in SLOT_MINUTES):
            raise Malformed(f"point {self.id!r}: slot {self.slot!r} is not 1m .. 60m dividing an hour, day or month")

    @property
    def minutes(self) -> int | None:
        """Minutes of a slot, or None for a calendar slot."""
        if self.slot in ("day", "month"):
            return None
        return 60 if self.slot == "1h" else int(self.slot[:-1])

    @property
    def resolution(self) -> Decimal10:
        return Decimal10(self.step, self.scale)

    def same_values(self, other: PointDefinition) -> bool:
        """Whether a value means the same under both: they may differ in parent and data code only."""
        return replace(self, parent=other.parent, data_code=other.data_code) == other

    def same_quantity(self, other: PointDefinition) -> bool:
        """Whether both define the same quantity in the same unit; slot and resolution may differ."""
        return (self.energy, self.unit, self.kind, self.multiplier.normal()) == (
            other.energy,
            other.unit,
            other.kind,
            other.multiplier.normal(),
        )

    def value(self, mantissa: int) -> Decimal10:
        return Decimal10(mantissa, self.scale)

    def fields(self) -> list[Value]:
        multiplier = self.multiplier.normal()
        return [
            1,
            self.id,
            self.energy,
            self.unit,
            self.kind.value,
            self.scale,
            self.step,
            self.slot,
            self.timezone,
            [multiplier.mantissa, multiplier.scale],
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
        return cls.parse(decode(raw, "point definition"))

    @classmethod
    def parse(cls, value: object) -> PointDefinition:
        f = Fields.versioned(value, "point definition", 12)
        return cls(
            id=f.text("id"),
            energy=f.text("energy"),
            unit=f.text("unit"),
            kind=_kind(f.text("kind")),
            scale=f.int("scale"),
            step=f.uint("step"),
            slot=f.text("slot"),
            timezone=f.text("timezone"),
            multiplier=_multiplier(f.raw()),
            parent=f.optional(_text),
            data_code=f.optional(_text),
        )


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise Malformed(f"point definition: unknown kind {text!r}; it is interval, register or instant") from None


def _multiplier(value: object) -> Decimal10:
    f = Fields(value, "point definition: multiplier", 2)
    return Decimal10(f.int("mantissa"), f.int("scale"))


def _text(value: object) -> str:
    if type(value) is not str or len(value) > 128:
        raise Malformed("point definition: parent or data code is not a text of at most 128 characters")
    return value
