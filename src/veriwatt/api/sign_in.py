"""Signing in by a link, for the pages and the session route."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response

from veriwatt.api.access import Access, is_tls
from veriwatt.api.limits import Buckets
from veriwatt.errors import Refused
from veriwatt.home.access_records import Session
from veriwatt.units import SECOND

TRIES_A_SECOND, TRIES_AT_ONCE = 0.2, 10.0
"""Links of no use, of one peer. A good link is taken whatever was tried: a secret of 256 bits is not guessed, and who
tries junk must not shut out the office behind the same address."""

T = TypeVar("T")


class CookieSignIn:
    """Opens sessions against sign-in links, and answers a few wrong ones a minute of each peer."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._peers = Buckets("attempts to sign in", TRIES_A_SECOND, TRIES_AT_ONCE)

    def open(self, secret: str, peer: str) -> tuple[str, Session]:
        """A session, and its token.

        Raises:
            SignInSecretUsed, SignInLinkExpired: the link is of no use.
            RateLimited: the peer tried too many links of no use.
            Unavailable: the session cannot be stored; the link can be used again.
        """
        return self._charged(peer, lambda: self._access.files.spend(secret, peer))

    def admit(self, secret: str, request: Request, answer: Response, peer: str) -> None:
        """As `open`; the token goes into the answer's cookie, out of reach of scripts and of other sites."""
        token, session = self.open(secret, peer)
        lasts = (session.until - session.made) // SECOND
        scope = request.scope
        answer.set_cookie(
            self._access.cookie(scope), token, max_age=lasts, httponly=True, samesite="strict", secure=is_tls(scope)
        )

    def invited(self, secret: str, peer: str) -> str:
        """Whom an unused link signs in; raises as `open`."""
        return self._charged(peer, lambda: self._access.files.link(secret).name)

    def session(self, request: Request) -> Session | None:
        """The session of the request, if it has one."""
        return self._access.session(request.scope)

    def reader(self, request: Request) -> str | None:
        """The name of the signed-in person whose request this is."""
        session = self.session(request)
        return None if session is None else session.name

    def close(self, request: Request, answer: Response) -> None:
        """End the request's session, and take its cookie back."""
        scope = request.scope
        self._access.files.sign_out(self._access.secret_of(scope))
        answer.delete_cookie(self._access.cookie(scope), httponly=True, samesite="strict", secure=is_tls(scope))

    def _charged(self, peer: str, use: Callable[[], T]) -> T:
        """What `use` gives; a link of no use is charged to the peer."""
        try:
            return use()
        except Refused:
            self._peers.take(peer, 1)
            raise
