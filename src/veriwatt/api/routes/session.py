"""Routes for signing in and out, for scripts; people follow the sign-in link."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from veriwatt.api.limits import peer_of
from veriwatt.api.openapi import OPEN
from veriwatt.api.schemas.node import SessionAnswer, SessionRequest
from veriwatt.api.sessions import COOKIE, LASTS
from veriwatt.api.sign_in import CookieSignIn


def session_routes(sign_in: CookieSignIn) -> APIRouter:
    router = APIRouter(tags=["session"])

    @router.post("/session", openapi_extra=OPEN)
    async def open_session(request: Request, asked: SessionRequest) -> SessionAnswer:
        """Spend the one-time secret for a session, to be sent as `Authorization: Bearer SESSION`."""
        return SessionAnswer(session=sign_in.open(asked.secret, peer_of(request)), lasts=LASTS)

    @router.delete("/session", status_code=204)
    async def close_session(request: Request) -> Response:
        """End this session."""
        sign_in.close(request)
        gone = Response(status_code=204)
        gone.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return gone

    return router
