"""What a token may ask: the questions of its scopes, and of these, if it is for some orgs and points only, theirs.

What is asked of whom is read from the question itself, as the routes read it. So a token that is for some only asks
with `org`; a question that names no org, or is about all of them, is not for it.
"""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.types import Scope

from veriwatt.home.access_errors import NotInScope
from veriwatt.home.access_records import ApiToken

READ = "GET"

POINTS, COMPLETENESS, EVIDENCE = "/api/v1/points", "/api/v1/completeness", "/api/v1/evidence"

SCOPES: dict[str, tuple[str, ...]] = {
    "readings": (POINTS, COMPLETENESS, "/api/v1/frames", "/api/v1/status"),
    "evidence": (EVIDENCE,),
    "ledger": (
        "/api/v1/orgs",
        "/api/v1/terminals",
        "/api/v1/blocks",
        "/api/v1/anchors",
        "/api/v1/proposals",
        "/api/v1/ledger",
        "/api/v1/transactions",
        "/api/v1/status",
    ),
    "search": ("/api/v1/search",),
    "metrics": ("/metrics",),
}
"""The questions of each scope of a token, by the beginnings of their paths. No token changes anything."""

OF_SOME = ("readings", "evidence")
"""The scopes that a token for some orgs or points may have: the others are about everybody."""


def check_token(token: ApiToken, scope: Scope) -> None:
    """Raise NotInScope unless the token may ask this."""
    needed = _scopes_of(scope)
    if not needed & set(token.scopes):
        raise NotInScope(token.name, token.may_ask, " or ".join(sorted(needed)))
    if token.only:
        org, point = asked_of(scope)
        if not org or not {org, f"{org}/{point}"} & set(token.only):
            asked = f"{org}/{point}" if point else org
            needed_of = " or ".join(sorted(needed & set(token.scopes)))
            raise NotInScope(token.name, token.may_ask, f"{needed_of} of {asked or 'all orgs (name one with org=ORG)'}")


def asked_of(scope: Scope) -> tuple[str, str]:
    """Org and point of a question about readings; empty where it is about all orgs, or all points of the org."""
    path, query = scope["path"], QueryParams(scope["query_string"])
    org = query.get("org", "")
    if path in (POINTS, COMPLETENESS):
        return org, ""
    if path == EVIDENCE:
        return org, query.get("point", "")
    if path.startswith(f"{POINTS}/") and path.endswith("/totals"):
        return org, path.removeprefix(f"{POINTS}/").removesuffix("/totals")
    return "", ""


def _scopes_of(scope: Scope) -> set[str]:
    """The scopes that hold this question; none for a request that changes something."""
    method, path = scope["method"], scope["path"]
    if method not in (READ, "HEAD"):
        return set()
    return {
        name for name, begun in SCOPES.items() if any(path == each or path.startswith(f"{each}/") for each in begun)
    }
