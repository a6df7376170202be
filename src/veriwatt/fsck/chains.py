"""The check of one org's data chain with everything derived from it: tiles, index rows, spools, readings.

The order of reading makes a check beside a running node correct: the ledger first, then the journal, then index and
spools. A frame that the index does not have yet was then still in the journal. Frames that a spool or a journal has
beyond the ledger's state were added since; `has_grown` tells whether there are any.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.fsck.audited_ledger import AuditedLedger
from veriwatt.fsck.chain_check import ChainCheck
from veriwatt.fsck.chain_journal import StoredJournal, journal_sizes, read_journal
from veriwatt.fsck.frame_rules import FrameRulesCheck
from veriwatt.fsck.index import IndexCheck
from veriwatt.fsck.objects import Objects
from veriwatt.fsck.reach import may_exist
from veriwatt.fsck.readings import ReadingsCheck
from veriwatt.fsck.report import Findings, Progress
from veriwatt.fsck.sealed_groups import SealedGroupsCheck
from veriwatt.fsck.sequence import SequenceCheck
from veriwatt.fsck.spool import SpoolCheck
from veriwatt.fsck.tree import TreeCheck
from veriwatt.fsck.walk import Walk
from veriwatt.home.key_agent import LocalKeyAgent, log_opening
from veriwatt.home.paths import HomePaths
from veriwatt.machine.anchors import queries as anchor_queries
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.frames.frame import leaf_of
from veriwatt.model.frames.number import NO_VOIDS
from veriwatt.model.keys.key_store import KeyStore
from veriwatt.model.ledger.state_keys import anchors_key
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.key_agent import Purpose
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.readmodel.frame_index_file import FrameIndexFile
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.readings_view_file import ReadingsViewFile
from veriwatt.store.high_water import MARK, PUT_BACK, VIEW, ChainBehind, read_high_water
from veriwatt.system.files import DiskFiles
from veriwatt.terminal.spool.spool_rows import SpoolRows
from veriwatt.units import UtcMillis

_MARK = "its signature and its root are checked; an older mark of the same log is as valid as this one"

_NO_MARK = (
    "it is missing, and it is written before every anchor: without it, frames lost at the end of the journal are not "
    f"noticed. {PUT_BACK}"
)
_NEVER_MARKED = "there is none, as in a home that an earlier release left; frames may be missing at the journal's end"


class Work(Enum):
    """The part of a chain's check that one process does."""

    ALL = "all"
    OPENINGS = "openings"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Shared:
    """The parts of a home that the checks of all chains use; a part that could not be opened is None."""

    paths: HomePaths
    ledger: Ledger
    audited: AuditedLedger
    objects: Objects
    keys: KeyStore | None
    index: FrameIndexFile | None
    view: ReadingsViewFile | None
    spools: dict[Path, Passport]
    now: UtcMillis
    findings: Findings
    on_progress: Progress
    work: Work = Work.ALL


def check_chain(org: str, shared: Shared) -> None:
    """Check one org's chain and everything derived from it; problems go to the findings."""
    acknowledged = None if shared.work is Work.OPENINGS else _acknowledged(org, shared)
    journal_folder = shared.paths.journal(org)
    with shared.ledger.snapshot() as before, read_journal(journal_folder, leaf_of, shared.findings) as journal:
        if shared.work is not Work.OPENINGS:
            _check_chain(org, before, journal, acknowledged, shared)
        elif shared.keys is not None:
            size = _size(org, journal, shared)
            check = _opening(org, shared.paths.chain(org), size, shared, shared.keys)
            _walk(org, before, journal, [check], shared)


def _walk(org: str, before: Snapshot, journal: StoredJournal, checks: list[ChainCheck], shared: Shared) -> None:
    anchors = map(AnchorLeaf.from_bytes, before.log_leaves(anchors_key(org)))
    walk = Walk(
        org,
        shared.paths.chain(org),
        shared.objects,
        journal,
        checks,
        shared.findings,
        shared.on_progress,
        derives=shared.work is not Work.OPENINGS,
    )
    walk.run(anchors, anchor_queries.data_chain(before, org).size)


def _acknowledged(org: str, shared: Shared) -> Checkpoint | None:
    """The high-water mark, read before everything else, so that the chain has at least as many frames."""
    path, key = shared.paths.high_water(org), anchor_queries.log_key(shared.ledger, org)
    log = LogName(shared.audited.log_chain, org, anchor_queries.log_epochs(shared.ledger, org).present)
    try:
        found = None if key is None else read_high_water(DiskFiles(), path, log, key)
    except VeriwattError as error:
        shared.findings.failed(path, error)
        return None
    if path.is_file():
        shared.findings.excuse(path, _MARK)
    return found


