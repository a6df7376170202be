"""`POST /api/v1/frames`: terminals send signed frames. The signature replaces a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request, Response

from veriwatt.api.api_node import ACCEPTED, KNOWN, FrameOutcome, Worker
from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.api.metrics import Metrics
from veriwatt.api.openapi import CBOR, OWN_BUDGET
from veriwatt.api.resources.connection import Connection, connection_of
from veriwatt.api.resources.payer import peer_of
from veriwatt.api.schemas.frames import FrameAnswer, FrameReceipt, FramesAnswer
from veriwatt.api.uploads import read_uploads
from veriwatt.encoding import encode
from veriwatt.errors import BadInput
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.frames.frame import parse_frame

Seen = Annotated[int, Query(ge=0, le=MAX_SIZE, description="the size of the terminal's largest checkpoint")]

log = structlog.get_logger("veriwatt.frames")

_DECLARED = OWN_BUDGET | {
    "requestBody": {
        "required": True,
        "description": "one frame, or an array of byte strings, each one frame (docs/spec/frame-upload.md)",
        "content": {CBOR: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def frames_routes(worker: Worker, queue: GroupCommitQueue, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["frames"])
    sizes = dict[str, int]()  # a size that each chain is known to have: it never shrinks while the node runs

    @router.post("/frames", response_model=FramesAnswer, openapi_extra=_DECLARED)
    async def send_frames(request: Request, org: str = "", seen: Seen = 0) -> FramesAnswer | Response:
        """Accept frames; answered once those accepted are durable, with a receipt for each.

        Send the same frames again whenever the answer was lost: what is in the chain is `known`. With `org` and `seen`,
        the size of the largest checkpoint that the terminal has, a chain that lost frames is refused as `beyond-chain`.
        """
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CBOR:
            found = request.headers.get("content-type")
            raise BadInput(where="content-type", value=found, why="frames are CBOR", remedy=f"send {CBOR}")
        peer = peer_of(request.scope)
        uploads = await read_uploads(request.stream())
        if seen > sizes.get(org, 0):
            sizes[org] = await worker.ask(lambda node: node.check_seen(org, seen))
        outcomes = await queue.accept(uploads, peer)
        if seen:
            sizes[org] = max(sizes[org], _largest(outcomes))
        _prove(connection_of(request.scope), uploads, outcomes)
        metrics.count(outcomes)
        _log_outcomes(outcomes, peer)
        if CBOR in request.headers.get("accept", ""):
            return Response(encode([outcome_fields(outcome) for outcome in outcomes]), media_type=CBOR)
        return FramesAnswer(frames=[_frame_answer(outcome) for outcome in outcomes])

    return router


def _prove(connection: Connection, uploads: Sequence[bytes], outcomes: Sequence[FrameOutcome]) -> None:
    """Tell the connection whose terminal it is, once a frame that came on it was accepted."""
    if connection.terminal:
        return
    for upload, outcome in zip(uploads, outcomes, strict=True):
        if outcome.code == ACCEPTED:
            frame = parse_frame(upload)
            connection.terminal = f"{frame.org}/{frame.terminal}"
            return


def _log_outcomes(outcomes: Sequence[FrameOutcome], peer: str) -> None:
    """One line for the accepted frames of a post, and one for each code of those refused."""
    positions = [o.position for o in outcomes if o.code == ACCEPTED and o.position is not None]
    if positions:
        log.info("frames-accepted", count=len(positions), first=min(positions), last=max(positions), peer=peer)
    for code, count in Counter(o.code for o in outcomes if o.code not in (ACCEPTED, KNOWN)).items():
        log.warning("frames-refused", code=code, count=count, peer=peer)


def _largest(outcomes: list[FrameOutcome]) -> int:
    """The size of the largest checkpoint that these outcomes have; 0 for none."""
    notes = {outcome.receipt.note for outcome in outcomes if outcome.receipt is not None}
    return max((int(note.split("\n", 2)[1]) for note in notes), default=0)


def outcome_fields(outcome: FrameOutcome) -> list[Any]:
    """As CBOR: [code, why, position, anchored, [note, position, path]]; null where there is none."""
    receipt = outcome.receipt
    placed = None if receipt is None else [receipt.note, receipt.position, list(receipt.path)]
    return [outcome.code, outcome.why, outcome.position, outcome.anchored, placed]


def _frame_answer(outcome: FrameOutcome) -> FrameAnswer:
    receipt = outcome.receipt
    placed = None
    if receipt is not None:
        path = [each.hex() for each in receipt.path]
        placed = FrameReceipt(note=receipt.note, position=receipt.position, path=path)
    return FrameAnswer(
        code=outcome.code, why=outcome.why, position=outcome.position, anchored=outcome.anchored, receipt=placed
    )
