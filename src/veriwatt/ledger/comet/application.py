"""The application behind CometBFT: the state machine, as proposals are made and judged and blocks are decided.

Commit writes once: the decided block with its transactions, and the changes of the block before (`tip.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import RLock
from time import thread_time

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted, Malformed, Refused, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.comet.execution_pace import ExecutionPace
from veriwatt.ledger.comet.retention import Retention
from veriwatt.ledger.comet.snapshot_parts import part_rows
from veriwatt.ledger.comet.tip import Tip, tree_after
from veriwatt.ledger.comet.wake_up import wake_up_call
from veriwatt.ledger.fair_turns import proposal_order
from veriwatt.ledger.registered_nodes import p2p_addresses, p2p_ids
from veriwatt.ledger.result_codes import block_result
from veriwatt.ledger.rows.cached_rows import CachedRows
from veriwatt.ledger.rows.state_chunks import LOG_ROWS, check_leaves, check_rows, leaves_in
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.admission import admit, outcome_outside, screen
from veriwatt.machine.app import TransactionOutcome, execute_block
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_proof import MultiProof
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.governance.rule_decisions import ValidatorPower
from veriwatt.model.ledger.bundle import is_bundle
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.misbehaviour import Misbehaviour
from veriwatt.units import UtcMillis

PROPOSED = 2_000
"""Transactions in a block, those of bundles counted; we propose fewer where these take long to execute."""


class OtherGenesis(Refused):
    """CometBFT's genesis file is of another ledger than this home's."""

    code = "other-genesis"

    def __init__(self, *, what: str, expected: str, found: str) -> None:
        super().__init__(f"CometBFT's genesis file has {what} {found}, this ledger has {expected}; write it anew")
        self.what, self.expected, self.found = what, expected, found


@dataclass(frozen=True, slots=True)
class FinalOutcomes:
    """The outcomes of a block's transactions, once the next header commits to them."""

    transactions: tuple[bytes, ...]
    outcomes: tuple[TransactionOutcome, ...]


@dataclass(frozen=True, slots=True)
class FinalizedBlock:
    """What a decided block did: `validators` have another power two blocks later, `root` is of the state after it."""

    outcomes: tuple[TransactionOutcome, ...]
    validators: tuple[ValidatorPower, ...]
    root: Digest


