"""`POST /api/v1/frames/again`: terminals show what this log host acknowledged, and send again what it lost.

The log host's own signatures replace a session: a checkpoint or receipt that it did not sign changes nothing.
Spec: docs/spec/frame-upload.md, "Sending again".
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from veriwatt.api.api_node import Worker
from veriwatt.api.openapi import CBOR, OWN_BUDGET, binary
from veriwatt.api.resources.frame_budget import FrameBudget
from veriwatt.api.resources.payer import Payer, peer_of
from veriwatt.api.routes.frames import outcome_fields
from veriwatt.encoding import Value, encode
from veriwatt.model.chain.sent_again import UnreadRequest

_DECLARED: dict[str, Any] = OWN_BUDGET | {
    "requestBody": {
        "required": True,
        "description": "a checkpoint, and frames with their receipts (docs/spec/frame-upload.md)",
        "content": {CBOR: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def sent_again_routes(worker: Worker, budget: FrameBudget) -> APIRouter:
    router = APIRouter(tags=["frames"])

    @router.post(
        "/frames/again",
        response_class=Response,
        responses=binary(CBOR, "[size, checkpoint, an outcome for each frame]"),
        openapi_extra=_DECLARED,
    )
    async def send_again(request: Request, org: str) -> Response:
        """Take the terminal's largest checkpoint, and frames that were acknowledged and that the data chain lost.

        Answers how many frames the chain has. A frame whose predecessors are missing too is held as `refilling`: send
        it again later.
        """
        unread = await asyncio.to_thread(UnreadRequest.from_bytes, await request.body())
        await budget.charge(_to_check(unread), Payer(peer_of(request.scope)), busy=False)
        again = await asyncio.to_thread(unread.read)
        answer = await worker.ask(lambda node: node.take_again(org, again.note, again.sent))
        outcomes: Value = [outcome_fields(each) for each in answer.outcomes]
        return Response(encode([answer.size, answer.note, outcomes]), media_type=CBOR)

    return router


def _to_check(unread: UnreadRequest) -> list[bytes]:
    """What costs work: the notes, which are in the receipts, and the frames, whose last one says whose post it is."""
    shown = [] if unread.note is None else [unread.note.encode()]
    return [*shown, *(receipt for _, receipt in unread.sent), *(upload for upload, _ in unread.sent)]
