"""Frames told: what a frame's header says, and the anchor by which the ledger has it; and the frames of a slot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from veriwatt.errors import NotFound
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.statuses import total_slots
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.explorer.explored import Explored
from veriwatt.reading.explorer.plain import utc
from veriwatt.reading.explorer.transactions import executed_in, item_json

POINTS_SHOWN = 50
"""The most points of a group that are named."""


def frame_json(explored: Explored, org: str, position: int) -> dict[str, Any]:
    """The frame at a position of an org's chain, with its anchor, None while it waits; raises NotFound."""
    frame = explored.frame(org, position)
    header = frame.header
    with explored.ledger.snapshot() as now:
        log = AnchorLog(now, org)
        index = log.covering(position)
        leaf = log.at(index) if index < len(log) else None
    return {
        "org": org,
        "position": position,
        "frame": frame.frame_id.hex(),
        "leaf": frame.leaf.hex(),
        "terminal": header.terminal,
        "passport_version": header.passport_version,
        "epoch": header.number.epoch,
        "seq": header.number.seq,
        "window_start": utc(header.window.start),
        "window_end": utc(header.window.end),
        "collected_at": utc(header.collected_at),
        "origin": type(header.origin).__name__.lower(),
        "clock_source": header.clock.source,
        "clock_uncertainty_ms": header.clock.uncertainty,
        "bytes": len(frame.upload),
        "frames": explored.chains[org].size,
        "groups": [_group(explored, frame, group) for group in header.groups],
        "anchor": None if leaf is None else anchor_json(explored.ledger, leaf, index),
    }


def anchor_json(ledger: Ledger, leaf: AnchorLeaf, index: int) -> dict[str, Any]:
    """An anchor; `transaction` is None where this node does not have its block."""
    return {
        "index": index,
        "height": leaf.height,
        "time": utc(leaf.time),
        "old_size": leaf.old_size,
        "new_size": leaf.new_size,
        "root": leaf.root.hex(),
        "manifest": str(leaf.manifest),
        "transaction": _transaction_of(ledger, leaf),
    }


def slot_json(positions: Sequence[int], explored: Explored, org: str) -> list[dict[str, Any]]:
    """The frames that state a slot, given by position, the newest first: the first of them is in force."""
    told = []
    for position in reversed(positions):
        header = explored.frame(org, position).header
        number = {"epoch": header.number.epoch, "seq": header.number.seq}
        anchored = position < explored.chains[org].anchored_size
        told.append({"position": position, "terminal": header.terminal, **number, "anchored": anchored})
    return told


def _group(explored: Explored, frame: Frame, group: FrameGroup) -> dict[str, Any]:
    """A group of a frame, whose points are named where the ledger has their version."""
    try:
        stated = explored.points.stated(frame.org, group.group, group.version, group.definition_root).definitions
    except NotFound:
        stated = ()
    return {
        "group": group.group,
        "version": group.version,
        "points": sum(points for points, _ in group.spans),
        "slots": total_slots(group.spans),
        "named": [definition.id for definition in islice(stated, POINTS_SHOWN)],
        "replaces": [each.hex() for each in group.replaces],
    }


def _transaction_of(ledger: Ledger, leaf: AnchorLeaf) -> str | None:
    try:
        block = ledger.block(leaf.height)
    except NotFound:
        return None
    sizes = {"old_size": leaf.old_size, "new_size": leaf.new_size}
    told = (each for place, item in enumerate(block.items) for each in executed_in(item_json(item, place)))
    of_org = (each for each in told if (each["kind"], each["org"], each["result"]) == (Anchor.kind, leaf.org, "ok"))
    return next((each["digest"] for each in of_org if sizes.items() <= each["body"].items()), None)
