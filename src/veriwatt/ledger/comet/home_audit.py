"""What can be said of the files beside the ledger's own: CometBFT's home, and the snapshots for state sync.

The blocks are in the ledger's file, where they are executed again; CometBFT's copy of them is its own to check.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, NotFound, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.comet.app_socket import NAME
from veriwatt.ledger.comet.comet_home import CONFIG, PLACE, SIGNING_STATE, fixed_files, node_keys_in, signed_last
from veriwatt.ledger.comet.snapshot_parts import chunks_in, digests_in, is_of_earlier_release, part_rows
from veriwatt.ledger.rows.state_chunks import check_rows
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.system.files import DiskFiles

_OWN = "CometBFT's own, which it checks itself; the blocks are in ledger.db, where each was executed again"

_EXCUSED = {
    CONFIG: "written anew from node.toml at each start",
    "config/addrbook.json": "addresses that CometBFT has seen; the peers are in node.toml",
    PLACE: "what was signed here by when; a node with another note does not start",
    "cometbft.log": "what CometBFT says; nothing reads it",
    "cometbft.log.1": "what CometBFT says; nothing reads it",
    SIGNING_STATE: "what the validator signed last: nothing else here tells; an older one lets it sign twice",
}


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One file: damaged as `problem` says, not vouched for as `excuse` says, or else vouched for."""

    path: Path
    problem: str = ""
    excuse: str = ""


def audit_home_files(file: Path, genesis: Genesis, app_hash: Callable[[int], Digest]) -> Iterator[FileSeen]:
    """Each file of CometBFT's home and of the snapshots beside the ledger at `file`.

    Args:
        file: the ledger's.
        genesis: its genesis.
        app_hash: that of the header at a height; raises NotFound where the ledger has none.
    """
    yield from _comet_files(file.with_name("comet"), genesis)
    snapshots = file.with_name("snapshots")
    for folder in sorted(snapshots.iterdir()) if snapshots.is_dir() else ():
        if folder.name.isdecimal():
            yield from _snapshot(folder, app_hash)
        else:
            yield from (FileSeen(path, excuse="a snapshot that was not whole yet") for path in _files(folder))


def app_socket(file: Path) -> Path:
    """The socket in CometBFT's home, which is no file."""
    return file.with_name("comet") / NAME


def _comet_files(home: Path, genesis: Genesis) -> Iterator[FileSeen]:
    try:
        fixed = fixed_files(genesis, node_keys_in(home))
    except VeriwattError as error:
        yield FileSeen(home / "config", problem=f"its keys cannot be read: {error}")
        fixed = {}
    for name, content in fixed.items():
        path = home / name
        if not path.is_file():
            yield FileSeen(path, problem="the file is missing")
        elif DiskFiles().read(path) != content:
            yield FileSeen(path, problem="it is not what was written when the home was made")
        else:
            yield FileSeen(path)
    try:
        signed_last(home)
    except (Malformed, NotFound) as error:
        yield FileSeen(home / SIGNING_STATE, problem=f"{error}; do not start this validator: it might sign twice")
    for path in _files(home):
        name = path.relative_to(home).as_posix()
        if name not in fixed and name != NAME:
            yield FileSeen(path, excuse=_EXCUSED.get(name, _OWN if name.startswith("data/") else "nothing reads it"))


def _snapshot(folder: Path, app_hash: Callable[[int], Digest]) -> Iterator[FileSeen]:
    """A snapshot, whose rows lead to the app hash in the header after its block."""
    files, paths = DiskFiles(), list(_files(folder))
    try:
        root = app_hash(int(folder.name) + 1)
    except NotFound:
        yield from (FileSeen(path, excuse="of a block before those that this node has") for path in paths)
        return
    try:
        metadata = files.read(folder / "metadata")
        if is_of_earlier_release(metadata):
            excuse = "a snapshot of an earlier release, which is offered to nobody"
            yield from (FileSeen(path, excuse=excuse) for path in paths)
            return
        digests = digests_in(metadata)
        parts = [files.read(folder / str(at)) for at in range(len(digests))]
        damaged = [at for at, part in enumerate(parts) if sha256(part) != digests[at]]
        if damaged:
            yield from (FileSeen(folder / str(at), problem="it is not the part of its snapshot") for at in damaged)
            return
        check_rows(part_rows(chunks_in(parts)), root)
    except NotFound as error:
        if folder.is_dir():  # else a newer one has pushed it out meanwhile
            yield FileSeen(folder, problem=f"the snapshot is not whole: {error}")
        return
    except VeriwattError as error:
        yield FileSeen(folder, problem=f"not the snapshot of the ledger's state: {error}")
        return
    whole = {folder / "metadata", *(folder / str(at) for at in range(len(digests)))}
    yield from (FileSeen(path, excuse="" if path in whole else "nothing reads it") for path in paths)


def _files(folder: Path) -> Iterator[Path]:
    for inside, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(inside, name) for name in sorted(names))
