"""Errors over HTTP: the one table from the error tree to status codes, and problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import JSONResponse

from veriwatt.errors import Corrupted, Malformed, NotFound, NotProven, Refused, Unavailable, Unsettled, VeriwattError
from veriwatt.home.access_errors import (
    NotInScope,
    SessionEnded,
    SignInLinkExpired,
    SignInSecretUsed,
    TokenExpired,
    TokenRevoked,
    WrongToken,
)
from veriwatt.loghost.group_question import QuestionRefused
from veriwatt.reading.peer_sessions import PeerSessionNeeded

PROBLEM = "application/problem+json"

_NONE: Mapping[str, str | int] = {}


class BodyTooLarge(Malformed):
    """The request body is larger than this route accepts."""

    code = "body-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the request body is larger than {limit:,} bytes; send less in one request")
        self.limit = limit


class RateLimited(Unavailable):
    """The peer sends more than its share, or the node is busy; try again a little later."""

    code = "rate-limited"

    def __init__(self, what: str) -> None:
        super().__init__(f"too much at once: {what}; try again in a few seconds")
        self.what = what


class RequestTooSlow(Malformed):
    """The request did not arrive in time."""

    code = "request-too-slow"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the request did not arrive within {seconds} seconds; send it again")
        self.seconds = seconds


class TooCostly(Refused):
    """Verifying a file takes more time or memory than the node spends on a stranger's."""

    code = "too-costly"

    def __init__(self) -> None:
        super().__init__(
            "verifying this file takes more time or memory than this node spends on it; use `veriwatt verify`"
        )


class SignInNeeded(Refused):
    """The request has no session, and only members may see the answer."""

    code = "sign-in-needed"

    def __init__(self) -> None:
        super().__init__("sign in with a link of `veriwatt node invite`, or send a token of `veriwatt node tokens add`")


class WrongHost(Refused):
    """The request names another host: a page elsewhere may point its name to this node (DNS rebinding)."""

    code = "wrong-host"

    def __init__(self, host: str) -> None:
        super().__init__(f"this node does not answer to the name {host[:80]!r}; `veriwatt node run --name` adds one")
        self.host = host


STATUS: Mapping[type[VeriwattError], int] = {
    Malformed: 400,
    NotProven: 422,
    Refused: 409,
    NotFound: 404,
    Unavailable: 503,
    Unsettled: 503,
    Corrupted: 500,
    BodyTooLarge: 413,
    RateLimited: 429,
    RequestTooSlow: 408,
    TooCostly: 422,
    SignInNeeded: 401,
    SessionEnded: 401,
    PeerSessionNeeded: 401,
    WrongToken: 401,
    TokenRevoked: 401,
    TokenExpired: 401,
    NotInScope: 403,
    SignInSecretUsed: 403,
    SignInLinkExpired: 403,
    WrongHost: 421,
    QuestionRefused: 403,
}
"""The HTTP status of each family of errors, and of the errors with a status of their own; the only such table."""

RETRY_AFTER = {429: "2", 503: "2"}


def status_of(error: type[VeriwattError]) -> int:
    """The status of an error: that of the nearest class above it in the table."""
    return next(STATUS[each] for each in error.__mro__ if each in STATUS)


class _Problem(JSONResponse):
    """An answer that repeats what was sent; half characters in it (lone surrogates) become escapes of JSON."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def problem(error: VeriwattError) -> JSONResponse:
    """The HTTP answer for an expected error."""
    status, detail = status_of(type(error)), str(error)
    if isinstance(error, Corrupted):
        detail += "; stop the node and run `veriwatt fsck`"
    return problem_response(status, error.code, detail, error.values)


def problem_response(status: int, code: str, detail: str, values: Mapping[str, str | int] = _NONE) -> JSONResponse:
    """The answer by its parts: `type` names the stable code, `detail` is for people, `values` are those in it."""
    headers = {"Retry-After": RETRY_AFTER[status]} if status in RETRY_AFTER else {}
    about = {"type": f"urn:veriwatt:error:{code}", "title": code.replace("-", " "), "status": status}
    return _Problem({**about, "detail": detail, "values": dict(values)}, status, headers, PROBLEM)
