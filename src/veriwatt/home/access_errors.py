"""Why someone is not let in: each says what happened to the link, session or token that was shown."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text

_INVITE = "`veriwatt node invite NAME` makes a new one"


class SignInSecretUsed(Refused):
    """The sign-in secret is wrong, or was used before."""

    code = "sign-in-secret-used"

    def __init__(self) -> None:
        super().__init__(f"this sign-in link was used already, was withdrawn or is wrong; {_INVITE}")


class SignInLinkExpired(Refused):
    """The sign-in link was not used in time."""

    code = "sign-in-link-expired"

    def __init__(self, until: UtcMillis) -> None:
        super().__init__(f"this sign-in link was valid until {utc_text(until)}; {_INVITE}")
        self.until = utc_text(until)


class SessionEnded(Refused):
    """The session has ended: its time is over, it was revoked, or its holder signed out."""

    code = "session-ended"

    def __init__(self) -> None:
        super().__init__(f"this session has ended or was revoked; sign in again: {_INVITE}")


class WrongToken(Refused):
    """The bearer is no token of this node."""

    code = "wrong-token"

    def __init__(self) -> None:
        super().__init__("the bearer is no token of this node; `veriwatt node tokens list` shows those there are")


class TokenRevoked(Refused):
    """The token was revoked."""

    code = "token-revoked"

    def __init__(self, name: str, revoked: UtcMillis) -> None:
        super().__init__(f"token {name!r} was revoked on {utc_text(revoked)}; `veriwatt node tokens add` makes another")
        self.name, self.revoked = name, utc_text(revoked)


class TokenExpired(Refused):
    """The token's time is over."""

    code = "token-expired"

    def __init__(self, name: str, until: UtcMillis) -> None:
        super().__init__(f"token {name!r} was valid until {utc_text(until)}; `veriwatt node tokens add` makes another")
        self.name, self.until = name, utc_text(until)


class NotInScope(Refused):
    """The token is for other questions than this one."""

    code = "not-in-scope"

    def __init__(self, name: str, scopes: str, needed: str) -> None:
        super().__init__(f"token {name!r} may ask for {scopes}; this question needs {needed or 'a signed-in person'}")
        self.name, self.scopes, self.needed = name, scopes, needed
