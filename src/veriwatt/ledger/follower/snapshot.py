"""The ledger at one proven head: `ports.Snapshot` whose every answer a peer gave with a proof that verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from veriwatt.encoding import decode
from veriwatt.errors import Malformed, NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.follower.http_peer import HttpPeer
from veriwatt.ledger.follower.map_copy import MapCopy
from veriwatt.ledger.follower.peers import Peers
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.merkle.tree import AllNodes, leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.evidence.paths import PlacedLeaf, StatePart
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.peer_answers import MAX_KEYS, PeerHead, StateQuestion
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Head, LogProof, StateProof
from veriwatt.verify.steps import require_equal

T = TypeVar("T")

MOST_VALUES = 20_000
"""Values of one height that are remembered; then they are asked for again."""


@dataclass(frozen=True, slots=True)
class ProvenHead:
    """A head whose block, root log and newest leaf are proven, and the peer that gave it."""

    head: Head
    light: LightBlock
    root_log: bytes | None
    peer: HttpPeer


def prove_head(given: PeerHead, peer: HttpPeer) -> ProvenHead:
    """The head that a peer gave, whose block the caller has proven.

    Raises:
        Malformed, NotProven: the root log or its newest leaf is another.
    """
    light = given.light
    (value,) = verified_values(light, (ROOT_LOG,), given.root_log)
    log = _range(value)
    leaf = NO_LEAF
    if given.newest is not None:
        leaf = _verified_leaf(log, log.size - 1, given.newest)
    elif log.size:
        raise Malformed("head of a peer: the newest leaf of the root log is missing")
    header = light.header
    return ProvenHead(Head(header.height, header.time_ms, Digest(header.app_hash), log.size, leaf), light, value, peer)


def verified_values(light: LightBlock, keys: Sequence[bytes], state: StatePart) -> tuple[bytes | None, ...]:
    """The values of the keys under a proven block; raises Malformed or NotProven."""
    if len(state.values) != len(keys):
        raise Malformed(f"state answer: {len(state.values)} values for {len(keys)} keys")
    verify_state(Digest(light.header.app_hash), state.proof, dict(zip(keys, state.values, strict=True)))
    return state.values


class FollowerSnapshot:
    """One height. Its peer is asked first; another one only helps if it was asked at this height too."""

    def __init__(self, proven: ProvenHead, peers: Peers, copy: MapCopy) -> None:
        self._proven, self._peers, self._copy = proven, peers, copy
        self._values: dict[bytes, bytes | None] = {ROOT_LOG: proven.root_log}

    def is_of(self, proven: ProvenHead) -> bool:
        """Whether it is of this very head, by the same peer."""
        return self._proven.head == proven.head and self._proven.peer is proven.peer

    @property
    def head(self) -> Head:
        return self._proven.head

    @property
    def light(self) -> LightBlock:
        """The proven block of the head."""
        return self._proven.light

    def get(self, key: bytes) -> bytes | None:
        values = self._values
        if key not in values:
            return self._prove([key])[key]
        return values[key]

    def look_ahead(self, keys: Iterable[bytes]) -> None:
        """Prove the values of keys that `get` is going to be asked for, many in one question."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._values]
        for at in range(0, len(missing), MAX_KEYS):
            self._prove(missing[at : at + MAX_KEYS])

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._copy.scan(prefix, self.head.app_hash, self.head.height, self._ask)

    def copied(self) -> AbstractContextManager[Mapping[bytes, bytes | None]]:
        """The rows that changed since this was last used to its end; see `MapCopy.changes`."""
        return self._copy.changes(self.head.app_hash, self.head.height, self._ask)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        unique = list(dict.fromkeys(keys))
        if len(unique) > MAX_KEYS:
            raise ValueError(f"one proof has at most {MAX_KEYS} keys")
        question = StateQuestion(self.head.height, tuple(unique))
        state = self._ask(lambda peer: self._verified(peer, question))
        return StateProof(self.light, dict(zip(unique, state.values, strict=True)), state.proof)

    def log_proof(self, log: bytes, index: int) -> LogProof:
        found = next(self._leaves(log, index, 1))
        return LogProof(found.leaf, found.index, self._log(log).size, found.path)

    def log_leaf(self, log: bytes, index: int) -> bytes:
        return self.log_proof(log, index).leaf

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        size = self._log(log).size
        while start < size:
            for found in self._leaves(log, start, size - start):
                yield found.leaf
                start += 1

    def log_nodes(self, log: bytes) -> AllNodes:
        return AllNodes([leaf_hash(leaf) for leaf in self.log_leaves(log)])

    def _prove(self, keys: Sequence[bytes]) -> dict[bytes, bytes | None]:
        """The proven values of these keys, which are remembered."""
        question = StateQuestion(self.head.height, tuple(keys))
        found = dict(zip(keys, self._ask(lambda peer: self._verified(peer, question)).values, strict=True))
        if len(self._values) > MOST_VALUES:
            self._values = {ROOT_LOG: self._proven.root_log}
        self._values.update(found)
        return found

    def _verified(self, peer: HttpPeer, question: StateQuestion) -> StatePart:
        state = peer.state(question)
        verified_values(self.light, question.keys, state)
        return state

    def _leaves(self, log: bytes, start: int, most: int) -> Iterator[PlacedLeaf]:
        """Leaves of a log from `start` on, as many as an answer has, each verified before any is given."""
        own = self._log(log)
        if not 0 <= start < own.size:
            raise NotFound(f"log {log!r} has no leaf {start}")

        def ask(peer: HttpPeer) -> tuple[PlacedLeaf, ...]:
            leaves = peer.log(self.head.height, log, start).leaves[:most]
            if not leaves:
                raise Malformed("log answer: it has no leaf")
            for at, each in enumerate(leaves, start):
                _verified_leaf(own, at, each)
            return leaves

        return iter(self._ask(ask))

    def _log(self, log: bytes) -> CompactRange:
        return _range(self.get(log))

    def _ask(self, question: Callable[[HttpPeer], T]) -> T:
        return self._peers.ask(question, self._proven.peer)


def _range(value: bytes | None) -> CompactRange:
    return CompactRange.empty() if value is None else CompactRange.parse(decode(value, "compact range"))


def _verified_leaf(log: CompactRange, index: int, placed: PlacedLeaf) -> Digest:
    require_equal("index of the leaf", index, placed.index)
    leaf = leaf_hash(placed.leaf)
    verify_inclusion(leaf, index, log.size, placed.path, log.root())
    return leaf
