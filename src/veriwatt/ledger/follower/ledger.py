"""A ledger that is followed: `ports.LedgerEngine` of a node without a validator, over peers that it does not believe.

    genesis    the genesis document, whose hash is in the trust file
    head       the newest block that was proven, durable before it is used
    fork       two blocks of one height, once two were seen

Spec: docs/spec/peers.md.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Self, TypeVar

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Malformed, NotFound, RootMismatch
from veriwatt.ids import Digest
from veriwatt.ledger.executed_items import executed_items
from veriwatt.ledger.follower.http_peer import ANSWER_SECONDS, HttpPeer
from veriwatt.ledger.follower.known_blocks import KnownBlocks
from veriwatt.ledger.follower.map_copy import MapCopy
from veriwatt.ledger.follower.peers import NoPeerAnswers, Peers, PeerState, waited_for
from veriwatt.ledger.follower.snapshot import FollowerSnapshot, ProvenHead, prove_head
from veriwatt.ledger.follower.submitted import Submitted
from veriwatt.ledger.result_codes import block_result_of
from veriwatt.machine.version import check_machine
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import LightBlock, VoteFlag, data_hash, header_hash, results_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.member_request import NONCE_BYTES, Door, sign_request
from veriwatt.model.members.peer_address import PeerAddress
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import HEARTBEAT, STALE_AFTER, Block, BlockItem, ExecutedTransaction, Head, Result, Ticket
from veriwatt.system.bounded_http import time_limit
from veriwatt.system.files import DiskFiles
from veriwatt.system.private_file import save_private
from veriwatt.units import UtcMillis

T = TypeVar("T")

HEAD_FOR = 0.3
"""Seconds for which a head is the newest without asking again."""

WAIT_SECONDS = ANSWER_SECONDS
"""For which a thread waits behind another one that asks peers."""

PATH_SECONDS = 3 * ANSWER_SECONDS
"""For a block of one peer with all the blocks that prove it, each of which may take as long as an answer."""

TRIES = 3
"""Snapshots that a single question may take: the ledger may go on, or a peer be left, in the middle of it."""

_NOTHING = data_hash(())


@dataclass(frozen=True, slots=True)
class Submitter:
    """The member whose key signs the requests of this node."""

    org: str
    member: str
    key: Signer


@dataclass(frozen=True, slots=True)
class Following:
    """What status shows: the newest proven head, its age, whether it is stale, and the peers."""

    height: int
    age: int
    stale: bool
    peers: tuple[PeerState, ...]


class FollowedLedger:
    """A ledger that one or more peers have. Callable from many threads."""

    def __init__(
        self,
        folder: Path,
        trust: Trust,
        peers: Sequence[PeerAddress],
        submitter: Submitter | None,
        clock: Clock,
        connect: Callable[[PeerAddress], HttpPeer] = HttpPeer,
    ) -> None:
        """Follow the ledger of `trust`; `folder` is made, and has what was proven before.

        Raises:
            NoPeerAnswers: the genesis document is not here yet, and no peer gives it.
            WrongMachine: the ledger needs another machine version.
            LedgerForked: two histories were seen.
        """
        self._folder, self._submitter, self._clock, self._trust = folder, submitter, clock, trust
        self._lock, self.copy = RLock(), MapCopy()
        self._known = KnownBlocks(folder, trust)
        self._peers = Peers(peers, partial(self._connected, connect))
        self._newest: ProvenHead | None = None
        self._last: FollowerSnapshot | None = None
        self._asked_at = 0.0
        self._submitted = Submitted(self._snapshot, self, self._send)
        try:
            self._genesis = self._load_genesis()
        except BaseException:
            self._peers.close()
            raise

    def close(self) -> None:
        self._peers.close()

    def check_in_place(self) -> None:
        """Nothing can be replaced under this process: all but the newest head is proven anew."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def chain_id(self) -> str:
        return self._known.chain_id

    @property
    def genesis(self) -> Genesis:
        return self._genesis

    @property
    def checkpoint(self) -> int:
        """The height of the trust file's block."""
        return self._trust.header.height

    def following(self) -> Following:
        """What is known now, without asking any peer."""
        header = self._known.newest.header
        age = self._clock.now() - header.time_ms
        return Following(header.height, age, age > STALE_AFTER, tuple(self._peers.states()))

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        if self._submitter is None:
            raise RuntimeError("the ledger is open for reading only")
        return self._submitted.broadcast(transactions)

    def await_result(self, ticket: Ticket, within: int) -> Result:
        return self._submitted.await_result(ticket, within)

    @contextmanager
    def snapshot(self) -> Iterator[FollowerSnapshot]:
        yield self._snapshot()

    def head(self) -> Head:
        return self._head().head

    def next_time(self) -> UtcMillis:
        """The earliest vote for the newest block, and later than that block; as for a node of the network."""
        light = self._head().light
        votes = [vote.timestamp.millis for vote in light.commit.signatures if vote.flag is VoteFlag.COMMIT]
        return max(light.header.time_ms + 1, min(votes))

    def renew_next_time(self) -> None:
        """The next block that the validators make does, a heartbeat later at most."""

    def sign_fresh_head(self) -> None:
        """A peer has one signed when it is asked for its head."""

    def get(self, key: bytes) -> bytes | None:
        return self._once_more(lambda now: now.get(key))

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._once_more(lambda now: now.scan(prefix))

    def light_block(self, height: int) -> LightBlock:
        self._known.check_forked()
        if height > self._known.newest.header.height:
            self._head()
        if not 0 < height <= self._known.newest.header.height:
            raise NotFound(f"the ledger has no block {height}")

        def ask(peer: HttpPeer) -> LightBlock:
            with time_limit(PATH_SECONDS):
                return self._known.at(height, self._clock.now(), peer.block)

        with waited_for(self._lock, WAIT_SECONDS):
            return self._peers.ask(ask)

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        """The transactions from block `height` on, each block's by its header, and their codes by the next header."""
        for at in range(height, self.head().height):
            items = self.block(at).items
            time = self.light_block(at + 1).header.time_ms if items else 0
            for item in items:
                yield from executed_items(item.raw, block_result_of(item.result), at, time)

    def block(self, height: int) -> Block:
        """As `ports.Ledger`, proven; of the newest block alone, nothing proves the results of its items yet."""
        light = self.light_block(height)
        items: tuple[BlockItem, ...] = ()
        if light.header.data_hash != _NOTHING:
            after = self.light_block(height + 1)
            items = self._peers.ask(lambda peer: _items(peer, light, after))
        header = light.header
        return Block(height, header_hash(header), header.time_ms, Digest(header.app_hash), items)

    def _snapshot(self) -> FollowerSnapshot:
        """One for each head, so that what was proven there is not asked for again."""
        proven, last = self._head(), self._last
        if last is None or not last.is_of(proven):
            self._last = last = FollowerSnapshot(proven, self._peers, self.copy)
        return last

    def _once_more(self, question: Callable[[FollowerSnapshot], T]) -> T:
        """The answer of a snapshot, of a newer one where the peers have gone on."""
        for _ in range(TRIES - 1):
            try:
                return question(self._snapshot())
            except NoPeerAnswers:
                self._asked_at = 0.0
        return question(self._snapshot())

    def _head(self) -> ProvenHead:
        """The newest proven head. Where that of the first peer is a heartbeat old, every other one that works is asked.

        Raises:
            NoPeerAnswers: no peer gives one.
            PeersBusy: another thread asks, and gets no answer.
        """
        self._known.check_forked()
        with waited_for(self._lock, WAIT_SECONDS):
            if self._newest is not None and time.monotonic() - self._asked_at < HEAD_FOR:
                return self._newest
            found = self._peers.ask(self._take_head)
            if self._clock.now() - found.head.time > HEARTBEAT:
                for peer in self._peers.working():
                    if peer is not found.peer:
                        found = self._newer(peer, found)
            self._newest, self._asked_at = found, time.monotonic()
            return found

    def _newer(self, peer: HttpPeer, than: ProvenHead) -> ProvenHead:
        """The head of this peer if it gives one that counts, else the one before."""
        try:
            found = self._peers.ask(self._take_head, only=peer)
        except NoPeerAnswers:
            return than
        return found if found.head.height > than.head.height else than

    def _take_head(self, peer: HttpPeer) -> ProvenHead:
        with time_limit(PATH_SECONDS):
            given = peer.head()
            self._known.advance(given.light, self._clock.now(), peer.block)
        return prove_head(given, peer)

    def _send(self, transactions: Sequence[bytes], but: Sequence[str]) -> str:
        """Give transactions to one peer; returns its name."""

        def ask(peer: HttpPeer) -> str:
            peer.submit(transactions)
            return peer.address.name

        return self._peers.ask(ask, but=but)

    def _connected(self, connect: Callable[[PeerAddress], HttpPeer], address: PeerAddress) -> HttpPeer:
        peer = connect(address)
        if self._submitter is not None:
            peer.sign = partial(self._signed, self._submitter, address)
        return peer

    def _signed(self, who: Submitter, to: PeerAddress, door: str, body: bytes) -> bytes:
        """A new request of this node's member for a door of a peer."""
        addressed = Door(self.chain_id, to.org, to.node, door)
        nonce, now = os.urandom(NONCE_BYTES), self._clock.now()
        return sign_request(who.key, addressed, who.org, who.member, nonce, now, body)

    def _load_genesis(self) -> Genesis:
        path, expected = self._folder / "genesis", self._trust.genesis_hash
        raw = DiskFiles().read(path) if path.is_file() else b""
        try:
            genesis = _genesis(raw, expected)
        except (Malformed, RootMismatch):
            genesis = self._peers.ask(lambda peer: _genesis(peer.genesis(), expected))
            save_private(path, genesis.to_bytes())
        check_machine(genesis.machine_version)
        return genesis


def _genesis(raw: bytes, expected: bytes) -> Genesis:
    genesis = Genesis.from_bytes(raw)
    if genesis.genesis_hash != expected:
        raise RootMismatch(committed=expected, computed=genesis.genesis_hash)
    return genesis


def _items(peer: HttpPeer, light: LightBlock, after: LightBlock) -> tuple[BlockItem, ...]:
    found = peer.transactions(light.header.height)
    computed = data_hash(found.transactions)
    if computed != light.header.data_hash:
        raise RootMismatch(committed=light.header.data_hash, computed=computed)
    results = results_hash(found.results)
    if len(found.results) != len(found.transactions) or results != after.header.last_results_hash:
        raise RootMismatch(committed=after.header.last_results_hash, computed=results)
    return tuple(map(BlockItem, found.transactions, found.results))
