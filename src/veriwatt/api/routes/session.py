"""Routes for signing in and out, for scripts; people follow the sign-in link."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from veriwatt.api.openapi import OPEN
from veriwatt.api.resources.payer import peer_of
from veriwatt.api.schemas.node import ReaderAnswer, SessionAnswer, SessionRequest
from veriwatt.api.sign_in import CookieSignIn
from veriwatt.api.times import utc
from veriwatt.units import SECOND


def session_routes(sign_in: CookieSignIn) -> APIRouter:
    router = APIRouter(tags=["session"])

    @router.post("/session", openapi_extra=OPEN)
    async def open_session(request: Request, asked: SessionRequest) -> SessionAnswer:
        """Spend a sign-in link's secret for a session, to be sent as `Authorization: Bearer SESSION`."""
        token, session = sign_in.open(asked.secret, peer_of(request.scope))
        return SessionAnswer(session=token, name=session.name, lasts=(session.until - session.made) // SECOND)

    @router.get("/session", openapi_extra=OPEN)
    async def reader(request: Request) -> ReaderAnswer:
        """Who is signed in, and until when; null for a stranger."""
        session = sign_in.session(request)
        if session is None:
            return ReaderAnswer(name=None, until=None)
        return ReaderAnswer(name=session.name, until=utc(session.until))

    @router.delete("/session", status_code=204)
    async def close_session(request: Request) -> Response:
        """End this session."""
        gone = Response(status_code=204)
        sign_in.close(request, gone)
        return gone

    return router
