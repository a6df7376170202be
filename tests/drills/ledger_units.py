"""Rows of many units that anchor through relays, at their rate and at that of 17,000, beside a newcomer's full read.

A real node follows meanwhile, as each of them has one: what it needs is measured.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

from tests.comet_program import PROGRAM
from tests.drills.rows import Row, none
from veriwatt.cli.bench.anchor_load import Keys, admit_orgs
from veriwatt.crypto.hashing import sha256
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.floods.served_node import processor_time_of, resident_of
from veriwatt.testing.joined_home import admit_joined, join
from veriwatt.testing.node_process import NodeProcess
from veriwatt.testing.process_network import ProcessNetwork, height_of
from veriwatt.testing.relayed_units import UnitsMeasure, submit_units
from veriwatt.testing.served_peers import newest_trust, served

VALIDATORS = 4
ANCHORS_A_YEAR = 365 * 24 * 4
"""Of a unit that anchors once a quarter-hour."""

OWN_RATE, ALL_RATE = 2.2, 19.0
"""Anchors a second of 2,000 units, and of 17,000."""

SHORTEST = 10
"""Seconds in which 2,000 units send enough for a percentile."""

READS_WITHIN = 60
"""Seconds in which a newcomer has a small ledger, its start included."""

FINAL_WITHIN = 3
"""Seconds from an anchor's time to its proven result: two blocks of half a second, and two looks."""

MEGABYTE = 1 << 20
FOUNDER, FOLLOWER = "org0", "mill"
SEED = sha256(f"veriwatt simulated key: member {FOUNDER}/owner".encode())


def unit_rows(folder: Path, units: int, seconds: float) -> list[Row]:
    """The rate of 17,000 for so many seconds, beside a newcomer's full read; before it that of 2,000 for fewer."""
    folder.mkdir()
    own_seconds = max(SHORTEST, seconds / 3)
    keys: Keys = {f"unit{at}": os.urandom(32) for at in range(units)}
    genesis = sim_genesis(SimMember(FOUNDER, "owner"), validators=VALIDATORS)
    with ProcessNetwork(folder, genesis, PROGRAM, block_pause=500, more=1) as network:
        network.run(*range(VALIDATORS))
        network.wait_for_blocks()
        network.running[0].run(admit_orgs, FOUNDER, {FOUNDER: SEED, **keys})
        trust = network.running[0].run(newest_trust)
        with (
            served(network, range(VALIDATORS), FOUNDER, SEED) as relays,
            _follower(folder / FOLLOWER, network, trust, relays[1].url) as node,
            ProcessPoolExecutor(1, get_context("spawn")) as load,
            ThreadPoolExecutor(2) as threads,
        ):
            send = partial(submit_units, folder / "load", trust, relays, keys)
            own = load.submit(send, {}, OWN_RATE, own_seconds).result()
            top, before = network.running[0].run(height_of), _bytes(network)
            newcomer = threads.submit(_read_all, network, VALIDATORS, top, 2 * seconds)
            watch = threads.submit(_needs, node, seconds)
            alls = load.submit(send, own.sizes, ALL_RATE, seconds).result()
            read, needs = newcomer.result(), watch.result()
            behind = network.running[0].run(height_of) - _height(node)
        grown = _bytes(network) - before
    anchors = len(alls.finality)
    year = round(grown / anchors * ANCHORS_A_YEAR / 1e6, 1)
    return [
        Row("units: identities that anchor through relays over HTTP", units, "units", ">= 1"),
        *_rows("units at the rate of 2,000", own, OWN_RATE * own_seconds),
        *_rows("units at the rate of 17,000", alls, ALL_RATE * seconds),
        Row("units: an anchor as sent", round(alls.wire / anchors), "B", "<= 600"),
        Row("units: bytes of a unit-year on the ledger", year, "MB", "<= 60"),
        Row("units: a newcomer has read the whole ledger in", round(read, 1), "s", f"<= {max(READS_WITHIN, seconds)}"),
        Row("a follower's node: resident, its helpers included", round(needs.resident / MEGABYTE), "MB", "<= 250"),
        Row("a follower's node: of a core, beside 19 anchors/s", round(100 * needs.cores, 2), "%", "<= 2"),
        Row("a follower's node: blocks behind the network in the end", behind, "blocks", "<= 120"),
    ]


@dataclass(frozen=True, slots=True)
class Needs:
    """The most bytes that a node had in memory, and the cores that it used."""

    resident: int
    cores: float


@contextmanager
def _follower(home: Path, network: ProcessNetwork, trust: Trust, peer: str) -> Iterator[NodeProcess]:
    """The node of an org that joined by its commands and follows one peer; it has read the ledger."""
    request = join(home, FOLLOWER, trust, peer)
    network.running[0].run(admit_joined, FOUNDER, SEED, request)
    node = NodeProcess.start(home, log=home.with_suffix(".log"))
    try:
        yield node
    finally:
        node.stop()


def _needs(node: NodeProcess, seconds: float) -> Needs:
    """Look at a node each second for so long."""
    pid, began = node.process.pid, monotonic()
    used, most = processor_time_of(pid), 0
    while monotonic() < began + seconds:
        most = max(most, resident_of(pid))
        sleep(1)
    return Needs(most, (processor_time_of(pid) - used) / (monotonic() - began))


def _height(node: NodeProcess) -> int:
    """Of the newest block that a node's pages show."""
    return int(node.ask("GET", "/api/v1/ledger").json()["height"])


def _read_all(network: ProcessNetwork, at: int, top: int, within: float) -> float:
    """The seconds in which a new node reads and executes every block up to a height."""
    began = monotonic()
    network.begin(at)
    network.running[at].ready()
    wait_until(lambda: network.running[at].run(height_of) >= top, within)
    return monotonic() - began


def _bytes(network: ProcessNetwork) -> int:
    """Of the first validator's ledger, with all that was written moved to its file."""
    file = ledger_file(network.folder(0))
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.stat().st_size


def _rows(name: str, found: UnitsMeasure, wanted: float) -> list[Row]:
    p95 = round(quantiles(found.finality, n=20)[-1], 2)
    return [
        Row(f"{name}: anchors", len(found.finality), "anchors", f">= {int(wanted) - VALIDATORS}"),
        none(f"{name}: anchors refused", found.refused, "anchors"),
        Row(f"{name}: from the moment it is due to its proven result, p95", p95, "s", f"<= {FINAL_WITHIN}"),
    ]
