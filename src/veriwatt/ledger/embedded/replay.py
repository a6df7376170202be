"""Executing blocks again from genesis, and checking each block against those before it."""

from __future__ import annotations

from dataclasses import fields, replace

from veriwatt.errors import NotProven, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain, StoredBlock
from veriwatt.ledger.result_codes import BlockResult, block_result
from veriwatt.ledger.rows.export import FirstState
from veriwatt.machine.app import execute_block
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import Appended, BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.block import Header, part_set_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.verify.light_block import verify_commit


class ReplayMismatch(NotProven):
    """A block that contains a transaction which execution from genesis refuses."""

    code = "replay-mismatch"

    def __init__(self, height: int, what: str) -> None:
        super().__init__(f"block {height}: {what}")
        self.height, self.what = height, what


class Replay:
    """The state after the blocks executed so far; `rows` and `root` come from the machine alone."""

    def __init__(self, genesis: Genesis, begins: FirstState) -> None:
        self.chain, rows = Chain.of(genesis), begins.rows
        self.rows, self._tree = MemoryRows(rows), StateTree.from_items(rows.items())

    @property
    def root(self) -> Digest:
        return self._tree.root

    def execute(self, block: StoredBlock) -> tuple[tuple[BlockResult, ...], tuple[Appended, ...]]:
        """Execute a block whose header was checked; returns its transactions' results and the appended leaves.

        Raises:
            ReplayMismatch: the block has a transaction that changes no state; a ledger never stores one.
        """
        header = block.header
        context = BlockContext(header.height, header.time_ms, Digest(header.app_hash))
        executed = execute_block(self.rows, context, block.transactions)
        for at, outcome in enumerate(executed.outcomes):
            if not outcome.executed:
                raise ReplayMismatch(header.height, f"transaction {at} cannot be executed: {outcome.code}")
        self.rows.take(executed.changes)
        self._tree.update(executed.changes)
        return tuple(map(block_result, executed.outcomes)), executed.appends


def block_problems(chain: Chain, before: StoredBlock | None, block: StoredBlock, app_hash: Digest | None) -> list[str]:
    """The problems of a block by itself, and as the successor of `before`.

    Args:
        chain: the constants of the chain.
        before: the previous block, undamaged, with the results of its execution. None for the first block, and when
            the previous block is damaged: then the links are not checked.
        block: the block as stored.
        app_hash: the root of the state before it, None when the replay has stopped.
    """
    header, root = block.header, app_hash
    if root is None:
        root = Digest(header.app_hash) if len(header.app_hash) == Digest.LENGTH else Digest(bytes(Digest.LENGTH))
    wanted = chain.next_header(before, header.time_ms, block.transactions, root)
    if before is None and header.height > chain.first_height:
        wanted = replace(
            wanted,
            height=header.height,
            last_block_id=header.last_block_id,
            last_commit_hash=header.last_commit_hash,
            last_results_hash=header.last_results_hash,
        )
    found = [f"header: {name} is not what follows from the blocks" for name in _differing(header, wanted)]
    if before is not None and header.time <= before.header.time:
        found.append("header: its time is not later than that of the block before")
    if part_set_hash(block.body()) != block.commit.block_id.parts_hash:
        found.append("the commit is not for these bytes")
    try:
        verify_commit(chain.light_block(block), chain.chain_id)
    except VeriwattError as error:
        found.append(str(error))
    return found


def result_problem(stated: tuple[BlockResult, ...], executed: tuple[BlockResult, ...]) -> str:
    """Describes where the results that a block states differ from those of its execution."""
    differ = [at for at, pair in enumerate(zip(stated, executed, strict=False)) if pair[0] != pair[1]]
    if not differ:
        return f"it states {len(stated)} results for {len(executed)} transactions"
    at = differ[0]
    return f"transaction {at} has result {_shown(executed[at])}, the block states {_shown(stated[at])}"


def _shown(result: BlockResult) -> str:
    return result if isinstance(result, str) else f"of a bundle, {result.hex()}"


def _differing(header: Header, wanted: Header) -> list[str]:
    return [each.name for each in fields(Header) if getattr(header, each.name) != getattr(wanted, each.name)]
