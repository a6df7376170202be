"""A node as a witness over HTTP, for other ledgers: `add-checkpoint` of C2SP tlog-witness."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from veriwatt.api.limits import Buckets
from veriwatt.api.openapi import OWN_BUDGET
from veriwatt.api.resources.payer import payer_of
from veriwatt.api.resources.policy import WITNESS_BURST, WITNESS_RATE
from veriwatt.home.witness_door import WitnessDoor

ADD_CHECKPOINT = "/witness/add-checkpoint"

_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}}
_DECLARED = OWN_BUDGET | {
    "requestBody": {"required": True, "description": "old size, consistency path, checkpoint", **_TEXT}
}


def witness_routes(witnesses: WitnessDoor) -> APIRouter:
    router = APIRouter(tags=["witness"])
    payers = Buckets("checkpoints of one address", WITNESS_RATE, WITNESS_BURST)

    @router.post(
        ADD_CHECKPOINT,
        response_class=Response,
        responses={
            200: {"description": "the line of the cosignature", **_TEXT},
            409: {"description": "the size that this witness cosigned last"},
        },
        openapi_extra=_DECLARED,
    )
    async def add(request: Request) -> Response:
        """Cosign the root log of another ledger, after it has grown from what this witness cosigned last."""
        payers.take(payer_of(request.scope), 1)
        body = await request.body()
        answer = await asyncio.to_thread(witnesses.add_checkpoint, body)
        return Response(answer.body, answer.status, media_type=answer.media)

    return router
