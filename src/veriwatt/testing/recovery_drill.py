"""A node that loses acknowledged frames beside live terminals, again and again: what it notices, and what comes back.

    measured = run_recovery(folder, seed=7, seconds=300)

Each round copies the home, lets the terminals work, kills the node, damages its home in one way, and lets node and
terminals recover as docs/operations/restore.md says. The seed decides everything but the timing.
"""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from veriwatt.testing.fleet import Fleet
from veriwatt.testing.small_terminal import ORG

CACHES = ("readings.duckdb", "readings.duckdb.wal")
CHAIN = ("chains", "objects", "index.db", "index.db-wal", "index.db-shm", *CACHES)
"""What a data chain consists of, without the ledger and the high-water mark."""

TERMINALS, CALLS = 3, 6


class Damage(Enum):
    """What happens to the home of a killed node."""

    JOURNAL_BACK = "the journal is what it was at the backup"
    JOURNAL_GONE = "the journal is gone"
    JOURNAL_CUT = "the newest journal file ends early"
    CHAIN_BACK = "the data chain is what it was at the backup, the ledger is not"
    LEDGER_BACK = "the ledger is what it was at the backup, the data chain is not: it lost anchors"
    HOME_BACK = "the whole home is what it was at the backup"


ORDER = (
    Damage.HOME_BACK,
    Damage.LEDGER_BACK,
    Damage.JOURNAL_CUT,
    Damage.CHAIN_BACK,
    Damage.JOURNAL_GONE,
    Damage.JOURNAL_BACK,
)
"""In which order they happen, again and again."""


@dataclass(slots=True)
class Recovered:
    """What a drill measured. `silent` frames were lost, and neither node nor terminals said so."""

    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    refilled: int = 0
    silent: int = 0
    stuck: int = 0
    seconds: list[float] = field(default_factory=list)
    """The time of each recovery, from the start of the node until every terminal is served."""


def run_recovery(folder: Path, seed: int, seconds: float) -> Recovered:
    """Damage and recover until the time is over, at least once; `folder` is new."""
    draw, found, end = random.Random(seed), Recovered(), time.monotonic() + seconds
    fleet = Fleet(folder, TERMINALS)
    try:
        fleet.start()
        while not found.rounds or time.monotonic() < end:
            _round(fleet, draw, ORDER[found.rounds % len(ORDER)], found)
            found.rounds += 1
    finally:
        fleet.close()
    return found


def _round(fleet: Fleet, draw: random.Random, damage: Damage, found: Recovered) -> None:
    _work(fleet, draw)
    fleet.stop()
    backup = fleet.copy("backup")
    fleet.start()
    _work(fleet, draw)
    if damage is Damage.LEDGER_BACK or (damage is not Damage.HOME_BACK and draw.random() < 0.4):
        fleet.stop()
        fleet.start()
        _work(fleet, draw)
    if draw.random() < 0.5:  # else the receipts alone show what was acknowledged last
        fleet.wait_for_mark()
    fleet.kill()
    known, height = fleet.acknowledged(), fleet.height()
    _damage(fleet, backup, damage, draw)
    began = time.monotonic()
    noticed = _recover(fleet)
    found.seconds.append(time.monotonic() - began)
    if damage is Damage.LEDGER_BACK:
        _pass(fleet, height)
    found.acknowledged = len(known)
    found.stuck += sum(terminal.unfinished() for terminal in fleet.terminals)
    _work(fleet, draw)
    fleet.stop()
    gone = fleet.lost(known)
    found.silent += 0 if noticed else len(gone)
    found.lost += len(gone)
    found.refilled += fleet.log().count('"event": "refilled"')
    (fleet.folder / "node.log").write_text("")
    fleet.start()


def _pass(fleet: Fleet, height: int) -> None:
    """Let the ledger grow past what it lost, as by registering again what was; only then do terminals go on with it."""
    fleet.stop()
    fleet.register_until(height)
    fleet.start()
    for terminal in fleet.terminals:
        terminal.work()


def _work(fleet: Fleet, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 6)):
        terminal = draw.choice(fleet.terminals)
        terminal.make(draw.randint(1, 5))
        terminal.work()


def _damage(fleet: Fleet, backup: Path, damage: Damage, draw: random.Random) -> None:
    journal = fleet.home / "chains" / ORG / "journal"
    if damage is Damage.HOME_BACK:
        fleet.restore(backup)
    elif damage is Damage.CHAIN_BACK:
        fleet.restore(backup, CHAIN)
    elif damage is Damage.LEDGER_BACK:
        fleet.restore(backup, ["ledger"])
    elif damage is Damage.JOURNAL_BACK:
        fleet.restore(backup, [f"chains/{ORG}/journal"])
    elif damage is Damage.JOURNAL_GONE:
        shutil.rmtree(journal)
    else:
        newest = max(journal.iterdir())
        raw = newest.read_bytes()
        heads = [at for at in range(len(raw)) if raw.startswith(b"VWJ2", at)]
        newest.write_bytes(raw[: draw.choice(heads)] if heads else raw)


def _recover(fleet: Fleet) -> bool:
    """Start the node, and with --refill where it stops; returns whether it or a terminal noticed a loss."""
    noticed = fleet.start() is not None
    before = sum(len(terminal.errors) for terminal in fleet.terminals)
    if not noticed:
        for terminal in fleet.terminals:
            terminal.work()
        noticed = sum(len(terminal.errors) for terminal in fleet.terminals) > before
        if noticed:
            fleet.wait_until_ended(30)
    if noticed:
        fleet.start("--refill")
        for _ in range(CALLS):
            served = [terminal.work() for terminal in fleet.terminals]
            if all(served):
                break
        fleet.stop()
        fleet.start()  # with --refill nothing new is accepted
    return noticed
