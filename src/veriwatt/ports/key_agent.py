"""The owner's key agent: it holds the masters of groups, and says who was given what opens them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from veriwatt.crypto.key_tree import Cover
from veriwatt.errors import Refused


class Purpose(Enum):
    """Why a key is asked for."""

    SEAL = "seal"
    """To seal new frames: nothing is opened, and nothing recorded."""
    VIEW = "view"
    """To bring the owner's own view of readings up to date."""
    EVIDENCE = "evidence"
    """To disclose readings in an evidence file."""
    CHECK = "check"
    """To check that what is stored opens as it was signed."""
    HANDOVER = "handover"
    """To let a terminal seal frames by itself."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`receiver` was given the keys of the windows `[first, end)` of a group; "" is the agent's own home."""

    org: str
    group: str
    first: int
    end: int
    purpose: Purpose
    receiver: str = ""


class KeyRefused(Refused):
    """A key that the owner's agent does not give for this purpose."""

    code = "key-refused"

    def __init__(self, org: str, group: str, purpose: Purpose) -> None:
        super().__init__(f"the key agent of {org} gives no key of group {group!r} for purpose {purpose.value!r}")
        self.org, self.group, self.purpose = org, group, purpose


class KeyAgent(Protocol):
    """Gives window keys to those who ask with a purpose. Callable from many threads; calls may be repeated.

    Trusted by the owner alone: it can open everything. It notes every opening before it returns the key. Notes are
    written by `record_openings`, as spans of windows; a crash before that call loses them, with what was opened.
    """

    def window_key(self, org: str, group: str, number: int, purpose: Purpose) -> bytes:
        """The key of one key window, 32 bytes; 0 <= number < 2**32.

        Raises:
            NotFound: the agent has no master of the group.
            KeyRefused: it does not give the key for this purpose.
        """
        ...

    def cover(self, org: str, group: str, first: int, end: int, receiver: str) -> Cover:
        """What opens the key windows `[first, end)` of a group and no other, for a terminal named ORG/TERMINAL.

        Raises:
            NotFound, KeyRefused: as `window_key`.
        """
        ...

    def record_openings(self) -> None:
        """Append what was noted since the last call to the record of openings; called at the end of each batch."""
        ...
