"""The records of who may sign in to a node: links, sessions and tokens, each in a file of its own.

{"name": who, "made": time, "until": time, ...}        times in UTC milliseconds
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

from veriwatt.errors import Malformed
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

NAME_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Record:
    """What every record states: for whom it is, when it was made, and when it ends."""

    folder: ClassVar[str]
    name: str
    made: UtcMillis
    until: UtcMillis

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Raises Malformed for bytes that `to_bytes` does not write."""
        try:
            fields: dict[str, Any] = json.loads(raw)
            made = cls(**fields)
        except (ValueError, TypeError) as error:
            raise Malformed(f"no record of a {cls.__name__}") from error
        if not isinstance(made.name, str) or not all(isinstance(t, int) for t in (made.made, made.until)):
            raise Malformed(f"no record of a {cls.__name__}")
        return made


@dataclass(frozen=True, slots=True)
class SignInLink(Record):
    """Signs one person in, once, before `until`; the session then lasts `lasts` ms. `console`: made by a start."""

    folder: ClassVar[str] = "links"
    lasts: int
    console: bool = False


@dataclass(frozen=True, slots=True)
class Session(Record):
    """A signed-in person; `peer` is the address that the person signed in from."""

    folder: ClassVar[str] = "sessions"
    peer: str


@dataclass(frozen=True, slots=True)
class ApiToken(Record):
    """Lets a script ask, within `scopes`, until it ends or is revoked.

    With `only`, it is for these orgs (ORG) and points (ORG/POINT) alone.
    """

    folder: ClassVar[str] = "tokens"
    scopes: list[str]
    revoked: UtcMillis | None = None
    only: list[str] = field(default_factory=list)

    @property
    def may_ask(self) -> str:
        """Its scopes, and for whom, in words."""
        return ", ".join(self.scopes) + (f" of {', '.join(self.only)}" if self.only else "")


def check_person(name: str) -> str:
    """The name of a person or script, which a list shows as it is; raises Malformed."""
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
        raise Malformed(f"is no name of 1 to {NAME_LIMIT} printable characters")
    return check_title(name, "the name")
