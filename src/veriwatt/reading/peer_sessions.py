"""Who may read the ledger here: a member that signed a request for it, for some minutes by the token that it got.

State and transactions have definitions of points, which are for members and not for strangers. A signature for each
question would cost more than its answer, and fill the memory of nonces.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Refused

SESSION_SECONDS = 600.0
MOST_SESSIONS = 16
"""Sessions of one member; a further one ends its oldest, and nobody else's."""

TOKEN_BYTES = 32


class PeerSessionNeeded(Refused):
    """A question about the ledger's content without a session of a member, or with one that has ended."""

    code = "peer-session-needed"

    def __init__(self) -> None:
        super().__init__("members of the ledger read it here: sign a request at door 'session'")


class PeerSessions:
    """The sessions of members, by the hash of their token; callable from many threads."""

    def __init__(self, random: Callable[[int], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self._random, self._clock, self._lock = random, clock, Lock()
        self._until = dict[bytes, float]()
        self._members = dict[tuple[str, str], OrderedDict[bytes, None]]()

    def open(self, org: str, member: str) -> bytes:
        """The token of a new session of this member."""
        token = self._random(TOKEN_BYTES)
        with self._lock:
            own = self._members.setdefault((org, member), OrderedDict())
            own[sha256(token)] = None
            self._until[sha256(token)] = self._clock() + SESSION_SECONDS
            while len(own) > MOST_SESSIONS:
                del self._until[own.popitem(last=False)[0]]
        return token

    def check(self, token: bytes) -> None:
        """Raise PeerSessionNeeded unless a session has this token and has not ended."""
        with self._lock:
            until = self._until.get(sha256(token), 0.0)
        if self._clock() >= until:
            raise PeerSessionNeeded
