"""Routes of the explorer: the ledger's standing, transactions by digest, frames and their anchors, one search."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from veriwatt.api.api_node import ApiNode, Worker
from veriwatt.api.current import ask_current
from veriwatt.api.followed import ask_followed
from veriwatt.api.routes.readings import find
from veriwatt.api.schemas.explorer import (
    AlarmsAnswer,
    CheckAnswer,
    FrameDetails,
    FrameOfSlot,
    LedgerAnswer,
    SearchAnswer,
    SlotAnswer,
    TransactionAnswer,
    ValidatorsAnswer,
)
from veriwatt.energy.calendar import Zone
from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.reading.asked_times import asked_time
from veriwatt.reading.explorer.asked import LONGEST, MAX_HEIGHT, read_asked
from veriwatt.reading.explorer.blocks import operator_of, transaction_place
from veriwatt.reading.explorer.checks import transaction_check_json
from veriwatt.reading.explorer.frames import frame_json, slot_json
from veriwatt.reading.explorer.search import search_json
from veriwatt.reading.explorer.standing import banner_json, ledger_json, validators_json
from veriwatt.reading.explorer.transactions import whole_transaction_json

DigestOf = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="64 hexadecimal digits")]
Position = Annotated[int, Path(ge=0, le=MAX_HEIGHT, description="its place in the org's data chain, from 0")]
Asked = Annotated[str, Query(min_length=1, max_length=LONGEST, description="any of these")]
Slot = Annotated[str, Query(description="the start of its slot: RFC 3339, or local time in the point's zone")]
Org = Annotated[str, Query(description="of this org alone; a point is then named by its id")]


def explorer_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["explorer"])

    @router.get("/ledger")
    async def ledger() -> LedgerAnswer:
        """The ledger's newest state, its rate, who signs, and what is wrong."""
        return await worker.read(_ledger)

    @router.get("/ledger/alarms")
    async def alarms() -> AlarmsAnswer:
        """Whether the ledger stands still, for every page to show: no missing validators, which `/ledger` has too."""
        return await worker.read(_alarms)

    @router.get("/ledger/validators")
    async def validators() -> ValidatorsAnswer:
        """The validators with their power, and how many of the blocks before the newest each signed."""
        return await worker.read(lambda node: ValidatorsAnswer(**validators_json(node.ledger)))

    @router.get("/transactions/{digest}")
    async def transaction(digest: DigestOf) -> TransactionAnswer:
        """A transaction or bundle with its block, its decoded body and its bytes."""
        return await ask_followed(worker, lambda node: _transaction(node, digest))

    @router.get("/transactions/{digest}/check")
    async def transaction_check(digest: DigestOf) -> CheckAnswer:
        """This node checks that it is in its block, step by step: what it says is worth what this node is to you."""
        return await ask_followed(worker, lambda node: _transaction_check(node, digest))

    @router.get("/frames/{org}/{position}")
    async def frame(org: str, position: Position) -> FrameDetails:
        """A frame of an org's data chain: its header, and the anchor by which the ledger has it."""
        return await worker.read(lambda node: FrameDetails(**frame_json(node.explored, org, position)))

    @router.get("/points/{point:path}/frames")
    async def frames_of_slot(point: str, slot: Slot, org: Org = "") -> SlotAnswer:
        """The frames that state a slot of a point."""
        return await ask_current(worker, lambda node: _slot(node, point, slot, org))

    @router.get("/search")
    async def search(q: Asked) -> SearchAnswer:
        """Find a height, hash, digest, org, terminal, frame, point, time (the block in force), or POINT TIME (a slot).

        Names are found as they are, and where nothing is called so, as the beginning of a name.
        """
        asked = read_asked(q)
        if asked.hash is not None:
            return await ask_followed(worker, lambda node: _search(node, q))
        if asked.slot is not None:
            return await ask_current(worker, lambda node: _search(node, q))
        return await worker.read(lambda node: _search(node, q))

    return router


def _alarms(node: ApiNode) -> AlarmsAnswer:
    since = node.waiting_since()
    return AlarmsAnswer(**banner_json(node.ledger, node.now(), since, follows=node.follows, full=node.full_disk))


def _ledger(node: ApiNode) -> LedgerAnswer:
    told = ledger_json(node.ledger, node.now(), node.waiting_since(), follows=node.follows, full=node.full_disk)
    return LedgerAnswer(operator=operator_of(node.ledger), **told)


def _transaction(node: ApiNode, digest: str) -> TransactionAnswer:
    place = transaction_place(node.ledger, node.explored.hashes, Digest.from_hex(digest))
    return TransactionAnswer(**whole_transaction_json(node.ledger, place))


def _transaction_check(node: ApiNode, digest: str) -> CheckAnswer:
    place = transaction_place(node.ledger, node.explored.hashes, Digest.from_hex(digest))
    return CheckAnswer(**transaction_check_json(node.ledger, place))


def _slot(node: ApiNode, point: str, slot: str, org: str) -> SlotAnswer:
    group, definition = find(node, point, org)
    start = asked_time(definition, slot, "slot")
    positions = node.readings.versions(group.org, definition.id, start)
    if not positions:
        raise NotFound(f"point {definition.id!r} has no slot that starts then")
    told = slot_json(positions, node.explored, group.org)
    shown = Zone.parse(definition.timezone).rfc3339(start)
    return SlotAnswer(org=group.org, point=definition.id, start=shown, frames=[FrameOfSlot(**each) for each in told])


def _search(node: ApiNode, text: str) -> SearchAnswer:
    def positions(org: str, point: str, time: str) -> list[int]:
        _, definition = node.points.find(point, org)
        return node.readings.versions(org, point, asked_time(definition, time, "slot"))

    return SearchAnswer(**search_json(node.explored, text, positions))
