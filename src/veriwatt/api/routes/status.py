"""How the node is: health, status, orgs, metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

import veriwatt
from veriwatt.api.context import ChainState, Node, Worker
from veriwatt.api.metrics import CONTENT_TYPE, Metrics
from veriwatt.api.schemas import HealthAnswer, OrgsAnswer, StatusAnswer
from veriwatt.api.times import utc
from veriwatt.machine.members.queries import members, organisations
from veriwatt.model.members.organisation import Member


def health_routes(worker: Worker, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["node"])

    @router.get("/healthz", response_model=HealthAnswer)
    async def healthz() -> Response:
        """Answered while the node's worker is able to."""
        await worker.ask(lambda node: node.ledger.head())
        return JSONResponse({"ok": True})

    @router.get("/metrics", include_in_schema=False)
    async def metrics_page() -> Response:
        await worker.ask(metrics.observe)
        return Response(metrics.page(), media_type=CONTENT_TYPE)

    return router


def status_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["node"])

    @router.get("/status", response_model=StatusAnswer)
    async def status() -> Response:
        """The ledger's newest state, and how far each data chain has come."""
        return JSONResponse(await worker.ask(_status))

    @router.get("/orgs", response_model=OrgsAnswer)
    async def orgs() -> Response:
        """The orgs of the consortium with their members."""
        return JSONResponse({"orgs": await worker.ask(_orgs)})

    return router


def operator_of(node: Node) -> str:
    """Who finalises blocks, in the words that stand wherever the ledger is shown."""
    light = node.ledger.light_block(node.ledger.head().height)
    count = len(light.validators.validators)
    return "single operator" if count == 1 else f"{count} validators"


def _status(node: Node) -> dict[str, Any]:
    head = node.ledger.head()
    titles = {o.org: o.title for o in organisations(node.ledger)}
    return {
        "version": veriwatt.__version__,
        "chain_id": node.ledger.chain_id,
        "operator": operator_of(node),
        "height": head.height,
        "time": utc(head.time),
        "now": utc(node.now()),
        "orgs": [_chain(chain, titles[chain.org]) for chain in node.chains()],
    }


def _chain(chain: ChainState, title: str) -> dict[str, Any]:
    since = chain.unanchored_since
    return {
        "org": chain.org,
        "title": title,
        "frames": chain.frames,
        "anchored": chain.anchored,
        "viewed": chain.viewed,
        "unanchored_since": None if since is None else utc(since),
    }


def _orgs(node: Node) -> list[dict[str, Any]]:
    return [
        {"org": org.org, "title": org.title, "members": [_member(each) for each in members(node.ledger, org.org)]}
        for org in organisations(node.ledger)
    ]


def _member(member: Member) -> dict[str, Any]:
    return {"name": member.name, "role": member.role.value, "key_id": member.key.key_id.hex()}
