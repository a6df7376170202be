"""What the node of each plant's org has after the readings, by its home, and what it answers to attackers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.demo.network.founding import opened
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.proofs import make_evidence
from veriwatt.testing.demo.slot_counts import SlotCounts, anchored_slots
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.testing.demo.totals import PlantTotals, plant_totals
from veriwatt.testing.plants import Park
from veriwatt.units import Interval, UtcMillis

ANSWERS_WITHIN = 60
"""Seconds in which a node answers again after a command used its home."""

AGAIN = 0.5


@dataclass(frozen=True, slots=True)
class AtPlant:
    """What one node has: the slots and frames that are anchored, the plant's totals, and files of evidence."""

    anchored: SlotCounts
    frames: int
    totals: PlantTotals
    evidence: list[Path]


def at_plant(paths: DemoPaths, park: Park, terminal: PlantTerminal, span: Interval, slot: UtcMillis) -> AtPlant:
    """What the node of a plant's org has of `span`; NotProven when a total differs from what its meter counted."""
    org = terminal.plant.org
    with opened(paths.home, org) as home:
        return AtPlant(
            anchored_slots(home, org),
            home.org_log(org).chain.anchored_size,
            plant_totals(home, park, terminal, span),
            make_evidence(home, paths, terminal, span, slot),
        )


def send_over_http(terminal: PlantTerminal) -> Callable[[bytes], Delivered]:
    """Sends one upload to the node that the terminal delivers to, again while that does not answer yet."""

    def send(upload: bytes) -> Delivered:
        with TerminalHome(terminal.home.paths.root, reading=True) as reading:
            client, until = reading.log_host(), time.monotonic() + ANSWERS_WITHIN
            while True:
                try:
                    return client.send([upload])[0]
                except Unavailable:
                    if time.monotonic() > until:
                        raise
                time.sleep(AGAIN)

    return send
