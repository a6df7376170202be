"""Sign-in by cookie, for the pages and the session route."""

from __future__ import annotations

from fastapi import Request, Response

from veriwatt.api.guard import token_of
from veriwatt.api.limits import Buckets
from veriwatt.api.sessions import COOKIE, LASTS, Sessions

TRIES_A_SECOND, TRIES_AT_ONCE = 0.2, 10.0


class CookieSignIn:
    """Opens sessions against the one-time secret, a few tries a minute for each peer."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._peers = Buckets("attempts to sign in", TRIES_A_SECOND, TRIES_AT_ONCE)

    def open(self, secret: str, peer: str) -> str:
        """A session's token.

        Raises:
            SignInSecretUsed: the secret is wrong or was used.
            RateLimited: the peer tried too often.
        """
        self._peers.take(peer, 1)
        return self._sessions.open(secret)

    def admit(self, secret: str, answer: Response, peer: str) -> None:
        """As `open`; the token goes into the answer's cookie, out of reach of scripts and of other sites."""
        answer.set_cookie(COOKIE, self.open(secret, peer), max_age=LASTS, httponly=True, samesite="strict")

    def knows(self, request: Request) -> bool:
        return self._sessions.holds(token_of(request.headers))

    def close(self, request: Request) -> None:
        self._sessions.close(token_of(request.headers))
