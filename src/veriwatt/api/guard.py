"""The checks before every route (session, share, host name, body size), and headers, log and timing of every answer.

A route needs a session unless its own declaration has `openapi.OPEN`, so a new route shows nothing by mistake. What a
stranger asks is charged unless the declaration has `openapi.OWN_BUDGET`, so nothing is free by mistake.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from veriwatt.api.access import Access, is_tls
from veriwatt.api.errors import BodyTooLarge, RateLimited, WrongHost, problem
from veriwatt.api.hosts import host_of
from veriwatt.api.metrics import Metrics
from veriwatt.api.openapi import OPEN, OWN_BUDGET
from veriwatt.api.resources.connection import connection_of, penalise
from veriwatt.api.resources.payer import address_of, payer_of, peer_of, said_by_proxy
from veriwatt.api.resources.policy import AGAIN_BODY, PEER_BODY, STRANGERS_BODY, SUBMIT_BODY, VERIFY_BODY, WITNESS_BODY
from veriwatt.api.resources.request_budget import RequestBudget
from veriwatt.api.uploads import MAX_BODY
from veriwatt.errors import Refused, Unavailable, VeriwattError
from veriwatt.model.terminals.admission import FIELD

STATIC = "/static/"
"""The path of the pages' static files, which need no session."""

LARGE = {
    "/api/v1/frames": MAX_BODY,
    "/api/v1/frames/again": AGAIN_BODY,
    "/api/v1/verify": VERIFY_BODY,
    "/api/v1/peer/state": PEER_BODY,
    "/api/v1/peer/submit": SUBMIT_BODY,
    "/witness/add-checkpoint": WITNESS_BODY,
}
"""The most bytes of a body, by its route; on all other routes `STRANGERS_BODY`."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HSTS = "max-age=31536000"
"""Under TLS: a browser that came once does not come by plain HTTP again within a year."""

log = structlog.get_logger("veriwatt.http")


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: FastAPI, access: Access, metrics: Metrics, hosts: Collection[str], proxies: Collection[str] = ()
    ) -> None:
        """`app` has all its routes by now.

        Args:
            hosts: the names, without port, by which this node may be called.
            proxies: the addresses that are believed when they say for whom they call.
        """
        self._proxies = frozenset(proxies)
        self._app, self._access, self._metrics = app, access, metrics
        self._open, self._own_budget = declared(app.routes, OPEN), declared(app.routes, OWN_BUDGET)
        self._budget = RequestBudget()
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _came_by_tls(scope, self._proxies):
            scope["scheme"] = "https"
        scope["client"] = (address_of(scope, self._proxies), 0)
        began, status = time.perf_counter(), 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope)
            await send(message)

        try:
            refusal = self._refusal(scope)
            await (refusal or self._app)(scope, _limited(scope, receive), answered)
        except VeriwattError as error:
            if not status:
                if isinstance(error, RateLimited):
                    await penalise(scope, error)
                await problem(error)(scope, receive, answered)
        except asyncio.CancelledError:  # the node stops, and the request took longer than it waits
            if not status:
                await problem(Unavailable("the node is stopping; ask again later"))(scope, receive, answered)
        except Exception as error:  # noqa: BLE001 - a bug: the client gets no details, the log has the place
            log.error("bug", error=type(error).__name__, at=_where(error), path=scope["path"])  # noqa: TRY400
        finally:
            self._log_request(scope, status, time.perf_counter() - began)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that is refused before its route; None for all others.

        Raises:
            RateLimited: a stranger has spent its share.
        """
        path, method = scope["path"], "GET" if scope["method"] == "HEAD" else scope["method"]
        stranger = None if (method, path) in self._own_budget else self._refused(scope)
        if stranger is not None:
            self._budget.charge(payer_of(scope))
        host = host_of(Headers(scope=scope))
        if host not in self._hosts:
            return problem(WrongHost(host))
        if stranger is None or (method, path) in self._open or path.startswith(STATIC):
            return None
        if method == "GET" and not path.startswith(("/api/", "/metrics")):
            return RedirectResponse(_sign_in_for(scope), 303)
        return problem(stranger)

    def _refused(self, scope: Scope) -> Refused | None:
        """Why the request is none of a signed-in person, nor of a token in its scopes; None if it is."""
        try:
            self._access.check(scope)
        except Refused as refusal:
            return refusal
        return None

    def _log_request(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(scope["method"], route, str(status)).observe(seconds)
        if status >= 400:
            log.warning("request-refused", method=scope["method"], route=route, status=status, peer=peer_of(scope))


def declared(routes: Sequence[BaseRoute], what: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Method and path of the routes whose declaration has all of `what`."""
    extras = [(each, getattr(each, "openapi_extra", None) or {}) for each in iter_route_contexts(routes)]
    found = [each for each, extra in extras if what.items() <= extra.items()]
    return frozenset((method, each.path or "") for each in found for method in each.methods or ())


def _came_by_tls(scope: Scope, proxies: Collection[str]) -> bool:
    """Whether a named proxy says that the request came to it by TLS: cookies and headers are as if it came here so."""
    return peer_of(scope) in proxies and said_by_proxy(scope, "x-forwarded-proto") == "https"


def _sign_in_for(scope: Scope) -> str:
    """The sign-in page, which leads back to the page that was asked for."""
    query = scope["query_string"].decode("ascii", "replace")
    wanted = scope["path"] + (f"?{query}" if query else "")
    return "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}"


def _limited(scope: Scope, receive: Receive) -> Receive:
    """`receive` that raises BodyTooLarge once a body has grown beyond its route's limit."""
    limit, seen = LARGE.get(scope["path"], STRANGERS_BODY), 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLarge(limit)
        return message

    return counted


def _add_headers(message: Message, scope: Scope) -> None:
    headers, path = MutableHeaders(scope=message), scope["path"]
    if is_tls(scope):
        headers.setdefault("Strict-Transport-Security", HSTS)
    if admission := connection_of(scope).admission():
        headers[FIELD] = admission
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-cache" if path.startswith(STATIC) else "no-store")


def _where(error: Exception) -> str:
    """File and line that raised, without any value."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "" if frame is None else f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}"
