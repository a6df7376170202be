"""Signing in and out, for scripts; people follow the link."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from veriwatt.api.guard import token_of
from veriwatt.api.limits import Buckets
from veriwatt.api.schemas import SessionAnswer, SessionRequest
from veriwatt.api.sessions import COOKIE, LASTS, Sessions

TRIES_A_SECOND, TRIES_AT_ONCE = 0.2, 10.0


def session_routes(sessions: Sessions) -> APIRouter:
    router, peers = APIRouter(tags=["session"]), Buckets("attempts to sign in", TRIES_A_SECOND, TRIES_AT_ONCE)

    @router.post("/session", response_model=SessionAnswer)
    async def sign_in(request: Request, asked: SessionRequest) -> Response:
        """Spend the one-time secret for a session, to be sent as `Authorization: Bearer SESSION`."""
        peers.take(request.client.host if request.client else "", 1)
        return JSONResponse({"session": sessions.open(asked.secret), "lasts": LASTS})

    @router.delete("/session", status_code=204)
    async def sign_out(request: Request) -> Response:
        """End this session."""
        sessions.close(token_of(request.headers))
        gone = Response(status_code=204)
        gone.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return gone

    return router
