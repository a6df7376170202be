"""Random damage to a home that no process has open, as a bad disk or a careless hand leaves it.

    damaged = Damaged.make(folder)
    verdict = damaged.try_damage(folder / "copy", seed=7)

The home has anchored frames and frames in the journal, all of them acknowledged, and the views of both.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import VeriwattError
from veriwatt.fsck.run import run_fsck
from veriwatt.home.paths import HomePaths
from veriwatt.ids import FrameId
from veriwatt.node.home import Home
from veriwatt.node.node_service import NodeService
from veriwatt.system.clock import SystemClock
from veriwatt.testing.fleet import Fleet
from veriwatt.testing.small_terminal import ORG

VIEWS = ("readings.duckdb", "readings.duckdb.wal", "index.db", "index.db-wal", "index.db-shm")
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one damage did, and who said so.

    Attributes:
        what: the damage in words.
        lost: acknowledged frames that the home does not give back at their position any more.
        told_by_fsck: whether fsck named a problem, or said that it could not compare.
        told_by_node: whether a node stopped at its start, or reading the chain failed with an error of ours.
        bug: an error that is none of ours, by its name.
    """

    what: str
    lost: int
    told_by_fsck: bool
    told_by_node: bool
    bug: str = ""


@dataclass(frozen=True, slots=True)
class Damaged:
    """The sound home, and the frames that it acknowledged, by position."""

    home: Path
    frames: dict[int, FrameId]

    @classmethod
    def make(cls, folder: Path) -> Damaged:
        """A home with several anchors and a journal; `folder` is new."""
        fleet = Fleet(folder, 2)
        try:
            for _ in range(3):
                fleet.start()
                for terminal in fleet.terminals:
                    terminal.make(8)
                    terminal.work()
                fleet.stop()  # anchors what is ready
            fleet.start()
            for terminal in fleet.terminals:
                terminal.make(4)
                terminal.work()
            fleet.wait_for_mark()
            fleet.kill()
            frames = {each.position: each.frame for each in fleet.acknowledged()}
        finally:
            fleet.close()
        service = NodeService(fleet.home)
        while service.project():
            pass
        service.close()
        return cls(fleet.home, frames)

    def try_damage(self, place: Path, seed: int) -> Verdict:
        """Damage a copy of the home, with its views or without, and ask fsck and a node.

        The copy lies at `place`, where nothing is, and is gone afterwards.
        """
        draw = random.Random(seed)
        shutil.copytree(self.home, place)
        try:
            what = _damage(place, draw)
            if draw.random() < 0.5:
                what += ", without the views"
                for name in VIEWS:
                    (place / name).unlink(missing_ok=True)
            return self._judge(place, what)
        finally:
            shutil.rmtree(place)

    def _judge(self, place: Path, what: str) -> Verdict:
        bug = ""
        try:
            report = run_fsck(HomePaths(place), None, SystemClock(), lambda _what, _done, _total: None)
            told_by_fsck = not report.ok
        except VeriwattError:
            told_by_fsck = True
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a bug that damage made show
            told_by_fsck, bug = True, f"fsck: {error!r}"
        there, told_by_node = dict[int, FrameId](), False
        try:
            NodeService(place).close()
            with Home(place) as home:
                for position, frame in home.org_log(ORG).chain.frames(0):
                    there[position] = frame.frame_id
        except VeriwattError:
            told_by_node = True
        except Exception as error:  # noqa: BLE001 - as above
            told_by_node, bug = True, bug or f"node: {error!r}"
        lost = sum(there.get(position) != frame for position, frame in self.frames.items())
        return Verdict(what, lost, told_by_fsck, told_by_node, bug)


def _damage(home: Path, draw: random.Random) -> str:
    paths = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    path = draw.choice(paths)
    raw, name = path.read_bytes(), path.relative_to(home)
    kind = draw.choice(("flip", "cut", "zero", "delete", "grow", "swap"))
    if not raw and kind != "grow":
        kind = "delete"
    at = draw.randrange(len(raw)) if raw else 0
    if kind == "flip":
        path.write_bytes(raw[:at] + bytes([raw[at] ^ (1 << draw.randrange(8))]) + raw[at + 1 :])
    elif kind == "cut":
        path.write_bytes(raw[:at])
    elif kind == "zero":
        end = min(len(raw), at + draw.randrange(1, BLOCK))
        path.write_bytes(raw[:at] + bytes(end - at) + raw[end:])
    elif kind == "delete":
        path.unlink()
    elif kind == "grow":
        path.write_bytes(raw + draw.randbytes(draw.randrange(1, BLOCK)))
    else:
        other = draw.choice(paths)
        path.write_bytes(other.read_bytes())
        return f"{name} has the bytes of {other.relative_to(home)}"
    return f"{kind} {name} at {at} of {len(raw)}"