def _check_chain(
    org: str, before: Snapshot, journal: StoredJournal, acknowledged: Checkpoint | None, shared: Shared
) -> None:
    findings, folder = shared.findings, shared.paths.chain(org)
    anchored = anchor_queries.data_chain(before, org)
    if (folder / "tile").is_dir():
        findings.vouch(folder / "tile")
    if anchored.size:
        _check_marked(org, shared.paths, findings)
    newer = anchor_queries.data_chain(shared.ledger, org).size
    if journal.first is not None and journal.first > newer:
        findings.problem(
            folder / "journal", f"records {newer} to {journal.first - 1} are missing, or the ledger lost blocks"
        )
    size = _size(org, journal, shared)
    known, by = max((0 if acknowledged is None else acknowledged.size, MARK), (_viewed(org, shared), VIEW))
    if size < known:
        findings.problem(folder / "journal", str(ChainBehind(org, size, known, by)))

    def has_grown() -> bool:
        grown = anchor_queries.data_chain(shared.ledger, org).size != anchored.size
        return grown or journal_sizes(folder / "journal") != journal.sizes

    sequence = SequenceCheck(folder, shared.audited.voids(org), findings)
    checks: list[ChainCheck] = [
        FrameRulesCheck(org, folder, shared.audited, shared.now, findings),  # computes each id and leaf for the others
        sequence,
        TreeCheck(folder, anchored, acknowledged, has_grown, findings),
    ]
    with ExitStack() as stack:
        if shared.index is not None:
            checks.append(IndexCheck(shared.paths.index, shared.index.rows(org), journal, has_grown, findings))
        for path, passport in shared.spools.items():
            if passport.org == org and (rows := _spool_rows(path, findings)) is not None:
                stack.enter_context(rows)
                chains = (shared.audited.chain_id, *(each.chain_id for each in shared.audited.line))
                voids = shared.audited.voids(org).get(passport.terminal, NO_VOIDS)
                checks.append(SpoolCheck(path, rows, passport, chains, voids, shared.now, has_grown, findings))
        if shared.keys is not None and shared.work is Work.ALL:
            checks.append(_opening(org, folder, size, shared, shared.keys))
        _walk(org, before, journal, checks, shared)
    _check_spools_there(org, sequence, shared)


def _check_marked(org: str, paths: HomePaths, findings: Findings) -> None:
    """Name the mark of a chain with anchors that has none; looked for after the ledger was read.

    Earlier releases wrote no marks, and the first start of this one writes those of every org. Then there is the
    folder of marks, and in the folder of the chain the file that says so.
    """
    path = paths.high_water(org)
    if may_exist(path):
        return
    if path.parent.is_dir() or paths.marked(org).exists():
        findings.problem(path, _NO_MARK)
    else:
        findings.excuse(path, _NEVER_MARKED)


def _size(org: str, journal: StoredJournal, shared: Shared) -> int:
    """The frames of the chain: those that the ledger has anchored by now, and those of the journal."""
    return max(anchor_queries.data_chain(shared.ledger, org).size, journal.end)


def _viewed(org: str, shared: Shared) -> int:
    """The frames that the readings view has seen; it was copied before the chain was read."""
    try:
        return 0 if shared.view is None else shared.view.size(org)
    except Unavailable as error:
        shared.findings.not_compared(shared.paths.readings, str(error))
        return 0


def _spool_rows(path: Path, findings: Findings) -> SpoolRows | None:
    try:
        rows = SpoolRows(path)
        for line in rows.damage():
            findings.problem(path, line)
    except VeriwattError as error:
        findings.failed(path, error)
        return None
    return rows


def _opening(org: str, folder: Path, size: int, shared: Shared, keys: KeyStore) -> SealedGroupsCheck:
    opener = GroupOpener(shared.audited, LocalKeyAgent(keys.secret, log_opening), Purpose.CHECK)
    record_of = shared.audited.points.record
    readings = (
        None
        if shared.view is None
        else ReadingsCheck(shared.view, shared.paths.readings, org, size, record_of, shared.findings)
    )
    return SealedGroupsCheck(folder, opener, readings, shared.findings)


def _check_spools_there(org: str, sequence: SequenceCheck, shared: Shared) -> None:
    """Report the missing spool of a terminal whose key is in this home."""
    if shared.keys is None:
        return
    with_spool = {(p.org, p.terminal) for p in shared.spools.values()}
    for terminal in sequence.terminals():
        has_key = any(entry.name == f"terminal/{org}/{terminal}" for entry in shared.keys.entries)
        path = shared.paths.spool(f"{org}.{terminal}")
        if has_key and (org, terminal) not in with_spool and not may_exist(path):
            shared.findings.problem(path, "the spool is missing")
