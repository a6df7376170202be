"""One org's data chain with all that is derived from it: tiles, index rows, spools, readings.

The order of reading makes a check beside a running node sound: the ledger first, then the journal, then
index and spools. What an index lacks the journal then still held, and what a spool or a journal has
beyond the ledger's state is the chain's growth since, which `moved` tells.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import VeriwattError
from veriwatt.fsck.audited_ledger import AuditedLedger
from veriwatt.fsck.chain_journal import journal_sizes, read_journal
from veriwatt.fsck.frame_rules import FrameRules
from veriwatt.fsck.index import Index
from veriwatt.fsck.objects import Objects
from veriwatt.fsck.opening import Opening
from veriwatt.fsck.placed import Follower
from veriwatt.fsck.readings import ReadingsCheck
from veriwatt.fsck.report import Findings, Progress
from veriwatt.fsck.sequence import Sequence
from veriwatt.fsck.spool import SpoolCheck
from veriwatt.fsck.tree import Tree
from veriwatt.fsck.view_file import ViewFile
from veriwatt.fsck.walk import Walk
from veriwatt.home.key_agent import LocalKeyAgent, log_opening
from veriwatt.home.paths import HomePaths
from veriwatt.machine.anchors import queries as anchor_queries
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.frames.frame import leaf_of
from veriwatt.model.keys.key_store import KeyStore
from veriwatt.model.ledger.state_keys import anchors_key
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.key_agent import Purpose
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.readmodel.frame_index_file import FrameIndexFile
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.terminal.spool.spool_rows import SpoolRows
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class Shared:
    """What the checks of all chains of a home use; what could not be opened is None."""

    paths: HomePaths
    ledger: Ledger
    facts: AuditedLedger
    objects: Objects
    keys: KeyStore | None
    index: FrameIndexFile | None
    view: ViewFile | None
    spools: dict[Path, Passport]
    now: UtcMillis
    findings: Findings
    on_progress: Progress


def check_chain(org: str, shared: Shared) -> None:
    """Everything of one org's chain; problems go to the findings."""
    with shared.ledger.snapshot() as before:
        _check_chain(org, before, shared)


def _check_chain(org: str, before: Snapshot, shared: Shared) -> None:
    findings, folder = shared.findings, shared.paths.chain(org)
    anchored = anchor_queries.data_chain(before, org)
    if (folder / "tile").is_dir():
        findings.vouch(folder / "tile")
    journal = read_journal(folder / "journal", leaf_of, findings)
    newer = anchor_queries.data_chain(shared.ledger, org).size
    if journal.first is not None and journal.first > newer:
        findings.problem(folder / "journal", f"records {newer} to {journal.first - 1} are missing")

    def moved() -> bool:
        grown = anchor_queries.data_chain(shared.ledger, org).size != anchored.size
        return grown or journal_sizes(folder / "journal") != journal.sizes

    anchors = map(AnchorLeaf.from_bytes, before.log_leaves(anchors_key(org)))
    sequence = Sequence(folder, findings)
    followers: list[Follower] = [
        sequence,
        FrameRules(org, folder, shared.facts, shared.now, findings),
        Tree(folder, anchored, findings),
    ]
    with ExitStack() as stack:
        if shared.index is not None:
            followers.append(Index(shared.paths.index, shared.index.rows(org), journal, moved, findings))
        for path, passport in shared.spools.items():
            if passport.org == org and (rows := _spool_rows(path, findings)) is not None:
                stack.enter_context(rows)
                chain = shared.facts.chain_id
                followers.append(SpoolCheck(path, rows, passport, chain, shared.now, moved, findings))
        if shared.keys is not None:
            followers.append(_opening(org, folder, shared, shared.keys))
        walk = Walk(org, folder, shared.objects, journal, followers, findings, shared.on_progress)
        walk.run(anchors, anchored.size)
    _check_spools_there(org, sequence, shared)


def _spool_rows(path: Path, findings: Findings) -> SpoolRows | None:
    try:
        rows = SpoolRows(path)
        for line in rows.damage():
            findings.problem(path, line)
    except VeriwattError as error:
        findings.problem(path, str(error))
        return None
    return rows


def _opening(org: str, folder: Path, shared: Shared, keys: KeyStore) -> Opening:
    opener = GroupOpener(
        shared.facts.points, LocalKeyAgent(keys.secret, log_opening), Purpose.CHECK, shared.facts.passport
    )
    readings = None if shared.view is None else ReadingsCheck(shared.view, org, shared.findings)
    return Opening(folder, opener, readings, shared.findings)


def _check_spools_there(org: str, sequence: Sequence, shared: Shared) -> None:
    """A terminal whose key lies in this home has its spool here."""
    if shared.keys is None:
        return
    there = {(p.org, p.terminal) for p in shared.spools.values()}
    for terminal in sequence.terminals():
        held = any(entry.name == f"terminal/{org}/{terminal}" for entry in shared.keys.entries)
        if held and (org, terminal) not in there:
            shared.findings.problem(shared.paths.spool(f"{org}.{terminal}"), "the spool is missing")
