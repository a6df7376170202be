"""The whole-system check of one home, from its files alone: re-hash, re-verify, re-execute, compare.

In order: what is neither file nor folder is named; the ledger is replayed; the files that `veriwatt init` made are
compared with it; each org's data chain is walked once, from its anchors to the end of its journal, while tiles, index,
spools and readings are compared with its frames; then every object that no chain named is re-hashed; then every other
file is reported.
Nothing is written, and no problem ends the check. docs/fsck.md lists what fsck vouches for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from veriwatt.errors import NotFound, VeriwattError
from veriwatt.fsck.audited_ledger import AuditedLedger
from veriwatt.fsck.chains import Shared, Work, check_chain
from veriwatt.fsck.genesis_files import (
    check_format,
    check_genesis,
    check_keys,
    check_settings,
    check_settings_org,
    check_trust,
    open_key_store,
    stated_org,
)
from veriwatt.fsck.objects import Objects
from veriwatt.fsck.opening_process import OpeningProcess, Openings
from veriwatt.fsck.other_files import check_others, files_under, is_unfinished
from veriwatt.fsck.reach import may_exist, unreachable_folders
from veriwatt.fsck.report import Findings, Progress, Report
from veriwatt.fsck.spools import find_spools
from veriwatt.fsck.view_file import check_view_orgs, view_snapshot
from veriwatt.home.paths import HomePaths
from veriwatt.ledger.open_ledger import audit_ledger, audit_node_files, is_socket_of_node, ledger_file, open_reader
from veriwatt.machine.anchors import queries as anchor_queries
from veriwatt.machine.members import queries as member_queries
from veriwatt.machine.terminals import queries as terminal_queries
from veriwatt.machine.version import WrongMachine
from veriwatt.model.keys.key_store import KeyStore
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.frame_index_file import FrameIndexFile
from veriwatt.system.disk_errors import DiskFull, DiskReadOnly
from veriwatt.system.file_lock import try_lock
from veriwatt.system.special_files import special_files
from veriwatt.system.sqlite import MEMORY
from veriwatt.units import UtcMillis

LONG = 5_000
"""Anchored frames from which on a process of its own opens the sealed groups, if there is a core for it."""

_NO_LEDGER = "the ledger cannot be read, so there is nothing to compare it with"


def run_fsck(paths: HomePaths, passphrase: bytes | None, clock: Clock, on_progress: Progress) -> Report:
    """Check the home at `paths`, which may be in use.

    Args:
        paths: the home's files.
        passphrase: opens the key store; with None no sealed group is opened.
        clock: gives the present time; no time in the home may be later.
        on_progress: see `report.Progress`.

    Raises:
        NotFound: there is no home.
        WrongMachine: the home needs another version of this program.
        DiskFull, DiskReadOnly: a file cannot be opened without room beside it, so nothing can be said of it.
    """
    if not (may_exist(paths.genesis) or may_exist(ledger_file(paths.ledger))):
        raise NotFound(f"{paths.root} is not a home: it has neither {paths.genesis.name} nor a ledger")
    before = _state(paths)
    report = _check(paths, passphrase, clock, on_progress)
    if report.problems and (before is None or before != _state(paths)):
        return _check(paths, passphrase, clock, on_progress).confirmed(report)
    return report


def _state(paths: HomePaths) -> list[tuple[Path, int, int]] | None:
    """What each file of the home is like but for the objects, to tell whether somebody writes; None if it is locked."""
    try:
        if paths.lock.is_file():
            with paths.lock.open("rb") as lock:
                if not try_lock(lock, shared=True):
                    return None
    except OSError:  # it may not be read, so somebody may hold it
        return None
    found = []
    for inside, folders, names in os.walk(paths.root):
        folders[:] = [name for name in folders if Path(inside, name) != paths.objects]
        for path in (Path(inside, name) for name in names if not name.endswith("-shm")):
            with suppress(OSError):
                status = path.stat()
                if status.st_size:  # a reader of a database leaves an empty log
                    found.append((path, status.st_size, status.st_mtime_ns))
    return sorted(found)


def _check(paths: HomePaths, passphrase: bytes | None, clock: Clock, on_progress: Progress) -> Report:
    """One check of everything."""
    findings = Findings(paths.root)
    for folder, why in unreachable_folders(paths.root):
        findings.not_compared(folder, why, unreachable=True)
    for special in special_files(paths.root):
        if not is_socket_of_node(Path(special.path)):
            findings.failed(Path(special.path), special)
    if not check_format(paths, findings):
        for path in files_under(paths.root):
            if path != paths.format:
                findings.excuse(path, "not checked: the home is of another format")
        return findings.report()
    check_settings(paths, findings)
    store = open_key_store(paths, passphrase, findings)
    objects = Objects(paths.objects, findings)
    try:
        with _audited(paths, findings, on_progress) as ledger:
            _compare(ledger, paths, store, passphrase, objects, clock.now(), findings, on_progress)
    except (WrongMachine, DiskFull, DiskReadOnly):
        raise
    except VeriwattError as error:
        findings.failed(ledger_file(paths.ledger), error)
        _without_ledger(paths, findings)
    _check_objects(paths, objects, findings, on_progress)
    check_others(paths, findings)
    return findings.report()


@contextmanager
def _audited(paths: HomePaths, findings: Findings, on_progress: Progress) -> Iterator[Ledger]:
    """The ledger, open for reading, after every row of it was audited."""
    findings.vouch(ledger_file(paths.ledger))
    done = audit_ledger(paths.ledger, lambda height, newest: on_progress("blocks", height, newest))
    findings.counts["blocks"] = done.counts["blocks"]
    for problem in done.problems:
        table = "" if problem.table == "file" else problem.table
        findings.problem(
            ledger_file(paths.ledger), f"row {problem.row}: {problem.what}" if problem.row else problem.what, table
        )
    with open_reader(paths.ledger) as ledger:
        for seen in audit_node_files(paths.ledger, ledger):
            if seen.problem:
                findings.problem(seen.path, seen.problem)
            elif seen.excuse:
                findings.excuse(seen.path, seen.excuse)
            else:
                findings.vouch(seen.path)
        yield ledger


def _compare(
    ledger: Ledger,
    paths: HomePaths,
    keys: KeyStore | None,
    passphrase: bytes | None,
    objects: Objects,
    now: UtcMillis,
    findings: Findings,
    on_progress: Progress,
) -> None:
    """Compare the first files, and every data chain, with the ledger."""
    check_genesis(paths, ledger.genesis.genesis_hash, findings)
    check_trust(paths, ledger, findings)
    if keys is not None:
        check_keys(paths, keys, ledger, findings)
    audited = AuditedLedger(ledger)
    orgs = _orgs(ledger, paths, keys)
    check_settings_org(paths, orgs, findings)
    spools = find_spools(paths.terminals, lambda: _passports(ledger, _orgs(ledger, paths, keys)), findings)
    with ExitStack() as stack:
        index = _index(paths, orgs, stack, findings)
        view = stack.enter_context(view_snapshot(paths.readings, ledger.chain_id, findings))
        opening = None
        if keys is not None and _is_long(ledger, orgs) and (os.cpu_count() or 1) > 1:
            asked = Openings(paths.root, passphrase, None if view is None else view.path, tuple(orgs), now)
            opening = stack.enter_context(closing(OpeningProcess(asked)))
        work = Work.ALL if opening is None else Work.REST
        shared = Shared(paths, ledger, audited, objects, keys, index, view, spools, now, findings, on_progress, work)
        for org in orgs:
            try:
                check_chain(org, shared)
            except (DiskFull, DiskReadOnly):
                raise
            except VeriwattError as error:
                findings.failed(paths.chain(org), error, before="not checked to its end: ")
        if view is not None:
            check_view_orgs(view, paths.readings, _orgs(ledger, paths, keys), findings)
        if opening is not None:
            opening.finish(findings)
    folders = sorted(paths.chains.glob("*"))
    kept = _orgs(ledger, paths, keys)  # read after the folders: an org is on the ledger before it has one
    for folder in folders:
        if folder.name not in kept:
            findings.problem(folder, "the ledger has no such data chain")
    if view is not None and keys is None:
        findings.not_compared(paths.readings, "the keys that open the frames are not at hand")


def _is_long(ledger: Ledger, orgs: list[str]) -> bool:
    """Whether a second process saves more time than its start takes."""
    return sum(anchor_queries.data_chain(ledger, org).size for org in orgs) >= LONG


def _orgs(ledger: Ledger, paths: HomePaths, keys: KeyStore | None) -> list[str]:
    """The orgs whose data chain is kept here: its key, or its folder, or where the keys are sealed its settings say so.

    Others keep the chains of their orgs on nodes of their own.
    """
    opened = [o.org for o in member_queries.organisations(ledger) if anchor_queries.log_key(ledger, o.org) is not None]
    here = {entry.name for entry in keys.entries} if keys is not None else {f"log/{stated_org(paths)}"}
    return [org for org in opened if f"log/{org}" in here or may_exist(paths.chain(org))]


def _passports(ledger: Ledger, orgs: list[str]) -> list[Passport]:
    return [passport for org in orgs for passport in terminal_queries.passports(ledger, org)]


def _without_ledger(paths: HomePaths, findings: Findings) -> None:
    """Excuse the files that cannot be checked without the ledger."""
    spools = sorted(paths.terminals.glob("*/spool.db"))
    for path in (paths.genesis, paths.trust, paths.keystore, paths.chains, paths.index, *spools):
        if may_exist(path):
            findings.excuse(path, _NO_LEDGER)


def _index(paths: HomePaths, orgs: list[str], stack: ExitStack, findings: Findings) -> FrameIndexFile | None:
    """The frame index; None when it cannot be read, and without rows when it was never made."""
    findings.vouch(paths.index)
    try:
        index = stack.enter_context(FrameIndexFile(paths.index if paths.index.exists() else MEMORY))
        for line in index.damage():
            findings.problem(paths.index, line)
        if foreign := index.foreign():
            for name, what in foreign:
                findings.problem(paths.index, what, name)
            return None
        for org in index.orgs():
            if org not in orgs:
                findings.problem(paths.index, f"rows of org {org!r}, which has no data chain here", "frames")
    except (DiskFull, DiskReadOnly):
        raise
    except VeriwattError as error:
        findings.failed(paths.index, error)
        return None
    return index


def _check_objects(paths: HomePaths, objects: Objects, findings: Findings, on_progress: Progress) -> None:
    if may_exist(paths.objects):
        findings.vouch(paths.objects)
        objects.check_rest((path for path in files_under(paths.objects) if not is_unfinished(path)), on_progress)
