"""A verified copy of the whole map, which alone proves that a scan is complete; only changed parts are fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import TypeAlias

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.follower.http_peer import ANSWER_SECONDS, HttpPeer
from veriwatt.ledger.follower.peers import waited_for
from veriwatt.merkle.state_parts import EMPTY, PARTS, Row, parts_of, summary_of, verify_part, verify_summaries
from veriwatt.merkle.state_proof import EMPTY_STATE
from veriwatt.model.ledger.peer_answers import PartsQuestion

Ask: TypeAlias = Callable[[Callable[[HttpPeer], None]], None]
"""Asks peers, as `Peers.ask` does."""


class MapCopy:
    """The newest state that was asked for; callable from many threads."""

    def __init__(self) -> None:
        self._lock, self._root = RLock(), EMPTY_STATE
        self._summaries: list[bytes] = [EMPTY] * PARTS
        self._rows: list[tuple[Row, ...]] = [()] * PARTS
        self._changes = dict[bytes, bytes | None]()

    def begin_with(self, rows: Iterable[Row]) -> None:
        """Begin with these rows, sorted by key, in place of none; what peers say later is verified all the same."""
        with self._lock:
            self._rows = [tuple(part) for part in parts_of(rows)]
            self._summaries = [summary_of(part) for part in self._rows]
            self._root = EMPTY_STATE
            self._changes.clear()

    def scan(self, prefix: bytes, root: Digest, height: int, ask: Ask) -> Iterator[Row]:
        """All rows under `root` whose key has the prefix, sorted by key."""
        with waited_for(self._lock, ANSWER_SECONDS):
            self._bring_to(root, height, ask)
            found = [row for rows in self._rows for row in rows if row[0].startswith(prefix)]
        return iter(sorted(found))

    @contextmanager
    def changes(self, root: Digest, height: int, ask: Ask) -> Iterator[Mapping[bytes, bytes | None]]:
        """The rows under `root` that are other than when this was last used to its end (None: deleted)."""
        with waited_for(self._lock, ANSWER_SECONDS):
            self._bring_to(root, height, ask)
            yield self._changes
            self._changes.clear()

    def _bring_to(self, root: Digest, height: int, ask: Ask) -> None:
        if self._root != root:
            ask(lambda peer: self._update(peer, root, height))

    def _update(self, peer: HttpPeer, root: Digest, height: int) -> None:
        """Take the state under `root` from a peer. A part that is verified stays, though the rest may not come."""
        summaries = peer.summaries(height)
        verify_summaries(root, summaries)
        self._root = EMPTY_STATE  # of no state, until all parts are there
        wanted = [n for n in range(PARTS) if summaries[n] != self._summaries[n]]
        while wanted:
            wanted = self._fetch(peer, height, summaries, wanted)
        self._root = root

    def _fetch(self, peer: HttpPeer, height: int, summaries: Sequence[bytes], wanted: list[int]) -> list[int]:
        """Fetch some of the parts; returns those that are still wanted."""
        given = peer.parts(PartsQuestion(height, tuple(wanted)))
        if [n for n, _ in given] != wanted[: len(given)] or not given:
            raise Malformed("rows of parts: not the parts that were asked for")
        for n, rows in given:
            verify_part(n, summaries[n], rows)
            before, after = dict(self._rows[n]), dict(rows)
            self._changes |= dict.fromkeys(before.keys() - after.keys())
            self._changes |= {key: value for key, value in rows if before.get(key) != value}
            self._summaries[n], self._rows[n] = summaries[n], rows
        return wanted[len(given) :]
