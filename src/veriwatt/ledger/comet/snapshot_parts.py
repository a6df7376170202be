"""The parts of a snapshot for state sync: each is proven by itself, so a joiner stores nothing but the true state.

    part     = [2, chunk, state proof or null, [digest ...]]      chunk: rows/state_chunks.py
    metadata = [2, 2, [SHA-256 of each part ...]]                 a snapshot's hash is the SHA-256 of this

The rows come in the order of the hashes of their keys, so that those of a part are neighbours in the map, and the proof
of thousands of rows takes a few hundred bytes. The digests are the consistency path from the leaves so far of the
part's last log to its range in the rows. Whether a row was left out is known with the last part alone.
Spec: docs/spec/ledger.md, "Snapshots".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.rows.leaf_nodes import LeafNodes, NodeCache
from veriwatt.ledger.rows.state_chunks import LOG_ROWS, MOST_ITEMS, Chunk, Leaf, LeavesMissing, rows_in, state_chunks
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import range_at
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import MultiProof, key_hash, verify_state
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import consistency_path, leaf_hash, verify_consistency

SNAPSHOT_FORMAT = 2

PART_BYTES = 4 << 20
"""Limit of a part: a full chunk has 1 MiB and at most one row more, of at most a transaction's million bytes."""

MOST_PARTS = 100_000
"""Limit of a snapshot; CometBFT takes no more either."""

_PATH_LIMIT = 128


@dataclass(frozen=True, slots=True)
class Part:
    """`proof` is of the chunk's rows, None without any; `path` leads from its last leaf to the end of that log."""

    chunk: bytes
    proof: MultiProof | None
    path: tuple[Digest, ...] = ()

    def to_bytes(self) -> bytes:
        proof = None if self.proof is None else self.proof.fields()
        return encode([FORMAT, self.chunk, proof, list(self.path)])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Part:
        if len(raw) > PART_BYTES:
            raise Malformed(f"snapshot part: it has more than {PART_BYTES} bytes")
        f = Fields.versioned(decode(raw, "snapshot part", _PATH_LIMIT + 16), "snapshot part", 4)
        chunk, proof = f.bytes("chunk", PART_BYTES), f.optional(MultiProof.parse)
        return cls(chunk, proof, f.digests("path", Digest, _PATH_LIMIT))


def parts_of(tables: Tables, tree: StateTree) -> Iterator[bytes]:
    """The parts of the state in `tables`, in a read transaction; `tree` is of that state."""
    nodes: NodeCache = {}
    for chunk in state_chunks(tables.scan_by_hash(), tables.all_leaves()):
        proof = tree.prove([key for key, _ in chunk.rows]) if chunk.rows else None
        yield Part(chunk.to_bytes(), proof, _path(tables, chunk.leaves, nodes)).to_bytes()


def chunks_in(parts: Iterable[bytes]) -> Iterator[bytes]:
    return (Part.from_bytes(part).chunk for part in parts)


def part_rows(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The rows of a snapshot's chunks; raises Malformed where one is out of order."""
    return rows_in(chunks, key_hash)


def metadata_of(digests: Iterable[Digest]) -> bytes:
    return encode([FORMAT, SNAPSHOT_FORMAT, list(digests)])


def digests_in(metadata: bytes) -> tuple[Digest, ...]:
    """The digests of the parts; raises Malformed for none, more than `MOST_PARTS`, and snapshots of another format."""
    f = Fields.versioned(decode(metadata, "snapshot", MOST_PARTS + 4), "snapshot", 3)
    snapshot_format, digests = f.uint("snapshot format"), f.digests("parts", Digest, MOST_PARTS)
    if snapshot_format != SNAPSHOT_FORMAT or not digests:
        raise Malformed("snapshot: it has no part, or is of another format")
    return digests


def is_of_earlier_release(metadata: bytes) -> bool:
    """Whether it is of the format before this one, whose parts have no proof: [2, [SHA-256 of each chunk ...]]."""
    try:
        return len(Fields.versioned(decode(metadata, "snapshot"), "snapshot", 2).digests("chunks", Digest)) > 0
    except Malformed:
        return False


class PartsCheck:
    """Checks the parts of one snapshot, in order, as they come."""

    def __init__(self, app_hash: bytes) -> None:
        self._app_hash = Digest(app_hash)
        self._before = b""
        self._logs, self._ranges = MemoryRows({}), dict[bytes, CompactRange]()

    def take(self, raw: bytes, *, is_last: bool) -> bytes:
        """The chunk in the next part, whose rows and leaves are those of the state, as far as it says any.

        Raises:
            Malformed, NotProven: they are not, or the chunk is not full and not the last.
        """
        part = Part.from_bytes(raw)
        chunk = Chunk.from_bytes(part.chunk, MOST_ITEMS)
        if not chunk.is_full and not is_last:
            raise Malformed("snapshot part: its chunk is not full, and not the last")
        self._check_rows(chunk, part.proof)
        self._check_leaves(chunk.leaves, part.path)
        return part.chunk

    def _check_rows(self, chunk: Chunk, proof: MultiProof | None) -> None:
        for key, _ in chunk.rows:
            place = key_hash(key)
            if place <= self._before or self._ranges:
                raise Malformed("snapshot part: a row is out of order")
            self._before = place
        if chunk.rows and proof is not None:
            verify_state(self._app_hash, proof, dict(chunk.rows))
        elif chunk.rows or proof is not None:
            raise Malformed("snapshot part: it has rows without a proof, or a proof without rows")
        self._logs.take({key: value for key, value in chunk.rows if key.startswith(LOG_ROWS)})

    def _check_leaves(self, leaves: list[Leaf], path: tuple[Digest, ...]) -> None:
        """The path is of the last leaf's log; each log before it ends in this part."""
        if path and not leaves:
            raise Malformed("snapshot part: it has a path without leaves")
        for log, group in groupby(leaves, key=itemgetter(0)):
            added, before = list(group), self._ranges.get(log, CompactRange.empty())
            own, whole = before.extend(leaf_hash(leaf) for _, _, leaf in added), range_at(self._logs, log)
            if [at for _, at, _ in added] != list(range(before.size, own.size)):
                raise LeavesMissing(log)
            to_its_end = path if added[-1] is leaves[-1] else ()
            verify_consistency(own.size, own.root(), whole.size, whole.root(), to_its_end)
            self._ranges[log] = own


def _path(tables: Tables, leaves: list[Leaf], nodes: NodeCache) -> tuple[Digest, ...]:
    if not leaves:
        return ()
    log, at, _ = leaves[-1]
    return consistency_path(LeafNodes(tables, log, nodes), at + 1, range_at(tables, log).size)
