"""The owner's key agent: it has the master keys of groups, and records who gets keys derived from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from veriwatt.crypto.key_tree import Cover
from veriwatt.errors import NotFound, Refused


class Purpose(Enum):
    """The purpose of a request for a key."""

    SEAL = "seal"
    """To seal new frames; this opens nothing and is not recorded."""
    VIEW = "view"
    """To bring the owner's own view of readings up to date."""
    EVIDENCE = "evidence"
    """To disclose readings in an evidence file."""
    CHECK = "check"
    """To check stored frames."""
    HANDOVER = "handover"
    """To let a terminal seal its frames."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`receiver` got the keys of the windows `[first, end)` of a group; "" is the agent's own home."""

    org: str
    group: str
    first: int
    end: int
    purpose: Purpose
    receiver: str = ""


class GroupKeyMissing(NotFound):
    """A group whose key the agent does not have."""

    code = "group-key-missing"

    def __init__(self, org: str, group: str) -> None:
        super().__init__(
            f"this home has no key of group {group!r} of org {org!r}; the newest copy of its keys may have it"
        )
        self.org, self.group = org, group


class KeyRefused(Refused):
    """A key that the owner's agent refuses for this purpose."""

    code = "key-refused"

    def __init__(self, org: str, group: str, purpose: Purpose) -> None:
        super().__init__(f"the key agent of {org} gives no key of group {group!r} for purpose {purpose.value!r}")
        self.org, self.group, self.purpose = org, group, purpose


class KeyAgent(Protocol):
    """Returns window keys for a stated purpose. Callable from many threads; calls may be repeated.

    Only the owner trusts it: it can open everything. It notes every opening before it returns the key.
    `record_openings` writes the notes as spans of windows; a crash before that call loses them, with the results of the
    openings.
    """

    def window_key(self, org: str, group: str, number: int, purpose: Purpose) -> bytes:
        """The key of one key window, 32 bytes; 0 <= number < 2**32.

        Raises:
            NotFound: the agent has no master of the group.
            KeyRefused: the agent refuses the key for this purpose.
        """
        ...

    def cover(self, org: str, group: str, first: int, end: int, receiver: str) -> Cover:
        """The cover of exactly the key windows `[first, end)` of a group, for a terminal named ORG/TERMINAL.

        Raises:
            NotFound, KeyRefused: as `window_key`.
        """
        ...

    def record_openings(self) -> None:
        """Append the notes since the last call to the record of openings; called at the end of each batch."""
        ...
