"""Full and read-only disks of a terminal, and a read-only one of a node: what is told, and what is lost.

`outages.full_disk` is the full one of a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from veriwatt.node.home import Home
from veriwatt.testing.commanded_terminal import CommandedTerminal, commanded_terminal
from veriwatt.testing.fleet import Fleet
from veriwatt.testing.node_process import NodeProcess
from veriwatt.testing.outages import Receipts
from veriwatt.testing.small_disk import SmallDisk
from veriwatt.testing.small_terminal import ORG, Equipment

TRIES, MOST = 3, 1_000


@dataclass(frozen=True, slots=True)
class DiskOutage:
    """What was seen while the disk could not be written, and afterwards.

    Attributes:
        told: how often what was tried failed with an error that names the disk.
        untold: how often it failed with another error, or seemed to be done.
        acknowledged: frames with a receipt, in the end.
        lost: those of them that the chain does not have at their position.
        unfinished: frames that have no receipt once there was room again.
    """

    told: int
    untold: int
    acknowledged: int
    lost: int
    unfinished: int


def read_only_disk(disk: SmallDisk, root: Path, uploads: Sequence[bytes], seed: int) -> DiskOutage:
    """The disk with a node's home is read-only when the node starts; later it is not."""
    receipts, first = Receipts(uploads), Random(seed).randrange(1, len(uploads))
    node = NodeProcess.start(root, within=disk.within)
    try:
        receipts.post(node, 0, first)
    finally:
        node.stop()
    disk.remount("ro")
    ended = [disk.run("node", "run", "--listen", "127.0.0.1:0", "--home", root) for _ in range(TRIES)]
    told = sum(each.returncode == 3 and "[disk-read-only]" in each.stderr for each in ended)
    disk.remount("rw")
    node = NodeProcess.start(root, within=disk.within)
    try:
        receipts.post_all(node)
        done = len(receipts.positions)
        return DiskOutage(told, TRIES - told, done, receipts.lost(node), len(uploads) - done)
    finally:
        node.stop()


def terminal_full_disk(disk: SmallDisk, folder: Path, seed: int) -> DiskOutage:
    """The disk with the spool of a terminal at work is full; later there is room. `folder` is new."""
    with _terminal_on(disk, folder) as (fleet, terminal):
        _begin(terminal, seed)
        disk.fill()
        codes = [_fails_to(terminal, "make") for _ in range(TRIES)]
        terminal.ask("work")  # whatever it can do without a byte of room
        disk.free()
        return _recovered(fleet, terminal, codes, "spool-full")


def terminal_read_only_disk(disk: SmallDisk, folder: Path, seed: int) -> DiskOutage:
    """The disk with the spool of a terminal is read-only when the terminal starts; later it is not."""
    with _terminal_on(disk, folder) as (fleet, terminal):
        _begin(terminal, seed)
        equipment = _on_disk(fleet, disk)
    with _node_of(fleet), commanded_terminal(equipment, fleet.url, folder, disk.within) as terminal:
        disk.remount("ro")
        codes = [_fails_to(terminal, "open") for _ in range(TRIES)]
        disk.remount("rw")
        assert terminal.ask("open") is None
        return _recovered(fleet, terminal, codes, "disk-read-only")


@contextmanager
def _terminal_on(disk: SmallDisk, folder: Path) -> Iterator[tuple[Fleet, CommandedTerminal]]:
    fleet = Fleet(folder, 1)
    fleet.close_terminals()
    with _node_of(fleet), commanded_terminal(_on_disk(fleet, disk), fleet.url, folder, disk.within) as terminal:
        assert terminal.ask("open") is None
        yield fleet, terminal


@contextmanager
def _node_of(fleet: Fleet) -> Iterator[None]:
    try:
        fleet.start()
        yield
    finally:
        fleet.close()


def _on_disk(fleet: Fleet, disk: SmallDisk) -> Equipment:
    return replace(fleet.equipment[0], spool=disk.place / "spool.db")


def _begin(terminal: CommandedTerminal, seed: int) -> None:
    for _ in range(Random(seed).randint(2, 9)):
        terminal.ask("make")
    terminal.ask("work")


def _fails_to(terminal: CommandedTerminal, word: str) -> str | None:
    """The code of the error; the file of a spool has a few free bytes of its own, so that not each try fails."""
    codes = (terminal.ask(word) for _ in range(MOST))
    return next((code for code in codes if code is not None), None)


def _recovered(fleet: Fleet, terminal: CommandedTerminal, codes: Sequence[str | None], expected: str) -> DiskOutage:
    for word in ("make", "make", *["work"] * TRIES):
        terminal.ask(word)
    fleet.stop()
    with Home(fleet.home) as home:
        there = [frame.frame_id.hex() for _, frame in home.org_log(ORG).chain.frames(0)]
    known, told = terminal.ask("known"), sum(code == expected for code in codes)
    lost = sum(there[position : position + 1] != [frame] for position, frame in known)
    return DiskOutage(told, TRIES - told, len(known), lost, terminal.ask("unfinished"))
