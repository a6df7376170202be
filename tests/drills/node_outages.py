"""Rows of outages: failing and full disks, jumping clocks, damages, a home restored beside live terminals."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.drills.rows import Row, none
from tests.served_home import build_home
from veriwatt.testing.disk_outages import DiskOutage, read_only_disk, terminal_full_disk, terminal_read_only_disk
from veriwatt.testing.live_faults import run_live_faults
from veriwatt.testing.outages import Outage, clock_jumps, failed_syncs, full_disk, stopped_command, syncs_failed
from veriwatt.testing.random_damage import Damaged, Verdict
from veriwatt.testing.recovery_drill import run_recovery
from veriwatt.testing.small_disk import small_disk

PARTS = ("journal", "ledger.db", "index.db", "readings.duckdb", "/")
"""The files whose syncs fail, in turn."""

ANSWERED = 10
"""Seconds in which every post and question is answered during an outage."""

RECOVERED = 90
"""Seconds in which every frame is accepted after it, the wait of the terminals included."""

PROCESSES = 2


def live_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """Kills, stops and cuts of a node and three terminals."""
    found = run_live_faults(folder, seed, seconds)
    for problem in found.problems:
        print(f"fsck after live faults: {problem}", flush=True)
    return [
        Row("live: kills of node and terminals", found.kills, "kills", f">= {int(seconds / 15)}"),
        Row("live: stops of node and terminals", found.stops, "stops", f">= {int(seconds / 40)}"),
        Row("live: cuts of the line between them", found.cuts, "cuts", f">= {int(seconds / 40)}"),
        Row("live: frames acknowledged", found.acknowledged, "frames", f">= {int(seconds)}"),
        none("live: acknowledged frames lost", found.lost, "frames"),
        none("live: frames never acknowledged", found.unfinished, "frames"),
        none("live: frames that contradict another", found.quarantined, "frames"),
        none("live: starts of a killed node that failed", found.not_started, "starts"),
        none("live: problems that fsck finds afterwards", len(found.problems), "problems"),
    ]


def sync_rows(folder: Path, seed: int, count: int) -> list[Row]:
    """Failing syncs of one kind of file after the other, until `count` have failed."""
    built, found, failed = build_home(folder), list[Outage](), 0
    while failed < count and len(found) < count:
        place, part = folder / f"{len(found)}", PARTS[len(found) % len(PARTS)]
        shutil.copytree(built.root, place / "home")
        found.append(failed_syncs(place / "home", built.uploads, seed + len(found), count, part))
        failed += syncs_failed(place)
    return [
        Row("failing syncs: syncs that failed", failed, "syncs", f">= {count}"),
        *_outage_rows("failing syncs", found),
    ]


def clock_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """A clock set back and forward beside posts; one that is not told raises."""
    built = build_home(folder)
    return _outage_rows("clock jumps", [clock_jumps(built.root, built.uploads, seed, seconds)])


def stopped_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """A stopped command that holds the home."""
    built = build_home(folder)
    return _outage_rows("stopped command", [stopped_command(built.root, built.uploads, seed, seconds)])


def disk_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """Full and read-only disks of a node and of a terminal."""
    built = build_home(folder)
    with small_disk(folder / "full", 64) as disk:
        shutil.copytree(built.root, disk.outside / "home")
        full = full_disk(disk, disk.place / "home", built.uploads, seed, seconds)
    with small_disk(folder / "read-only", 64) as disk:
        shutil.copytree(built.root, disk.outside / "home")
        node = read_only_disk(disk, disk.place / "home", built.uploads, seed)
    with small_disk(folder / "terminal-full", 8) as disk:
        terminal_full = terminal_full_disk(disk, folder / "fleet", seed)
    with small_disk(folder / "terminal-read-only", 8) as disk:
        terminal_read_only = terminal_read_only_disk(disk, folder / "fleet-read-only", seed)
    return [
        *_outage_rows("full disk of a node", [full]),
        *_disk_rows("read-only disk of a node", node),
        *_disk_rows("full disk of a terminal", terminal_full),
        *_disk_rows("read-only disk of a terminal", terminal_read_only),
    ]


def damage_rows(folder: Path, seed: int, count: int) -> list[Row]:
    """Random damages of a home at rest, with its views and without."""
    damaged = Damaged.make(folder / "sound")
    with ProcessPoolExecutor(PROCESSES) as pool:
        verdicts = list(pool.map(partial(_damage, damaged, folder), range(seed, seed + count)))
    by_fsck = [each for each in verdicts if each.lost and not each.told_by_fsck]
    by_node = [each for each in verdicts if each.lost and not each.told_by_node]
    bugs = [each for each in verdicts if each.bug]
    for verdict in {*by_fsck, *by_node, *bugs}:
        print(verdict, flush=True)
    return [
        Row("damages: homes damaged at random", len(verdicts), "homes", f">= {count}"),
        Row(
            "damages: those that cost an acknowledged frame",
            sum(each.lost > 0 for each in verdicts),
            "homes",
            f">= {count // 20}",
        ),
        Row(
            "damages: those without the views",
            sum("without the views" in each.what for each in verdicts),
            "homes",
            f">= {count // 4}",
        ),
        none("damages: losses on which fsck is silent", len(by_fsck), "homes"),
        none("damages: losses on which the node is silent", len(by_node), "homes"),
        none("damages: errors that are bugs", len(bugs), "homes"),
    ]


def recovery_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """A node that lost frames, or came back from a backup, beside live terminals."""
    found = run_recovery(folder, seed, seconds)
    return [
        Row(
            "restored: rounds of backup, loss and recovery", found.rounds, "rounds", f">= {max(1, int(seconds / 120))}"
        ),
        Row("restored: chains that were filled again", found.refilled, "chains", ">= 1"),
        none("restored: acknowledged frames lost in the end", found.lost, "frames"),
        none("restored: frames lost without a word", found.silent, "frames"),
        none("restored: frames of terminals never acknowledged", found.stuck, "frames"),
        Row("restored: longest recovery", max(found.seconds), "s", f"<= {RECOVERED}"),
    ]


def _outage_rows(name: str, found: Sequence[Outage]) -> list[Row]:
    return [
        Row(f"{name}: frames acknowledged", sum(each.acknowledged for each in found), "frames", ">= 1"),
        none(f"{name}: acknowledged frames lost", sum(each.lost for each in found), "frames"),
        Row(f"{name}: longest wait for an answer", max(each.answered for each in found), "s", f"<= {ANSWERED}"),
        Row(
            f"{name}: longest wait until all is accepted", max(each.recovered for each in found), "s", f"<= {RECOVERED}"
        ),
    ]


def _disk_rows(name: str, found: DiskOutage) -> list[Row]:
    return [
        Row(f"{name}: tries that failed with an error that names the disk", found.told, "tries", ">= 3"),
        none(f"{name}: tries that did not", found.untold, "tries"),
        Row(f"{name}: frames acknowledged", found.acknowledged, "frames", ">= 1"),
        none(f"{name}: acknowledged frames lost", found.lost, "frames"),
        none(f"{name}: frames not acknowledged once there was room", found.unfinished, "frames"),
    ]


def _damage(damaged: Damaged, folder: Path, seed: int) -> Verdict:
    return damaged.try_damage(folder / f"copy-{seed}", seed)
