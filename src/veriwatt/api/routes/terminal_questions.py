"""The questions of a terminal: its newest frame here, the ledger's newest leaf, definitions, and what is final.

The routes need no session, as terminals have none. They answer a frame's number and id, sizes and hashes, and values
that every evidence file contains. Definitions of points they answer to the signed question of their terminal alone.
Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from veriwatt.api.api_node import ApiNode, Worker
from veriwatt.api.limits import Buckets
from veriwatt.api.openapi import CBOR, OWN_BUDGET, binary
from veriwatt.api.resources.payer import payer_of
from veriwatt.api.resources.policy import QUESTIONS_BURST, QUESTIONS_RATE
from veriwatt.encoding import Value, encode
from veriwatt.loghost.chain_proofs import prove_number
from veriwatt.loghost.group_question import answer_group_question
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.evidence.paths import join_hashes
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.succession import successions_bytes
from veriwatt.reading.root_log_head import prove_root_log_head

Org = Annotated[str, Query(description="the terminal's org")]
Terminal = Annotated[str, Query(description="the terminal's name")]
Position = Annotated[int, Query(ge=0, le=MAX_SIZE, description="a frame's position in the data chain")]
Size = Annotated[int, Query(ge=0, le=MAX_SIZE, description="the size of a checkpoint of the data chain")]
Count = Annotated[int, Query(ge=0, lt=1 << 63, description="epoch or number of a frame")]

VERSION_PROOF = binary(CBOR, "a version proof")
_SIGNED = OWN_BUDGET | {
    "requestBody": {
        "required": True,
        "description": "a group question, signed by the terminal's key (docs/spec/terminal-questions.md)",
        "content": {CBOR: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def terminal_questions_routes(worker: Worker) -> APIRouter:
    payers = Buckets("questions of one address or terminal", QUESTIONS_RATE, QUESTIONS_BURST)

    async def count(request: Request) -> None:
        payers.take(payer_of(request.scope), 1)

    router = APIRouter(tags=["frames"], dependencies=[Depends(count)])

    @router.get(
        "/frames/newest",
        response_class=Response,
        responses=binary(CBOR, "[epoch, seq, frame id], or null"),
        openapi_extra=OWN_BUDGET,
    )
    async def newest_frame(org: Org, terminal: Terminal) -> Response:
        """The newest frame of a terminal that is in its org's data chain here; null when there is none."""
        return Response(encode(await worker.ask(lambda node: _newest_frame(node, org, terminal))), media_type=CBOR)

    @router.get(
        "/ledger/newest", response_class=Response, responses=binary(CBOR, "a root log head"), openapi_extra=OWN_BUDGET
    )
    async def root_log() -> Response:
        """The newest leaf of the ledger's root log, with what proves it to whoever has a trust file."""
        return Response(await worker.ask(_newest_head), media_type=CBOR)

    @router.get(
        "/ledger/successions",
        response_class=Response,
        responses=binary(CBOR, "an array of successions, each a byte string"),
        openapi_extra=OWN_BUDGET,
    )
    async def successions() -> Response:
        """The proofs of the moves of this ledger, for whoever trusts one that it continues; none if it never moved."""
        return Response(await worker.ask(lambda node: successions_bytes(node.successions())), media_type=CBOR)

    @router.get(
        "/frames/anchored",
        response_class=Response,
        responses=binary(CBOR, "an anchored chain"),
        openapi_extra=OWN_BUDGET,
    )
    async def anchored(org: Org, position: Position, size: Size) -> Response:
        """How much of the org's data chain is anchored, proven for one frame and one checkpoint."""
        proof = await worker.ask(lambda node: node.anchored(org, position, size))
        return Response(proof.to_bytes(), media_type=CBOR)

    @router.get(
        "/frames/consistency",
        response_class=Response,
        responses=binary(CBOR, "a byte string of hashes, 32 bytes each"),
        openapi_extra=OWN_BUDGET,
    )
    async def consistency(org: Org, old: Size, new: Size) -> Response:
        """The proof that the org's data chain of `new` frames extends that of `old`."""
        path = await worker.ask(lambda node: node.one_history(org, old, new))
        return Response(encode(join_hashes(path)), media_type=CBOR)

    @router.get(
        "/frames/number", response_class=Response, responses=binary(CBOR, "a number proof"), openapi_extra=OWN_BUDGET
    )
    async def number(org: Org, terminal: Terminal, epoch: Count, seq: Count) -> Response:
        """What the ledger records about one frame number: whether it is void."""
        proof = await worker.ask(lambda node: prove_number(node.ledger, org, terminal, FrameNumber(epoch, seq)))
        return Response(proof.to_bytes(), media_type=CBOR)

    @router.post("/ledger/group-version", response_class=Response, responses=VERSION_PROOF, openapi_extra=_SIGNED)
    async def group_version(request: Request) -> Response:
        """A version of a group with the definitions of its points, or the proof that the ledger has none yet.

        The question is signed by the key of a terminal that reads the group; nobody else gets an answer.
        """
        raw = await request.body()
        proof = await worker.ask(lambda node: answer_group_question(node.ledger, raw))
        return Response(proof.to_bytes(), media_type=CBOR)

    return router


def _newest_head(node: ApiNode) -> bytes:
    """The newest head now; if it is old, the next question gets a fresh one."""
    node.follow()
    return prove_root_log_head(node.ledger).to_bytes()


def _newest_frame(node: ApiNode, org: str, terminal: str) -> Value:
    newest = node.newest_frame(org, terminal) if org in node.orgs() else None
    return None if newest is None else [*newest.header.number, newest.frame]
