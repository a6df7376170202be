"""A small home to serve in tests: three points with gaps from a file, and frames of a live terminal to post."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Protection
from veriwatt.metering.calendars import next_version
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.build import FrameContent, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.actors import sim_key
from veriwatt.units import DAY, Interval

ORG = "works"
TERMINAL = "yard-terminal"
DAYS = 75
FIRST = "2026-09-01"
ZONE = "Asia/Shanghai"
FIRST_DAY = 1_788_192_000_000
"""2026-09-01T00:00:00+08:00."""

GAP = range(40 * 96, 41 * 96 + 30)
"""Slots without a value in every column."""

FRAMES = 12

MAPPING = """\
[file]
timestamp = "time"
format = "%Y-%m-%d %H:%M"
clock = "Asia/Shanghai"
"""

POINT = """
[[point]]
id = "works.{column}"
column = "{column}"
energy = "{energy}"
kind = "interval"
unit = "{unit}"
slot = "15m"
timezone = "Asia/Shanghai"
resolution = "0.01"
"""


@dataclass(frozen=True, slots=True)
class ServedHome:
    """A home that no process has open, and uploads that its log host will accept, in order."""

    root: Path
    uploads: list[bytes]


def build_home(folder: Path) -> ServedHome:
    """75 days of 15-minute readings of three points imported, and 12 days of frames signed by a second terminal."""
    root = folder / "home"
    init_home(root, ORG, title="Works Ltd 工厂", unprotected=True)
    with Home(root) as home:
        source, mapping = write_source(folder)
        home.readings_import().run(
            read_file(source, load_mapping(mapping), now=home.clock.now()), on_progress=lambda _: None
        )
        home.view()
        return ServedHome(root, signed_frames(home, folder))


def imported_home(folder: Path, rows: str, mapping: str) -> Path:
    """A home in `folder` with these rows of a CSV file imported."""
    source, stated, root = folder / "readings.csv", folder / "mapping.toml", folder / "home"
    source.write_text(rows)
    stated.write_text(mapping)
    init_home(root, ORG, unprotected=True)
    with Home(root) as home:
        readings = read_file(source, load_mapping(stated), now=home.clock.now())
        home.readings_import().run(readings, on_progress=lambda _: None)
        home.view()
    return root


def write_source(folder: Path) -> tuple[Path, Path]:
    """The CSV file and its mapping."""
    source, mapping = folder / "works.csv", folder / "mapping.toml"
    source.write_text("\n".join(["time,total,boiler,gas", *map(_row, range(DAYS * 96))]) + "\n")
    columns = [("total", "electricity", "kWh"), ("boiler", "electricity", "kWh"), ("gas", "natural_gas", "m3")]
    points = [POINT.format(column=c, energy=e, unit=u) for c, e, u in columns]
    mapping.write_text(MAPPING + "".join(points))
    return source, mapping


def _row(slot: int) -> str:
    day, minute = divmod(slot, 96)
    date = np.datetime64(FIRST) + day
    stamp = f"{date} {minute // 4:02}:{minute % 4 * 15:02}"
    if slot in GAP:
        return f"{stamp},,,"
    busy = day % 7 not in (4, 5) and 28 <= minute < 76  # 2026-09-01 is a Tuesday
    total = 4_000 + (7_000 if busy else 0) + 37 * minute % 900 + 13 * day
    boiler = "" if slot % 397 == 5 else f"{total * 3 // 1000}.{total * 3 // 10 % 100:02}"
    return f"{stamp},{total // 100}.{total % 100:02},{boiler},{2 + minute % 3}.{minute:02}"


def terminal_key(org: str = ORG) -> Ed25519Signer:
    """The key of the org's terminal; a ledger has no key twice."""
    return sim_key(f"{TERMINAL} of {org}", Protection.TPM)


def signed_frames(home: Home, folder: Path, org: str = ORG) -> list[bytes]:
    """Frames of a terminal that is enrolled and certified here, in order; its log host accepts them."""
    now, member_client, key = home.clock.now(), home.member_client(org), terminal_key(org)
    member_client.submit(enrol(key, home.ledger.chain_id, org, TERMINAL, "SM-1", "1.0.0"))
    member_client.submit(Certify(org, TERMINAL, now - DAY, now + DAY))
    definition = PointDefinition(
        "yard.hall", "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", ZONE, terminal=TERMINAL
    )
    home.keys.make_masters(org, ["yard"])
    member_client.submit(next_version("yard", FIRST_DAY, (definition,), now))
    version = home.points.newest(org, "yard").version
    contents = []
    for day in range(FRAMES):
        span = Interval(FIRST_DAY + day * DAY, FIRST_DAY + (day + 1) * DAY)
        slots = slots_of(version.calendar, definition, span)
        values = 500 + np.arange(len(slots.starts), dtype=np.int64)
        codes = np.full(len(values), Status.MEASURED, np.uint8)
        column = Column(definition.id, slots.starts, slots.ends, values, codes)
        window_key = home.keys.agent.window_key(
            org, "yard", key_window_of(KeyWindow.DAY, version.calendar, span), Purpose.SEAL
        )
        contents.append(FrameContent(span, (GroupSlots("yard", version.n, version.root, [column], window_key),)))
    with Spool(folder / "yard-spool.db") as spool:
        framer = Framer(home.ledger.chain_id, org, TERMINAL, 2, key, spool, os.urandom)
        framer.prepare(contents, home.frame_context(Meter()))
        framer.sign()
        return [framer.upload(frame) for frame in spool.pending()]
