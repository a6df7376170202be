"""Rows of floods: what a valid terminal of the same address sees of each, and what the node takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.drills.rows import Row, none
from veriwatt.cli.bench.rig import TERMINALS, rig
from veriwatt.testing.floods.kinds import KINDS, OVER_TLS
from veriwatt.testing.floods.measure import FloodMeasure, measure_flood
from veriwatt.testing.floods.served_node import served_node

DESCRIPTORS = 1_024
MEGABYTE = 1 << 20


def flood_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """Every kind of flood for so many seconds, each with a terminal of its own."""
    plain = _measured([kind for kind in KINDS if kind not in OVER_TLS], (), folder, seed, seconds)
    over_tls = _measured([kind for kind in KINDS if kind in OVER_TLS], ("--tls",), folder, seed, seconds)
    return [row for each in (*plain, *over_tls) for row in _rows(each)]


def _measured(
    kinds: Sequence[str], options: Sequence[str], folder: Path, seed: int, seconds: float
) -> list[FloodMeasure]:
    """These floods against one node that was started with `options`."""
    with rig() as built:
        uploads, root = built.frames(int(seconds * 10) + 20), built.home.paths.root
        built.home.close()
        with served_node(root, DESCRIPTORS, options, log=folder / "floods.log") as node:
            return [
                measure_flood(node, kind, seed, seconds, uploads[number::TERMINALS])
                for number, kind in enumerate(kinds)
            ]


def _rows(found: FloodMeasure) -> list[Row]:
    name = f"flood of {found.kind.replace('_', ' ')}"
    return [
        Row(f"{name}: sent or held", found.sent, "times", ">= 1"),
        Row(f"{name}: acknowledgement of a valid terminal, p99", round(found.p99, 3), "s", "<= 2"),
        Row(f"{name}: memory of the node and its helpers", round(found.resident / MEGABYTE), "MB", "<= 500"),
        Row(f"{name}: frames acknowledged", found.acknowledged, "frames", ">= 3"),
        none(f"{name}: acknowledged frames lost", found.lost, "frames"),
        none(f"{name}: ends of the node", int(not found.alive), "ends"),
    ]
