"""Who asks: the session of a person, from its cookie or as bearer, or the token of a script within its scopes."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

from veriwatt.api.errors import SignInNeeded
from veriwatt.api.token_scopes import check_token
from veriwatt.cookie_text import cookie_of
from veriwatt.home.access_errors import SessionEnded
from veriwatt.home.access_files import TOKEN_PREFIX, AccessFiles
from veriwatt.home.access_records import Session


class Access:
    """Whoever is let in to a node, and to what."""

    def __init__(self, files: AccessFiles) -> None:
        self.files = files

    def check(self, scope: Scope) -> None:
        """Raise Refused unless the request is of a signed-in person, or of a token in its scopes."""
        secret = self.secret_of(scope)
        if not secret:
            raise SignInNeeded
        if not secret.startswith(TOKEN_PREFIX):
            self.files.session(secret)
            return
        check_token(self.files.token(secret), scope)

    def session(self, scope: Scope) -> Session | None:
        """The signed-in person whose request this is."""
        secret = self.secret_of(scope)
        try:
            return self.files.session(secret) if secret else None
        except SessionEnded:
            return None

    def cookie(self, scope: Scope) -> str:
        """The name of the session's cookie: this node's own, and under TLS one that no other host can set."""
        return ("__Host-" if is_tls(scope) else "") + f"veriwatt-{self.files.node}"

    def secret_of(self, scope: Scope) -> str:
        """The secret that a request shows, as bearer or in the cookie; empty without one."""
        headers = Headers(scope=scope)
        kind, _, secret = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return secret.strip()
        return cookie_of(headers.get("cookie", ""), self.cookie(scope))


def is_tls(scope: Scope) -> bool:
    return bool(scope.get("scheme") == "https")
