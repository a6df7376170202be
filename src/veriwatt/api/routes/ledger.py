"""Routes about the ledger: blocks with their transactions, proposals with their votes, the anchors of data chains."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from veriwatt.api.api_node import ApiNode, Worker, orgs_named
from veriwatt.api.schemas.explorer import CheckAnswer
from veriwatt.api.schemas.ledger import (
    AnchorsAnswer,
    BlockAnswer,
    BlocksAnswer,
    DataChainAnchor,
    ProposalDetails,
    ProposalsAnswer,
)
from veriwatt.api.times import utc
from veriwatt.machine.anchors.queries import anchors as anchors_range
from veriwatt.machine.governance.queries import agenda
from veriwatt.membership.proposals import proposal_json, proposal_of
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.ledger.state_keys import anchors_key
from veriwatt.reading.explorer.blocks import block_json, blocks_json, operator_of
from veriwatt.reading.explorer.checks import block_check_json

MAX_HEIGHT = 2**62

Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Before = Annotated[int | None, Query(ge=1, le=MAX_HEIGHT, description="only below this height")]
Height = Annotated[int, Path(ge=1, le=MAX_HEIGHT)]
Org = Annotated[str, Query(description="of this org alone")]


def ledger_routes(worker: Worker) -> APIRouter:
    router = APIRouter(tags=["ledger"])

    @router.get("/blocks", response_model_exclude_unset=True)
    async def blocks(limit: Limit = 20, before: Before = None) -> BlocksAnswer:
        """The newest blocks, newest first, with their transactions in brief."""
        return await worker.read(lambda node: BlocksAnswer(**blocks_json(node.ledger, limit, before)))

    @router.get("/blocks/{height}")
    async def one_block(height: Height) -> BlockAnswer:
        """One block, its transactions decoded; `items` are what stands in it, bundles with what they carry."""
        return await worker.read(lambda node: BlockAnswer(**block_json(node.ledger, height)))

    @router.get("/blocks/{height}/check")
    async def block_check(height: Height) -> CheckAnswer:
        """This node checks the block, step by step: what it says is worth what this node is worth to you."""
        return await worker.read(lambda node: CheckAnswer(**block_check_json(node.ledger, height)))

    @router.get("/proposals")
    async def proposals(limit: Limit = 20, before: Before = None) -> ProposalsAnswer:
        """The newest proposals, newest first, with their votes and outcomes; `before` is a number here."""
        return await worker.read(lambda node: _proposals(node, limit, before))

    @router.get("/anchors")
    async def anchors(limit: Limit = 20, org: Org = "") -> AnchorsAnswer:
        """The newest anchors of each org's data chain, newest first."""
        return await worker.read(lambda node: _anchors(node, limit, org))

    return router


def _proposals(node: ApiNode, limit: int, before: int | None) -> ProposalsAnswer:
    time = node.ledger.next_time()
    with node.ledger.snapshot() as now:
        total = agenda(now).count
        last = total if before is None else min(total, before - 1)
        found = [proposal_json(now, proposal_of(now, at), time) for at in range(last, max(0, last - limit), -1)]
    return ProposalsAnswer(total=total, proposals=[ProposalDetails(**each) for each in found])


def _anchors(node: ApiNode, limit: int, org: str) -> AnchorsAnswer:
    found = []
    for each in orgs_named(node, org):
        with node.ledger.snapshot() as now:
            first = max(0, anchors_range(now, each).size - limit)
            leaves = list(now.log_leaves(anchors_key(each), first))
        found += [_anchor(index, AnchorLeaf.from_bytes(raw)) for index, raw in enumerate(leaves, first)]
    found.sort(key=lambda anchor: (anchor.height, anchor.org), reverse=True)
    return AnchorsAnswer(operator=operator_of(node.ledger), anchors=found[:limit])


def _anchor(index: int, leaf: AnchorLeaf) -> DataChainAnchor:
    return DataChainAnchor(
        org=leaf.org,
        index=index,
        height=leaf.height,
        time=utc(leaf.time),
        old_size=leaf.old_size,
        new_size=leaf.new_size,
        root=leaf.root.hex(),
        manifest=str(leaf.manifest),
    )
