"""State sync over the wire, for tests: a node that has a snapshot, one without blocks, and what peers may say to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest
from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.snapshot_parts import SNAPSHOT_FORMAT, Part, metadata_of
from veriwatt.ledger.rows.state_chunks import Chunk
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import SimMember, SimTerminal

HEIGHT = 4
"""Of the snapshot's state."""

Offer, Apply = abci.ResponseOfferSnapshot, abci.ResponseApplySnapshotChunk


class SnapshotSync:
    """`old` has a snapshot of the state after block 4, `new` has the genesis."""

    def __init__(self, folder: Path, genesis: Genesis, ann: SimMember) -> None:
        for name in ("old", "new"):
            (folder / name).mkdir()
        self.old_host = AbciHost(folder / "old", genesis, snapshot_interval=HEIGHT)
        self.new_host = AbciHost(folder / "new", genesis)
        self.old, self.new = AbciClient(folder / "old"), AbciClient(folder / "new")
        self.chain = SimConsensus(self.old, genesis)
        self.chain.init_chain()
        self.chain.block([ann.open_log()])
        for at in range(3):
            self.chain.block([ann.enrol(SimTerminal("acme", f"t{at}"))])
        self.app_hash = self.chain.app_hash  # the one in header 5
        self.last = ann.enrol(SimTerminal("acme", "later"))
        self.chain.block([self.last])
        self.old_host.state_sync.finish()
        (self.snapshot,) = self.old.call(
            abci.Request(list_snapshots=abci.RequestListSnapshots())
        ).list_snapshots.snapshots

    def offer(self, snapshot: abci.Snapshot, app_hash: bytes) -> int:
        request = abci.RequestOfferSnapshot(snapshot=snapshot, app_hash=app_hash)
        return self.new.call(abci.Request(offer_snapshot=request)).offer_snapshot.result

    def chunk(self, index: int) -> bytes:
        request = abci.RequestLoadSnapshotChunk(height=self.snapshot.height, format=self.snapshot.format, chunk=index)
        return self.old.call(abci.Request(load_snapshot_chunk=request)).load_snapshot_chunk.chunk

    def apply(self, index: int, chunk: bytes, sender: str = "peer") -> abci.ResponseApplySnapshotChunk:
        request = abci.RequestApplySnapshotChunk(index=index, chunk=chunk, sender=sender)
        return self.new.call(abci.Request(apply_snapshot_chunk=request)).apply_snapshot_chunk

    def parts(self) -> list[Part]:
        """Those of the snapshot."""
        return [Part.from_bytes(self.chunk(index)) for index in range(self.snapshot.chunks)]

    def proven(self, chunk: Chunk, path: Sequence[Digest] = ()) -> Part:
        """A part of this chunk with the best proof that a liar who has the whole state can make."""
        tree = self.old_host.application.proven_tree
        return Part(chunk.to_bytes(), tree.prove([key for key, _ in chunk.rows]) if chunk.rows else None, tuple(path))

    def received(self) -> list[Path]:
        """What the new node has on its disk of a snapshot."""
        return sorted((self.new_host.folder / "snapshots").glob("**/*"))

    def lie(self, parts: Sequence[bytes], count: int | None = None) -> abci.Snapshot:
        """A snapshot of these parts, at the height of the true one, offered by a peer that lies; accepted."""
        metadata = metadata_of(map(sha256, parts))
        count = len(parts) if count is None else count
        lie = abci.Snapshot(
            height=HEIGHT, format=SNAPSHOT_FORMAT, chunks=count, hash=sha256(metadata), metadata=metadata
        )
        assert self.offer(lie, self.app_hash) == Offer.ACCEPT
        return lie

    def close(self) -> None:
        for each in (self.old, self.new):
            each.close()
        for host in (self.old_host, self.new_host):
            host.__exit__()
