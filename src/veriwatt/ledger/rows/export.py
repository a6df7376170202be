"""The export of a ledger that has ended: what a successor begins with, and anyone can check.

    export = [2, genesis document, light block of the end, [chunk ...]]

The light block follows from a trust file of that ledger, the rows lead to its app hash, and the leaves to the ranges in
the rows; so it does not matter who hands the file over. Spec: docs/spec/genesis.md, "Export".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Corrupted, Malformed, NotFound, NotProven, Refused
from veriwatt.ids import Digest
from veriwatt.ledger.rows.state_chunks import Leaf, check_leaves, check_rows, chunks_of, leaves_in, rows_in
from veriwatt.machine.genesis import NotSuccessor, genesis_leaf, genesis_rows
from veriwatt.machine.governance.queries import closing
from veriwatt.machine.members.queries import organisations
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import range_at
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import LightBlock, header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.predecessor import End
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key
from veriwatt.ports.ledger import Ledger
from veriwatt.system.files import DiskFiles
from veriwatt.units import UtcMillis
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.refusals import OlderThanTrusted
from veriwatt.verify.verdict import Verdict, decide_trust

_CHUNK_LIMIT = 1 << 28


class NotClosed(Refused):
    """A ledger that goes on has no end to be exported."""

    code = "not-closed"

    def __init__(self, chain: str) -> None:
        super().__init__(f"the ledger {chain} has not ended: its orgs decide it by a proposal to close it")
        self.chain = chain


@dataclass(frozen=True, slots=True)
class LedgerExport:
    """A parsed export; `verify` says whether it is what it claims to be."""

    genesis: Genesis
    light: LightBlock
    chunks: tuple[bytes, ...]

    @property
    def rows(self) -> dict[bytes, bytes]:
        return dict(rows_in(self.chunks))

    @property
    def leaves(self) -> list[Leaf]:
        return list(leaves_in(self.chunks))

    def end(self) -> End:
        """The end of the ledger, as its rows and its header say.

        Raises:
            Malformed, NotProven: header, rows and leaves do not belong together, or are of a ledger that goes on.
        """
        rows, header = self.rows, self.light.header
        verify_commit(self.light, self.genesis.chain_id)
        check_rows(rows.items(), header.app_hash)
        state = MemoryRows(rows)
        check_leaves(self.leaves, state)
        ended, log = closing(state), range_at(state, ROOT_LOG)
        if ended is None or header.height != ended.height + 1:
            raise NotSuccessor(self.genesis.chain_id, "its export is not of its end")
        app_hash = Digest(header.app_hash)
        return End(header.height, header.time_ms, header_hash(header), app_hash, log.size, log.root())

    def verify(self, trust: Trust, now: UtcMillis) -> End:
        """The end, if the header follows from the trust file.

        Raises:
            Malformed, NotProven: it does not, or as `end`.
        """
        end, header = self.end(), self.light.header
        if trust.genesis_hash != self.genesis.genesis_hash:
            raise NotSuccessor(trust.chain_id, f"the export is of ledger {self.genesis.chain_id}")
        if decide_trust(self.light, trust, max(now, header.time_ms)).verdict is not Verdict.PROVEN:
            raise OlderThanTrusted(height=header.height, trusted=trust.header.height)
        return end

    def to_bytes(self) -> bytes:
        chunks: list[Value] = list(self.chunks)
        return encode([FORMAT, self.genesis.to_bytes(), self.light.fields(), chunks])

    @classmethod
    def from_bytes(cls, raw: bytes) -> LedgerExport:
        f = Fields.versioned(decode(raw, "export"), "export", 4)
        genesis, light = Genesis.from_bytes(f.bytes("genesis")), LightBlock.parse(f.raw())
        return cls(genesis, light, f.each("chunks", _chunk))


def export_ledger(ledger: Ledger) -> LedgerExport:
    """The export of a ledger that has ended.

    Raises:
        NotClosed: it goes on.
        Unavailable: the header that proves the end is not there yet.
    """
    with ledger.snapshot() as now:
        ended = closing(now)
        if ended is None:
            raise NotClosed(ledger.chain_id)
        logs = sorted([ROOT_LOG, *(anchors_key(each.org) for each in organisations(now))])
        leaves = ((log, at, leaf) for log in logs for at, leaf in enumerate(now.log_leaves(log)))
        chunks = tuple(chunks_of(now.scan(b""), leaves))
    return LedgerExport(ledger.genesis, ledger.light_block(ended.height + 1), chunks)


@dataclass(frozen=True, slots=True)
class FirstState:
    """The rows and leaves with which a ledger begins."""

    rows: dict[bytes, bytes]
    leaves: tuple[Leaf, ...] = ()


def first_state(genesis: Genesis, export: LedgerExport | None) -> FirstState:
    """The state at height 0; `export` is of the predecessor, where the genesis names one.

    Raises:
        NotSuccessor: it is the export of another ledger, or the genesis names another end.
        Malformed, NotProven: as `LedgerExport.end` and `genesis_rows`.
    """
    before, leaf = genesis.predecessor, genesis_leaf(genesis)
    if before is None or leaf is None or export is None:
        return FirstState(genesis_rows(genesis))
    if export.genesis.genesis_hash != before.genesis_hash or export.end() != before.ended:
        raise NotSuccessor(before.chain_id, "the genesis names another end than the export proves")
    return FirstState(genesis_rows(genesis, export.rows), (*export.leaves, (leaf.log, leaf.position, leaf.leaf)))


def export_file(ledger_file: Path) -> Path:
    """The predecessor's export beside the file of a ledger that names one."""
    return ledger_file.with_name("predecessor")


def read_export(path: Path) -> LedgerExport:
    """The export in a file; raises NotFound or Malformed."""
    return LedgerExport.from_bytes(DiskFiles().read(path))


def stored_first_state(genesis: Genesis, ledger_file: Path) -> FirstState:
    """As `first_state`, with the export that lies beside the ledger's file.

    Raises:
        Corrupted: it is missing or damaged.
    """
    if genesis.predecessor is None:
        return first_state(genesis, None)
    path = export_file(ledger_file)
    try:
        return first_state(genesis, read_export(path))
    except (FileNotFoundError, NotFound) as error:
        before = genesis.predecessor.chain_id
        raise Corrupted(f"{path} is missing: this ledger begins with the state of {before}") from error
    except (Malformed, NotProven) as error:
        raise Corrupted(f"{path} is not the export that this ledger began with: {error}") from error


def _chunk(value: object) -> bytes:
    return Fields([value], "export", 1).bytes("chunk", _CHUNK_LIMIT)
