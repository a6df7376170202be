"""The files of a home that no other check vouches for: each is excused with a reason, or checked here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import NotFound, VeriwattError
from veriwatt.fsck.report import Findings
from veriwatt.home.paths import HomePaths
from veriwatt.ids import ObjectId
from veriwatt.ledger.open_ledger import export_file, followed_folder, is_network, is_socket_of_node, ledger_file
from veriwatt.model.frames.quarantined import read_quarantined
from veriwatt.system.files import DiskFiles

_CACHE = "a cache whose bytes nobody signs; its rows are compared with the frames when the keys can be opened"

_MARKED = "it says that a high-water mark was stored: its being there is used, and nothing else tells that it was"

IGNORED = ("-wal", "-shm", ".lock")
"""Suffixes of the files that SQLite and locks leave; they may be deleted while no process uses the home."""


def files_under(folder: Path) -> Iterator[Path]:
    """Every file below a folder except lock, WAL and shm files, folder by folder; none when it is missing."""
    for inside, folders, names in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if _is_link(Path(inside, name))]
        yield from (Path(inside, name) for name in sorted(names + linked) if not name.endswith(IGNORED))


def _is_link(path: Path) -> bool:
    """Whether a link is at `path`; not where its folder may not be entered."""
    try:
        return path.is_symlink()
    except OSError:
        return False


_OLD_LEDGER = "ledger-"


def is_unfinished(path: Path) -> bool:
    """Whether an interrupted write left this file: nothing reads it, and the next write replaces it."""
    return path.name.startswith(".") and path.name.endswith(".new")


def check_others(paths: HomePaths, findings: Findings) -> None:
    """Excuse the files that no check vouches for: settings, caches, quarantine, unfinished and foreign files."""
    for path in files_under(paths.root):
        if is_socket_of_node(path):
            continue
        if is_unfinished(path):
            findings.excuse(path, "left by an interrupted write; nothing reads it")
        elif path == paths.settings or (path.suffix == ".toml" and path.is_relative_to(paths.terminals)):
            findings.excuse(path, "settings that a person may edit")
        elif path.is_relative_to(paths.tls):
            findings.excuse(path, "the certificate that the node made itself, and its key; terminals pin it")
        elif path == paths.join_request:
            findings.excuse(path, "what was given to those who admit the org; its signature is checked there")
        elif path.is_relative_to(followed_folder(paths.ledger)):
            findings.excuse(
                path, "where following goes on: a genesis of the trust file, and a head that is proven anew"
            )
        elif path.is_relative_to(paths.cosigned):
            findings.excuse(path, "the newest cosignature of a witness; a damaged one is refused where it is used")
        elif path.is_relative_to(paths.run):
            findings.excuse(path, "what the running node says; nothing reads it")
        elif path.is_relative_to(paths.access):
            findings.excuse(path, "who may sign in; nothing that is proven depends on it")
        elif path == paths.next_node_keys:
            findings.excuse(path, "the keys of this home's node in a network to come")
        elif path == paths.successions:
            findings.excuse(path, "proofs of the moves of the ledger, which prove themselves to terminals")
        elif path.is_relative_to(paths.root) and path.relative_to(paths.root).parts[0].startswith(_OLD_LEDGER):
            findings.excuse(path, "a ledger that ended; this home's ledger goes on with what its export proves")
        elif path == paths.readings or path.name == f"{paths.readings.name}.wal":
            findings.excuse(path, _CACHE)
        elif path == paths.hashes:
            findings.excuse(path, "derived from the ledger; what it finds is compared with the block itself")
        elif path.is_relative_to(paths.quarantine):
            _check_quarantined(path, findings)
        elif path.is_relative_to(paths.chains) and path == paths.marked(path.parent.name):
            findings.excuse(path, _MARKED)
        elif not _is_checked(path, paths):
            findings.excuse(path, "not a file of a home; nothing reads it")


def _is_checked(path: Path, paths: HomePaths) -> bool:
    single = (
        paths.format,
        paths.genesis,
        paths.trust,
        paths.keystore,
        ledger_file(paths.ledger),
        export_file(ledger_file(paths.ledger)),
        paths.index,
    )
    if path in single or path.is_relative_to(paths.objects):
        return True
    if is_network(paths.ledger) and path.is_relative_to(paths.ledger):
        return path.relative_to(paths.ledger).parts[0] in ("comet", "snapshots")
    inside = path.relative_to(paths.root).parts
    if inside[0] == paths.chains.name:
        return len(inside) > 3 and inside[2] in ("journal", "tile")
    if inside[0] == paths.high_water("").name:
        return len(inside) == 2
    return inside[0] == paths.terminals.name and len(inside) == 3 and inside[2] == "spool.db"


def _check_quarantined(path: Path, findings: Findings) -> None:
    """Re-hash and parse a quarantined upload; nothing else in the home states which uploads must be here."""
    try:
        raw = DiskFiles().read(path)
        if object_id(raw) != ObjectId.parse(path.name):
            findings.problem(path, "its bytes do not hash to its name")
        read_quarantined(raw)
    except NotFound:
        return  # removed since the folder was listed
    except VeriwattError as error:
        findings.failed(path, error)
    findings.excuse(path, "its bytes were re-hashed; nothing else in the home states which frames must be here")