class Application:
    """The state machine over one file. Callable from many threads; CometBFT calls it from one.

    An exception other than those that a method names leaves it unusable: make another one of the same tables.
    """

    def __init__(
        self,
        tables: Tables,
        genesis: Genesis,
        trees: StateTrees,
        envelopes: Envelopes,
        final: Callable[[FinalOutcomes], None],
    ) -> None:
        """Open the application at the newest block of `tables`.

        Args:
            tables: with the genesis at least.
            genesis: their genesis.
            trees: where readers find the tree of the newest state.
            envelopes: those that this process parsed and verified before.
            final: called with the outcomes of each block with transactions, when they can be proven.

        Raises:
            As `Tip.read`.
        """
        self._mutex, self._tables, self._genesis, self._trees = RLock(), tables, genesis, trees
        self._cached = CachedRows(tables)
        self._envelopes, self._final = envelopes, final
        self._decided: Tip | None = None
        self._pace = ExecutionPace()
        self._stand(Tip.read(tables, genesis, trees, envelopes))

    @property
    def proven_height(self) -> int:
        """The height of the state in the file, to which the newest header commits; -1 before the first header."""
        with self._mutex:
            return self._tip.height - 1 if self._has_block else -1

    @property
    def proven_tree(self) -> StateTree:
        """The tree of the state in the file; it never changes."""
        with self._mutex:
            return self._tip.proven

    @property
    def has_executed(self) -> bool:
        """Whether there is a block beside that of a snapshot, of which nothing is known."""
        with self._mutex:
            return self._tip.block.hash is not None

    def newest(self) -> tuple[int, Digest]:
        """The height of the newest block, 0 before the first, and the root of the state after it."""
        with self._mutex:
            return self._tip.height if self._has_block else 0, self._tip.tree.root

    @property
    def _has_block(self) -> bool:
        return self._tip.height >= self._genesis.first_height

    def init_chain(self, chain_id: str, genesis: bytes, validators: dict[bytes, int]) -> Digest:
        """The root of the first state.

        Raises:
            OtherGenesis: these are not the chain, the genesis document or the validators of this ledger.
        """
        own = {validator.key.raw: validator.power for validator in self._genesis.validators}
        if chain_id != self._genesis.chain_id:
            raise OtherGenesis(what="chain", expected=self._genesis.chain_id, found=chain_id)
        if genesis != self._genesis.to_bytes():
            raise OtherGenesis(what="document", expected=self._genesis.genesis_hash.hex(), found=sha256(genesis).hex())
        if validators != own:
            raise OtherGenesis(what="validators", expected=_shown(own), found=_shown(validators))
        return self.newest()[1]

    def check(self, raw: bytes) -> VeriwattError | None:
        """Why a transaction or bundle that comes in is not let into the mempool; None if it is.

        So is a wake-up call for the next block, which no block takes.
        """
        with self._mutex:
            if raw == wake_up_call(self._tip.height):
                return None
            try:
                admit(self._rows, self._next, raw, envelopes=self._envelopes)
            except Corrupted:
                raise
            except VeriwattError as refusal:
                return refusal
            return None

    def check_again(self, raw: bytes) -> VeriwattError | None:
        """Why a transaction or bundle that waits has no place in the next block; None if it has."""
        with self._mutex:
            (refusal,) = screen(self._rows, self._next, [raw], envelopes=self._envelopes)
            return refusal

    def outcome_outside(self, raw: bytes) -> TransactionOutcome | None:
        """The outcome of a transaction or bundle that is not let into the mempool; None if it is."""
        with self._mutex:
            return outcome_outside(self._rows, self._next, raw, self._envelopes)

    def prepare(self, height: int, time: UtcMillis, transactions: Sequence[bytes]) -> tuple[bytes, ...]:
        """The first transactions that this machine executes soon, the orgs in turn, without what has no place there."""
        with self._mutex:
            context = self._context(height, time)
            offered = self._first(proposal_order(transactions, self._envelopes))
            refusals = screen(self._rows, context, offered, envelopes=self._envelopes)
            return tuple(raw for raw, refusal in zip(offered, refusals, strict=True) if refusal is None)

    def accepts(self, height: int, time: UtcMillis, transactions: Sequence[bytes]) -> bool:
        """Whether each transaction and bundle of a proposed block has its place there, and they are not too many."""
        with self._mutex:
            if sum(map(self._transactions_in, transactions)) > PROPOSED:
                return False
            context = self._context(height, time)
            refusals = screen(self._rows, context, transactions, envelopes=self._envelopes)
            return all(refusal is None for refusal in refusals)

    def finalize(
        self,
        height: int,
        block_hash: Digest,
        time: UtcMillis,
        transactions: Sequence[bytes],
        misbehaviour: Sequence[Misbehaviour] = (),
    ) -> FinalizedBlock:
        """Execute the decided block, in which CometBFT proved `misbehaviour`; nothing is written."""
        with self._mutex:
            context, began = self._context(height, time), thread_time()
            executed = execute_block(
                self._rows, context, transactions, envelopes=self._envelopes, misbehaviour=misbehaviour
            )
            results = tuple(map(block_result, executed.outcomes))
            told = tuple(misbehaviour)
            block = DecidedBlock(block_hash, time, context.app_hash, tuple(transactions), results, told)
            self._decided = self._tip.followed_by(block, executed, tree_after(self._tip.tree, executed))
            self._pace.note(sum(map(self._transactions_in, transactions)), thread_time() - began)
            return FinalizedBlock(executed.outcomes, executed.validators, self._decided.tree.root)

    def commit(self) -> None:
        """Write the decided block, durable on return.

        Raises:
            Unavailable: nothing was written.
            Unsettled: the commit was not confirmed.
        """
        with self._mutex:
            before, after = self._tip, self._decided
            if after is None:
                raise RuntimeError("Commit before FinalizeBlock")
            row = after.height, after.block.to_bytes()
            self._tables.write([row], before.pending.changes, before.pending.appends)
            self._cached.written(before.pending.changes)
            self._trees.keep(after.height, after.proven)
            self._stand(after)
            if before.block.transactions:
                self._final(FinalOutcomes(before.block.transactions, before.pending.outcomes))

    def lowest_kept(self, retention: Retention, needed: int) -> int:
        """As `Retention.lowest_kept`, of this ledger."""
        with self._mutex:
            return retention.lowest_kept(self._tables, needed)

    def p2p_ids(self) -> frozenset[str]:
        """As `registered_nodes.p2p_ids`, after the newest block."""
        with self._mutex:
            return p2p_ids(self._rows)

    def p2p_addresses(self) -> tuple[str, ...]:
        """As `registered_nodes.p2p_addresses`, after the newest block."""
        with self._mutex:
            return p2p_addresses(self._rows, self._genesis)

    def prove(self, key: bytes) -> tuple[int, bytes | None, MultiProof]:
        """The height of the newest header, and the value to which it commits, with the proof."""
        with self._mutex:
            return self._tip.height, self._tables.get(key), self._tip.proven.prove([key])

    def restore(self, height: int, app_hash: bytes, chunks: Callable[[], Iterable[bytes]]) -> None:
        """Take the state after block `height`, whose root is `app_hash`, from a snapshot; durable on return.

        Nothing is known of that block, so its row is of an empty block at the time of the newest leaf of the root log.

        Raises:
            Malformed, NotProven: it is not the snapshot of such a state; nothing was written.
        """
        check_rows(part_rows(chunks()), app_hash)
        of_logs = {key: value for key, value in part_rows(chunks()) if key.startswith(LOG_ROWS)}
        newest = check_leaves(leaves_in(chunks()), MemoryRows(of_logs))
        time = self._genesis.time if newest is None else RootLogLeaf.from_bytes(newest).time
        block = DecidedBlock(None, time, Digest(app_hash))
        with self._mutex:
            self._tables.replace((height, block.to_bytes()), part_rows(chunks()), leaves_in(chunks()))
            self._cached.forget()
            self._stand(Tip.read(self._tables, self._genesis, self._trees, self._envelopes))

    def _context(self, height: int, time: UtcMillis) -> BlockContext:
        if height != self._tip.height + 1:
            raise RuntimeError(f"block {height} does not follow block {self._tip.height}")
        return self._tip.next_block(time)

    def _first(self, items: Sequence[bytes]) -> list[bytes]:
        """The first items, of at most `PROPOSED` transactions together."""
        first, count, most = list[bytes](), 0, self._pace.most(PROPOSED)
        for raw in items:
            count += self._transactions_in(raw)
            if count > most:
                break
            first.append(raw)
        return first

    def _transactions_in(self, raw: bytes) -> int:
        try:
            return len(self._envelopes.bundle(raw).content.transactions) if is_bundle(raw) else 1
        except Malformed:
            return 1

    def _stand(self, tip: Tip) -> None:
        """Make `tip` the newest block."""
        self._tip, self._decided = tip, None
        self._rows, self._next = tip.rows(self._cached), tip.next_block(tip.block.time)


def _shown(validators: dict[bytes, int]) -> str:
    return " ".join(f"{key.hex()}:{power}" for key, power in sorted(validators.items()))
