"""One search for everything: height, hash, digest, org, terminal, frame, point, slot, time.

A text may mean several things, and each is looked for; what is found comes with the address of its page. Names are
looked for as they are, and where nothing is called so, as the beginning of a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any
from urllib.parse import quote

from veriwatt.errors import Malformed, NotFound
from veriwatt.ids import FrameId
from veriwatt.machine.members.queries import organisations
from veriwatt.machine.state import StateRows
from veriwatt.model.ledger.state_keys import org_key, passport_key, point_key
from veriwatt.reading.explorer.asked import Asked, read_asked
from veriwatt.reading.explorer.blocks import block_at, places_of
from veriwatt.reading.explorer.explored import Explored
from veriwatt.reading.explorer.plain import utc
from veriwatt.readmodel.hash_index import HashKind, HashPlace

MOST = 20
"""Findings that are listed."""

Slots = Callable[[str, str, str], list[int]]
"""The positions of the frames that state the slot of an org's point at a time as it was typed, oldest first."""


def search_json(explored: Explored, text: str, slots: Slots) -> dict[str, Any]:
    """What a text finds; `more` says that there is more than is listed, `meant` what the text was looked for as.

    Raises:
        Malformed: it is no search.
    """
    asked = read_asked(text)
    found = list(islice(_found(explored, asked, slots), MOST + 1))
    return {"query": asked.text, "meant": asked.meanings, "more": len(found) > MOST, "found": found[:MOST]}


def _found(explored: Explored, asked: Asked, slots: Slots) -> Iterator[dict[str, Any]]:
    for part in (_by_height, _by_hash, _by_frame, _by_time, _by_slot(slots), _by_name):
        yield from part(explored, asked)


def _by_height(explored: Explored, asked: Asked) -> Iterator[dict[str, Any]]:
    if asked.height is not None and asked.height <= explored.ledger.head().height:
        with suppress(NotFound):
            yield _block(explored, "block", asked.height)


def _by_hash(explored: Explored, asked: Asked) -> Iterator[dict[str, Any]]:
    if asked.hash is None:
        return
    for place in places_of(explored.ledger, explored.hashes, asked.hash, MOST):
        yield _hashed(explored, place)
    if len(asked.hash) == FrameId.LENGTH:
        for org, position in explored.frames_named(FrameId(asked.hash)):
            yield _frame(explored, org, position)


def _by_frame(explored: Explored, asked: Asked) -> Iterator[dict[str, Any]]:
    for org, position in explored.frames_numbered(*asked.frame) if asked.frame else ():
        yield _frame(explored, org, position)


def _by_time(explored: Explored, asked: Asked) -> Iterator[dict[str, Any]]:
    if asked.time is not None:
        with suppress(NotFound):
            yield _block(explored, "block-at", block_at(explored.ledger, asked.time).height)


def _by_slot(slots: Slots) -> Callable[[Explored, Asked], Iterator[dict[str, Any]]]:
    def found(explored: Explored, asked: Asked) -> Iterator[dict[str, Any]]:
        if asked.slot is None:
            return
        named, time = asked.slot
        with suppress(NotFound, Malformed):
            group, definition = explored.points.find(named)
            for position in slots(group.org, definition.id, time)[::-1]:
                yield _frame(explored, group.org, position) | {"kind": "slot", "name": definition.id}

    return found


def _by_name(explored: Explored, asked: Asked) -> Iterator[dict[str, Any]]:
    with explored.ledger.snapshot() as now:
        exact = list(islice(_named(now, asked.text), MOST + 1))
        yield from exact or islice(_beginning(now, asked.text), MOST + 1)


def _named(now: StateRows, text: str) -> Iterator[dict[str, Any]]:
    """What is called so; of an org's terminals and points also as ORG/NAME."""
    orgs = [each.org for each in organisations(now)]
    first, _, rest = text.partition("/")
    if text in orgs:
        yield _org(text)
    for org in orgs:
        for name in (text, rest) if org == first and rest else (text,):
            if "/" not in name and now.get(passport_key(org, name)) is not None:
                yield _terminal(org, name)
            if now.get(point_key(org, name)) is not None:
                yield _point(org, name)


def _beginning(now: StateRows, text: str) -> Iterator[dict[str, Any]]:
    """What has a name that begins so."""
    for key, _ in now.scan(org_key(text)):
        yield _org(key.decode().partition("/")[2])
    for org in [each.org for each in organisations(now)]:
        for key, _ in now.scan(passport_key(org, text)):
            yield _terminal(org, key.decode().split("/", 2)[2])
        for key, _ in now.scan(point_key(org, text)):
            yield _point(org, key.decode().split("/", 2)[2])


def _hashed(explored: Explored, place: HashPlace) -> dict[str, Any]:
    if place.kind in (HashKind.BLOCK, HashKind.STATE):
        return _block(explored, place.kind.value, place.height)
    digest = place.hash.hex()
    return _finding(place.kind.value, f"/ledger/tx/{digest}", height=place.height, hash=digest)


def _block(explored: Explored, kind: str, height: int) -> dict[str, Any]:
    block = explored.ledger.block(height)
    shown = block.app_hash if kind == HashKind.STATE.value else block.hash
    return _finding(kind, f"/ledger/{height}", height=height, time=utc(block.time), hash=shown.hex())


def _frame(explored: Explored, org: str, position: int) -> dict[str, Any]:
    frame = explored.frame(org, position)
    return _finding(
        "frame",
        f"/frames/{quote(org)}/{position}",
        org=org,
        name=frame.terminal,
        position=position,
        hash=frame.frame_id.hex(),
    )


def _org(org: str) -> dict[str, Any]:
    return _finding("org", f"/orgs/{quote(org)}", org=org)


def _terminal(org: str, name: str) -> dict[str, Any]:
    return _finding("terminal", f"/terminals/{quote(name)}?org={quote(org)}", org=org, name=name)


def _point(org: str, name: str) -> dict[str, Any]:
    return _finding("point", f"/?point={quote(f'{org}/{name}', safe='')}", org=org, name=name)


def _finding(kind: str, address: str, **told: str | int) -> dict[str, Any]:
    return {"kind": kind, "address": address, **dict.fromkeys(_TOLD), **told}


_TOLD = ("org", "name", "height", "time", "position", "hash")
