"""The page of metrics: behind a session on the node's own listener, open on a listener of its own."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from veriwatt.api.api_node import Worker
from veriwatt.api.errors import problem, problem_response
from veriwatt.api.metrics import CONTENT_TYPE, Metrics
from veriwatt.errors import Unavailable, VeriwattError

PATH = "/metrics"


async def metrics_answer(worker: Worker, metrics: Metrics) -> Response:
    """The metrics, with the node's present state; without it while a command has the home or the view is mended."""
    metrics.observe_failing(await worker.health())
    with suppress(Unavailable):
        await worker.read(metrics.observe)
    return Response(metrics.page(), media_type=CONTENT_TYPE)


class MetricsPage:
    """The application of the metrics' own listener (`metrics_listen`): the page and nothing else."""

    def __init__(self, worker: Worker, metrics: Metrics) -> None:
        self._worker, self._metrics = worker, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await (await self._answer(scope["path"]))(scope, receive, send)

    async def _answer(self, path: str) -> Response:
        if path != PATH:
            return problem_response(404, "route-not-found", f"this listener answers {PATH} alone")
        try:
            return await metrics_answer(self._worker, self._metrics)
        except VeriwattError as error:
            return problem(error)
