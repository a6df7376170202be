"""The pages' routes: each renders its template in the reader's language; figures come from the API afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from starlette.staticfiles import StaticFiles

import veriwatt
from veriwatt.cookie_text import cookie_of
from veriwatt.errors import Refused, Unavailable
from veriwatt.web.words import LANGUAGES, catalogue, choose, messages, text

LANGUAGE_COOKIE = "veriwatt_language"
YEAR = 365 * 24 * 3600

LONGEST_PATH = 2000
"""Characters of a path that signing in leads back to."""

PAGES = {
    "/": "overview",
    "/terminals": "terminals",
    "/ledger": "ledger",
    "/ledger/proposals": "proposals",
    "/ledger/search": "search",
    "/ledger/tx/{digest}": "transaction",
    "/ledger/{height:int}": "block",
    "/frames/{org}/{position:int}": "chain_frame",
    "/orgs/{org}": "org",
    "/terminals/{terminal}": "terminals",
    "/verify": "verify",
}
"""Path to template and script. The addresses are permanent: people keep and send them."""

SECTIONS = dict.fromkeys(("proposals", "search", "transaction", "block", "chain_frame", "org"), "ledger")
"""The entry of the navigation that a page belongs to, where it is not one itself."""

OPEN: dict[str, Any] = {"security": []}
"""OpenAPI's own word for a route that needs no session; the guard reads it off the route."""


class SignIn(Protocol):
    """Opens sessions for people, by cookie."""

    def admit(self, secret: str, request: Request, answer: Response, peer: str) -> None:
        """Put a session into the answer; raises Refused for a link of no use, Unavailable after many tries."""
        ...

    def invited(self, secret: str, peer: str) -> str:
        """Whom an unused link signs in; raises as `admit`."""
        ...

    def reader(self, request: Request) -> str | None:
        """The name of the signed-in person whose request this is."""
        ...


def add_pages(app: FastAPI, sign_in: SignIn) -> None:
    """Add the pages and their static files to an application."""
    pages = _Pages(sign_in)
    router = APIRouter(include_in_schema=False)
    for path, name in PAGES.items():
        declared = OPEN if name == "verify" else None
        router.add_api_route(path, pages.route(name), methods=["GET"], name=path, openapi_extra=declared)
    router.add_api_route("/sign-in", pages.show_sign_in, methods=["GET"], name="sign-in", openapi_extra=OPEN)
    router.add_api_route("/sign-in", pages.sign_in, methods=["POST"], openapi_extra=OPEN)
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

    async def show_sign_in(self, request: Request) -> Response:
        """With a link's secret, whom it signs in and a button: a program that only looks at the link spends nothing."""
        wanted = own_path(request.query_params.get("next", ""))
        secret = request.query_params.get("secret")
        if secret is None:
            if self._sign_in.reader(request) is not None:
                return RedirectResponse(wanted, 303)
            return self._render(request, "sign_in", failed=None, secret=None, invited=None, next=wanted)
        try:
            invited = self._sign_in.invited(secret, _peer(request))
        except (Refused, Unavailable) as error:
            return self._not_signed_in(request, error, wanted)
        return self._render(request, "sign_in", failed=None, secret=secret, invited=invited, next=wanted)

    async def sign_in(
        self, request: Request, secret: Annotated[str, Form(max_length=2000)], next: Annotated[str, Form()] = ""
    ) -> Response:
        """Spend a link, given whole or by its secret, and go to the page that was asked for before."""
        wanted = own_path(next)
        answer = RedirectResponse(wanted, 303)
        try:
            self._sign_in.admit(_secret_in(secret), request, answer, _peer(request))
        except (Refused, Unavailable) as error:
            return self._not_signed_in(request, error, wanted)
        return answer

    def _not_signed_in(self, request: Request, error: Refused | Unavailable, wanted: str) -> Response:
        failed = error.code if f"sign-in.{error.code}" in catalogue("en") else "unavailable"
        return self._render(request, "sign_in", 403, failed=failed, secret=None, invited=None, next=wanted)

    def _render(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        asked = request.query_params.get("lang")
        chosen = cookie_of(request.headers.get("cookie", ""), LANGUAGE_COOKIE)
        language = choose(asked, chosen, request.headers.get("accept-language", ""))
        words = catalogue(language)
        page = self._templates.get_template(f"{name}.html").render(
            page=name,
            section=SECTIONS.get(name, name),
            language=language,
            languages=LANGUAGES,
            words=_json_of(catalogue, language),
            t=partial(text, words),
            messages=_json_of(messages, language),
            reader=self._sign_in.reader(request),
            version=veriwatt.__version__,
            here=request.url.path,
            **values,
        )
        answer = HTMLResponse(page, status)
        if asked == language:
            answer.set_cookie(
                LANGUAGE_COOKIE,
                language,
                max_age=YEAR,
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        return answer


def own_path(text: str) -> str:
    r"""`text` if it is a path of this node, else the overview: no address leads from here to another host.

    A browser reads `//host`, `/\host` and a path with a tab or line feed as another host's.
    """
    own = text.startswith("/") and not text.startswith(("//", "/sign-in")) and "\\" not in text
    return text if own and text.isprintable() and len(text) <= LONGEST_PATH else "/"


@cache
def _json_of(sentences: Callable[[str], Mapping[str, Any]], language: str) -> str:
    """Sentences of a language as JSON within a page: the largest part of every page, made once."""
    return htmlsafe_json_dumps(dict(sentences(language)), sort_keys=True)


def _secret_in(text: str) -> str:
    """The secret of a link that was pasted whole, or `text`."""
    pasted = text.strip()
    try:
        found = parse_qs(urlsplit(pasted).query).get("secret", [])
    except ValueError:  # such as an unclosed bracket
        found = []
    return found[0] if found else pasted


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""
