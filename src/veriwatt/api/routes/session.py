"""Signing in and out, for scripts; people follow the link."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from veriwatt.api.limits import peer_of
from veriwatt.api.schemas import SessionAnswer, SessionRequest
from veriwatt.api.sessions import COOKIE, LASTS
from veriwatt.api.sign_in import CookieSignIn


def session_routes(doorkeeper: CookieSignIn) -> APIRouter:
    router = APIRouter(tags=["session"])

    @router.post("/session", response_model=SessionAnswer)
    async def sign_in(request: Request, asked: SessionRequest) -> Response:
        """Spend the one-time secret for a session, to be sent as `Authorization: Bearer SESSION`."""
        return JSONResponse({"session": doorkeeper.open(asked.secret, peer_of(request)), "lasts": LASTS})

    @router.delete("/session", status_code=204)
    async def sign_out(request: Request) -> Response:
        """End this session."""
        doorkeeper.close(request)
        gone = Response(status_code=204)
        gone.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return gone

    return router
