"""The origin of a frame's values, and the state of its terminal's clock.

    origin = ["meter"] | ["file", SHA-256 of the file, its name, digest of the mapping settings]
           | ["bridge", name] | ["manual", author, reason]

The constructors check the bounds that log hosts check: a terminal delivers frames in order, so a signed frame with an
invalid origin would block all later ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from veriwatt.encoding import Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest

LONGEST_FILE, LONGEST_BRIDGE, LONGEST_AUTHOR, LONGEST_REASON = 255, 64, 64, 1_024
"""The most characters of a file's or bridge's name, of an author, and of a reason."""


@dataclass(frozen=True, slots=True)
class Meter:
    """The terminal read the values from its meters."""

    def fields(self) -> list[Value]:
        return ["meter"]


@dataclass(frozen=True, slots=True)
class File:
    """The values were read from a file; no certified terminal took part in the measurement."""

    sha256: Digest
    name: str
    settings: Digest

    def __post_init__(self) -> None:
        _check_text(self.name, LONGEST_FILE, "the file's name")

    def fields(self) -> list[Value]:
        return ["file", self.sha256, self.name, self.settings]


@dataclass(frozen=True, slots=True)
class Bridge:
    """The values come from another monitoring system."""

    name: str

    def __post_init__(self) -> None:
        _check_text(self.name, LONGEST_BRIDGE, "the bridge's name")

    def fields(self) -> list[Value]:
        return ["bridge", self.name]


@dataclass(frozen=True, slots=True)
class Manual:
    """A person entered the values, with a reason."""

    author: str
    reason: str

    def __post_init__(self) -> None:
        _check_text(self.author, LONGEST_AUTHOR, "the author")
        _check_text(self.reason, LONGEST_REASON, "the reason")

    def fields(self) -> list[Value]:
        return ["manual", self.author, self.reason]


Origin: TypeAlias = Meter | File | Bridge | Manual


class ClockState(NamedTuple):
    """The terminal's statement about its clock: source, offset and uncertainty in ms."""

    source: str
    offset: int
    uncertainty: int


_METER = Meter()


def parse_origin(value: object) -> Origin:
    match value:
        case ["meter"]:
            return _METER
        case ["file", bytes(sha), str(name), bytes(settings)]:
            return File(Digest(sha), name, Digest(settings))
        case ["bridge", str(name)]:
            return Bridge(name)
        case ["manual", str(author), str(reason)]:
            return Manual(author, reason)
    raise Malformed("frame header: origin is not meter, file, bridge or manual with its fields")


def _check_text(text: str, longest: int, what: str) -> None:
    if not 1 <= len(text) <= longest:
        raise Malformed(f"{what} has 1 to {longest:,} characters, this one has {len(text):,}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed(f"{what} is not Unicode text: {text!r}"[:200]) from None
