"""Routes about the ledger: blocks with their transactions, and the anchors of data chains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query

from veriwatt.api.api_node import ApiNode, Worker, orgs_named
from veriwatt.api.routes.status import operator_of
from veriwatt.api.schemas.ledger import AnchorsAnswer, BlockAnswer, BlocksAnswer, BlockSummary, DataChainAnchor
from veriwatt.api.times import utc
from veriwatt.api.transactions import transaction_summary, transactions_of, whole_transaction
from veriwatt.machine.anchors.queries import anchors as anchors_range
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.state_keys import anchors_key
from veriwatt.ports.ledger import ExecutedTransaction

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
        return await worker.read(lambda node: _blocks(node, limit, before))

    @router.get("/blocks/{height}")
    async def one_block(height: Height) -> BlockAnswer:
        """One block, its transactions decoded."""
        return await worker.read(lambda node: _one_block(node, height))

    @router.get("/anchors")
    async def anchors(limit: Limit = 20, org: Org = "") -> AnchorsAnswer:
        """The newest anchors of each org's data chain, newest first."""
        return await worker.read(lambda node: _anchors(node, limit, org))

    return router


def _blocks(node: ApiNode, limit: int, before: int | None) -> BlocksAnswer:
    newest = node.ledger.head().height
    last = newest if before is None else min(newest, before - 1)
    first = max(1, last - limit + 1)
    transactions = transactions_of(node.ledger, first, last)
    listed = [_block(node, height, transactions[height]) for height in range(last, first - 1, -1)]
    return BlocksAnswer(operator=operator_of(node), height=newest, blocks=listed)


def _one_block(node: ApiNode, height: int) -> BlockAnswer:
    block = _block(node, height, ())  # NotFound beyond the head
    executed = transactions_of(node.ledger, height, height)[height]
    transactions = [whole_transaction(each) for each in executed]
    return BlockAnswer(**block.model_dump() | {"transactions": transactions}, operator=operator_of(node))


def _block(node: ApiNode, height: int, executed: Sequence[ExecutedTransaction]) -> BlockSummary:
    light = node.ledger.light_block(height)
    return BlockSummary(
        height=height,
        time=utc(light.header.time_ms),
        hash=header_hash(light.header).hex(),
        app_hash=light.header.app_hash.hex(),
        signers=len(light.validators.validators),
        transactions=[transaction_summary(each) for each in executed],
    )


def _anchors(node: ApiNode, limit: int, org: str) -> AnchorsAnswer:
    found = []
    for each in orgs_named(node, org):
        with node.ledger.snapshot() as now:
            first = max(0, anchors_range(now, each).size - limit)
            leaves = list(now.log_leaves(anchors_key(each), first))
        found += [_anchor(index, AnchorLeaf.from_bytes(raw)) for index, raw in enumerate(leaves, first)]
    found.sort(key=lambda anchor: (anchor.height, anchor.org), reverse=True)
    return AnchorsAnswer(operator=operator_of(node), anchors=found[:limit])


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
