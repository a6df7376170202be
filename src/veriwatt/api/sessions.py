"""Signing in: a one-time secret drawn at each start, and the sessions it opens. No default secret exists."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable

from veriwatt.api.errors import SignInSecretUsed
from veriwatt.crypto.hashing import sha256

COOKIE = "veriwatt_session"
LASTS = 12 * 3600
"""Seconds that a session lasts."""


class Sessions:
    """Sessions in memory: they end with the process. Only hashes of tokens are stored."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._secret: str | None = secrets.token_urlsafe(32)
        self._ends: dict[bytes, float] = {}

    @property
    def secret(self) -> str | None:
        """The one-time secret; None once it is used."""
        return self._secret

    def open(self, secret: str) -> str:
        """Use up the secret; returns the token of a new session. Raises SignInSecretUsed for any other text."""
        if self._secret is None or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise SignInSecretUsed
        self._secret = None
        token = secrets.token_urlsafe(32)
        self._ends[sha256(token.encode())] = self._clock() + LASTS
        return token

    def holds(self, token: str) -> bool:
        """Whether the token belongs to a session that has not ended."""
        return self._ends.get(sha256(token.encode()), 0) > self._clock()

    def close(self, token: str) -> None:
        """End a session; does nothing if it has ended already."""
        self._ends.pop(sha256(token.encode()), None)
