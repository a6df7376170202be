"""The parameters of a ledger: integers by name, each with bounds and a preset.

    parameters = [[name, value] ...]      by ascending names, those that are stated; the others have their presets

Spec: docs/spec/government.md, "Parameters".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed

WHOLE = 1_000
"""A share is so many thousandths of the orgs that count."""


class Parameter(Enum):
    """A parameter by its name: the least, the most, the preset."""

    ADMISSION = ("admission", 0, WHOLE - 1, 0)
    CHARTER = ("charter", 500, WHOLE - 1, 667)
    ORDINARY = ("ordinary", 500, WHOLE - 1, 500)
    REPORT_REACH_DAYS = ("report-reach-days", 0, 365, 30)
    VOTING_DAYS = ("voting-days", 1, 365, 14)

    def __init__(self, code: str, least: int, most: int, preset: int) -> None:
        self.code, self.least, self.most, self.preset = code, least, most, preset


_BY_CODE = {each.code: each for each in Parameter}


def parameter_named(name: str) -> Parameter:
    """The parameter of this name; raises Malformed."""
    if name not in _BY_CODE:
        raise Malformed(f"unknown parameter {name[:32]!r}; known: {' '.join(_BY_CODE)}")
    return _BY_CODE[name]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values that are stated, by ascending names.

    Raises:
        Malformed: an unknown name, a name twice or out of order, a value out of its bounds.
    """

    stated: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.stated]
        if names != sorted(set(names)):
            raise Malformed("parameters: the names are not ascending, each once")
        for name, value in self.stated:
            known = parameter_named(name)
            if not known.least <= value <= known.most:
                raise Malformed(f"parameter {name}: {value} is not {known.least} to {known.most}")

    @classmethod
    def of(cls, values: dict[Parameter, int]) -> Parameters:
        return cls(tuple(sorted((each.code, value) for each, value in values.items())))

    def value(self, parameter: Parameter) -> int:
        """The value that is stated, else the preset."""
        return dict(self.stated).get(parameter.code, parameter.preset)

    def changed(self, change: Parameters) -> Parameters:
        """These parameters with the values that `change` states in place of theirs."""
        return Parameters(tuple(sorted((dict(self.stated) | dict(change.stated)).items())))

    def fields(self) -> list[Value]:
        return [[name, value] for name, value in self.stated]

    @classmethod
    def parse(cls, value: object) -> Parameters:
        return cls(Fields([value], "parameters", 1).each("values", _pair, len(Parameter)))

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Parameters:
        return cls.parse(Fields.versioned(decode(raw, "parameters record"), "parameters record", 2).raw())


CONSORTIUM = Parameters.of({Parameter.ADMISSION: 500})
"""What the genesis of a network states: a majority admits an org."""


def needed(count: int, share: int) -> int:
    """How many of `count` orgs are more than `share` thousandths of them."""
    return count * share // WHOLE + 1


def _pair(value: object) -> tuple[str, int]:
    f = Fields(value, "parameter", 2)
    return f.text("name", 64), f.uint("value")
