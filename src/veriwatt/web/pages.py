"""The pages' routes: each renders its template in the reader's language; figures come from the API afterwards."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

import veriwatt
from veriwatt.errors import Refused, Unavailable
from veriwatt.web.words import LANGUAGES, catalogue, choose, messages, text

LANGUAGE_COOKIE = "veriwatt_language"
YEAR = 365 * 24 * 3600

PAGES = {"/": "overview", "/terminals": "terminals", "/ledger": "ledger", "/verify": "verify"}
"""Path to template and script."""

OPEN: dict[str, Any] = {"security": []}
"""OpenAPI's own word for a route that needs no session; the guard reads it off the route."""


class SignIn(Protocol):
    """Opens sessions for people, by cookie."""

    def admit(self, secret: str, answer: Response, peer: str) -> None:
        """Put a session into the answer; raises Refused for a wrong or used secret, Unavailable after many tries."""
        ...

    def knows(self, request: Request) -> bool:
        """Whether the request is of a session."""
        ...


def add_pages(app: FastAPI, sign_in: SignIn) -> None:
    """Add the pages and their static files to an application."""
    pages = _Pages(sign_in)
    router = APIRouter(include_in_schema=False)
    for path, name in PAGES.items():
        declared = OPEN if name == "verify" else None
        router.add_api_route(path, pages.route(name), methods=["GET"], name=name, openapi_extra=declared)
    router.add_api_route("/sign-in", pages.sign_in, methods=["GET"], name="sign-in", openapi_extra=OPEN)
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(files("veriwatt.web") / "static")), name="static")


class _Pages:
    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._templates = Environment(
            loader=PackageLoader("veriwatt.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def route(self, name: str) -> Any:
        async def page(request: Request) -> Response:
            return self._render(request, name)

        return page

    async def sign_in(self, request: Request) -> Response:
        """Without a secret, where to find one; with it, a session and the overview."""
        secret = request.query_params.get("secret")
        if secret is None:
            return self._render(request, "sign_in", failed=None)
        answer = RedirectResponse("/", 303)
        try:
            self._sign_in.admit(secret, answer, request.client.host if request.client else "")
        except (Refused, Unavailable) as error:
            return self._render(request, "sign_in", 403, failed=error.code)
        return answer

    def _render(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        asked = request.query_params.get("lang")
        language = choose(asked, request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))
        words = catalogue(language)
        page = self._templates.get_template(f"{name}.html").render(
            page=name,
            language=language,
            languages=LANGUAGES,
            words=dict(words),
            t=partial(text, words),
            messages=messages(language),
            signed_in=self._sign_in.knows(request),
            version=veriwatt.__version__,
            here=request.url.path,
            **values,
        )
        answer = HTMLResponse(page, status)
        if asked == language:
            answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, httponly=True, samesite="strict")
        return answer
