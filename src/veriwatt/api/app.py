"""The application: every route under `/api/v1`, and problem+json for every error."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

import veriwatt
from veriwatt.api.access import Access
from veriwatt.api.api_node import ApiNode, T, Worker
from veriwatt.api.errors import RateLimited, problem, problem_response
from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.api.metrics import Metrics
from veriwatt.api.openapi import OPEN, PROBLEMS, SECURITY, render
from veriwatt.api.resources.connection import penalise
from veriwatt.api.resources.verifying_process import VerifyingProcess
from veriwatt.api.routes.explorer import explorer_routes
from veriwatt.api.routes.frames import frames_routes
from veriwatt.api.routes.ledger import ledger_routes
from veriwatt.api.routes.peers import peers_routes
from veriwatt.api.routes.proofs import proofs_routes
from veriwatt.api.routes.readings import readings_routes
from veriwatt.api.routes.sent_again import sent_again_routes
from veriwatt.api.routes.session import session_routes
from veriwatt.api.routes.status import health_routes, status_routes
from veriwatt.api.routes.terminal_questions import terminal_questions_routes
from veriwatt.api.routes.terminals import terminals_routes
from veriwatt.api.routes.witness import witness_routes
from veriwatt.api.schemas.base import ProblemDetails
from veriwatt.api.sign_in import CookieSignIn
from veriwatt.errors import BadInput, VeriwattError
from veriwatt.home.access_files import AccessFiles
from veriwatt.home.witness_door import WitnessDoor
from veriwatt.units import UtcMillis

ABOUT = """\
Energy meter readings as evidence. Errors are problem+json whose `type` names a stable code. What shows readings needs
a session or a token: `veriwatt node invite` and `veriwatt node tokens add` make them; send them as
`Authorization: Bearer`."""


def make_api(
    worker: Worker,
    queue: GroupCommitQueue,
    sign_in: CookieSignIn,
    metrics: Metrics,
    verifying: VerifyingProcess,
    certificate_until: Callable[[], UtcMillis | None] = lambda: None,
    witnesses: WitnessDoor | None = None,
) -> FastAPI:
    """The API of a node; pages may be added to it. `guard.Guard` wraps the whole application.

    `certificate_until` says when the certificate of TLS ends, if the node serves TLS; `witnesses` are those that it
    serves, if it serves any.
    """
    app = FastAPI(
        title="Veriwatt",
        version=veriwatt.__version__,
        description=ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEMS,
    )
    add_error_answers(app)
    described = cache(lambda: json.dumps(app.openapi()).encode())  # it takes long to make

    async def description() -> Response:
        return Response(described(), media_type="application/json")

    app.add_api_route("/api/openapi.json", description, include_in_schema=False, openapi_extra=OPEN)
    app.include_router(health_routes(worker, metrics, certificate_until))
    app.include_router(witness_routes(witnesses or WitnessDoor(())))
    v1 = APIRouter(prefix="/api/v1")
    for routes in (
        frames_routes(worker, queue, metrics),
        sent_again_routes(worker, queue.budget),
        terminal_questions_routes(worker),
        session_routes(sign_in),
        status_routes(worker),
        readings_routes(worker),
        terminals_routes(worker),
        ledger_routes(worker),
        explorer_routes(worker),
        proofs_routes(worker, verifying),
        peers_routes(worker),
    ):
        v1.include_router(routes)
    app.include_router(v1)
    _describe(app)
    return app


def add_error_answers(app: FastAPI) -> None:
    """Let every error be answered as problem+json."""
    app.add_exception_handler(VeriwattError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _hung_up)
    app.add_exception_handler(Exception, _bug)


def described() -> str:
    """The text of `docs/openapi.json`."""
    worker = _NoNode()
    return render(
        make_api(
            worker, GroupCommitQueue(worker), CookieSignIn(Access(AccessFiles(Path()))), Metrics(), VerifyingProcess()
        ).openapi()
    )


class _NoNode:
    """The worker for generating the description of the API, which calls no route."""

    async def ask(self, question: Callable[[ApiNode], T]) -> T:
        raise RuntimeError("there is no node here")

    async def read(self, question: Callable[[ApiNode], T]) -> T:
        raise RuntimeError("there is no node here")

    async def health(self) -> Mapping[str, str]:
        return {}


def _describe(app: FastAPI) -> None:
    """Add `ProblemDetails` to the OpenAPI document, and remove the framework's own validation error."""
    generate = app.openapi

    def document() -> dict[str, Any]:
        made = generate()
        schemas = made["components"]["schemas"]
        schemas["Problem"] = ProblemDetails.model_json_schema()
        schemas.pop("HTTPValidationError", None)
        schemas.pop("ValidationError", None)
        made["components"]["securitySchemes"] = SECURITY
        made["security"] = [{name: []} for name in SECURITY]
        for path in made["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        return made

    app.openapi = document  # type: ignore[method-assign]


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, VeriwattError)
    if isinstance(error, RateLimited):
        await penalise(request.scope, error)
    return problem(error)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(BadInput(where=where, value=None, why=str(first["msg"])))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "route-not-found", 405: "method-not-allowed"}
    return problem_response(error.status_code, codes.get(error.status_code, "http"), str(error.detail))


async def _hung_up(_: Request, __: Exception) -> Response:
    """The client disconnected, so nobody reads this answer; a 400 keeps it out of the count of server errors."""
    return problem(BadInput(where="body", value=None, why="the connection ended before the body did"))


async def _bug(_: Request, __: Exception) -> Response:
    return problem_response(500, "internal", "the node made a mistake; its log says where")
