"""Where a frame's values come from, and how good its terminal's clock was (formats 2).

    origin = ["meter"] | ["file", SHA-256 of the file, its name, digest of the mapping settings]
           | ["bridge", name] | ["manual", author, reason]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from veriwatt.encoding import Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest


@dataclass(frozen=True, slots=True)
class Meter:
    """Read by the terminal from its meters."""

    def fields(self) -> list[Value]:
        return ["meter"]


@dataclass(frozen=True, slots=True)
class File:
    """Read from a file: no certified terminal witnessed the measurement."""

    sha256: Digest
    name: str
    settings: Digest

    def fields(self) -> list[Value]:
        return ["file", self.sha256, self.name, self.settings]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Taken over from another monitoring system."""

    name: str

    def fields(self) -> list[Value]:
        return ["bridge", self.name]


@dataclass(frozen=True, slots=True)
class Manual:
    """Entered by a person, who says why."""

    author: str
    reason: str

    def fields(self) -> list[Value]:
        return ["manual", self.author, self.reason]


Origin: TypeAlias = Meter | File | Bridge | Manual


class ClockState(NamedTuple):
    """The terminal's own account of its clock when it framed: source, offset and uncertainty in ms."""

    source: str
    offset: int
    uncertainty: int


_METER = Meter()


def parse_origin(value: object) -> Origin:
    match value:
        case ["meter"]:
            return _METER
        case ["file", bytes(sha), str(name), bytes(settings)] if 0 < len(name) <= 255:
            return File(Digest(sha), name, Digest(settings))
        case ["bridge", str(name)] if 0 < len(name) <= 64:
            return Bridge(name)
        case ["manual", str(author), str(reason)] if 0 < len(author) <= 64 and 0 < len(reason) <= 1024:
            return Manual(author, reason)
    raise Malformed("frame header: origin is not meter, file, bridge or manual with its fields")
