"""Making evidence of a slot or a period, and verifying evidence files: a verified file is not stored."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from veriwatt.api.api_node import ApiNode, Worker
from veriwatt.api.current import ask_current
from veriwatt.api.limits import Buckets
from veriwatt.api.openapi import OPEN, OWN_BUDGET, binary
from veriwatt.api.resources.payer import peer_of
from veriwatt.api.resources.policy import VERIFY_BURST, VERIFY_RATE
from veriwatt.api.resources.spooled_body import spooled
from veriwatt.api.resources.verifying_process import VerifyingProcess
from veriwatt.api.routes.readings import find
from veriwatt.api.schemas.evidence import VerifyAnswer
from veriwatt.errors import BadInput
from veriwatt.reading.asked_times import asked_span, asked_time

EVIDENCE = "application/vnd.veriwatt.evidence+cbor"

Point = Annotated[str, Query(description="the point's id; without `org` also org/id")]
Slot = Annotated[str, Query(description="the start of its slot: RFC 3339, or local time in the point's zone")]
From = Annotated[str, Query(alias="from", description="in place of `slot`: the start of a period")]
To = Annotated[str, Query(alias="to", description="the end of the period, not included; at most 31 days later")]
Org = Annotated[str, Query(description="of this org alone; a point is then named by its id")]


_FILE = {"type": "string", "format": "binary"}
_FORM = {
    "type": "object",
    "required": ["evidence"],
    "properties": {
        "evidence": {**_FILE, "description": "an evidence file (.vwe)"},
        "trust": {**_FILE, "description": "a trust file: whom you believe"},
    },
}
_VERIFY = OWN_BUDGET | {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}


def proofs_routes(worker: Worker, verifying: VerifyingProcess) -> APIRouter:
    router, peers = APIRouter(tags=["proofs"]), Buckets("evidence to verify", VERIFY_RATE, VERIFY_BURST)

    @router.get("/evidence", response_class=Response, responses=binary(EVIDENCE, "the evidence file"))
    async def evidence(point: Point, slot: Slot = "", start: From = "", end: To = "", org: Org = "") -> Response:
        """Evidence of one slot's reading or a period's figure, to be verified offline by anyone with a trust file."""
        if bool(slot) == bool(start or end):
            raise BadInput(where="slot", value=slot, why="is needed, or from and to", remedy="give one of the two")
        name, made = await ask_current(
            worker,
            lambda node: _evidence(node, point, slot, org) if slot else _period_evidence(node, point, start, end, org),
        )
        return Response(made, media_type=EVIDENCE, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.get(
        "/trust", response_class=Response, responses=binary("application/json", "the trust file"), openapi_extra=OPEN
    )
    async def trust() -> Response:
        """This node's trust file.

        Whoever takes it from here believes this node: compare its fingerprint with one from another source.
        """
        made = await worker.read(lambda node: node.trust_file())
        headers = {"Content-Disposition": 'attachment; filename="trust.json"'}
        return Response(made, media_type="application/json", headers=headers)

    @router.post("/verify", response_model=VerifyAnswer, openapi_extra=_VERIFY)
    async def verify(request: Request) -> Response:
        """Verify an evidence file by the numbered steps; a refusal is an answer too. The files are not stored."""
        peers.take(peer_of(request.scope), 1)
        verifying.check_room()
        async with spooled(request.stream()) as body:
            return await verifying.answer(request.headers.get("content-type", ""), body)

    return router


def _evidence(node: ApiNode, point: str, slot: str, org: str) -> tuple[str, bytes]:
    group, definition = find(node, point, org)
    start = asked_time(definition, slot, "slot")
    return _file_name(definition.id, slot), node.evidence(group.org, definition.id, start)


def _period_evidence(node: ApiNode, point: str, start: str, end: str, org: str) -> tuple[str, bytes]:
    group, definition = find(node, point, org)
    period = asked_span(definition, start, end)
    return _file_name(definition.id, start, end), node.period_evidence(group.org, definition, period)


def _file_name(*parts: str) -> str:
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in "-".join(parts))
    return f"{stem[:96]}.vwe"
