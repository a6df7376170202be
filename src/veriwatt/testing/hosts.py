"""A log host small enough to be killed a thousand times: real ledger, chain and acceptance over a forgetful disk.

    host = SimHost(folder)
    host.accept(host.frame(), host.frame())
    host.anchor()
    host.reopen()                          what recovery makes of what is left

`frame` signs the next frame of a terminal; attacks are one-line edits of its header or key.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from weakref import finalize

import numpy as np

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.errors import Unsettled, VeriwattError
from veriwatt.ids import Digest, FrameId
from veriwatt.ledger.open_ledger import create_ledger, ledger_file, open_ledger
from veriwatt.loghost.accept import Acceptance, Accepted, AcceptedBatch
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.anchoring import anchor_chain
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.loghost.recovery import open_chain
from veriwatt.machine.anchors.queries import data_chain, log_epochs
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.slots import slots_of
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.model.frames.build import FrameSender, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FIRST_NUMBER, NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Meter
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.group import definitions_root
from veriwatt.ports.ledger import Ledger, LedgerEngine, Result, submit
from veriwatt.ports.tiles import TileStore
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.store.local_blobs import LocalStore
from veriwatt.store.local_tiles import LocalTiles
from veriwatt.system.sqlite import MEMORY
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_key, sim_point, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.faults import FILE_CHANGES, FaultPlan
from veriwatt.testing.frames import Edit, sign_edited, sim_context, sim_frame
from veriwatt.testing.power import ForgetfulFiles
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis

ORG, GROUP = "acme", "main"
HOME = Path("/site/acme")
CHAIN, OBJECTS, QUARANTINE = HOME / "chain", HOME / "objects", HOME / "quarantine"
LOG_KEY = sim_key(f"log {ORG}")

Engine: TypeAlias = Callable[[Genesis, Signer, SimClock], LedgerEngine]


class SimHost:
    """The log host of org acme, whose terminals metro certifies; a frame is a quarter-hour of `points` points."""

    def __init__(
        self,
        folder: Path,
        plan: FaultPlan | None = None,
        *,
        points: int = 2,
        tiles: TileStore | None = None,
        engine: Engine | None = None,
    ) -> None:
        """With `tiles` the chain's tiles lie there, and not in files; with `engine` it makes the ledger in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self.clock, self.disk = folder, SimClock(START + DAY), ForgetfulFiles()
        founders = _Founders(points)
        if engine is None:
            founders, ledger = _founded(points)
            ledger_file(folder).write_bytes(ledger)
            self.ledger = open_ledger(folder, sim_validator, self.clock)
        else:
            self.ledger = engine(founders.genesis, sim_validator(), self.clock)
            founders.set_up(self.ledger)
        finalize(self, self.ledger.close)  # a host that is dropped died: the system closes its files
        self.owner, self.inspector = copy(founders.owner), copy(founders.inspector)
        self.definitions = founders.definitions
        self._groups = {"t1": (GROUP, self.definitions)}
        self.terminal, self._framed = SimTerminal(ORG, "t1"), dict[str, tuple[FrameNumber, UtcMillis, FrameId]]()
        self._index = FrameIndex(MEMORY)
        self._other_tiles = tiles
        self.open(plan)

    def open(self, plan: FaultPlan | None = None, *, refill: bool = False) -> None:
        """What the node does when it starts, as far as outside calls of `plan` let it."""
        self.plan = plan or FaultPlan()
        self.index, files = self.plan.around(self._index, ("add", "forget")), self.plan.around(self.disk, FILE_CHANGES)
        self.blobs = LocalStore(files, OBJECTS)
        tiles = self._other_tiles or LocalTiles(files, CHAIN)
        with self.ledger.snapshot() as now:
            anchored, anchors, epoch = data_chain(now, ORG), AnchorLog(now, ORG), log_epochs(now, ORG).present
            self.chain: DataChain = open_chain(
                ORG, files, CHAIN / "journal", tiles, self.blobs, self.index, anchored, anchors, refill=refill
            )
        cache, quarantine = LedgerCache(self.ledger), Quarantine(files, QUARANTINE)
        self.acceptance = Acceptance(self.chain, cache, LOG_KEY, quarantine, epoch)

    def reopen(self, *, without_index: bool = False) -> None:
        """Start again after whatever happened, with no more faults."""
        if without_index:
            self.index.clear()
        self.open()

    def back_up_ledger(self) -> bytes:
        """The ledger's file as it is now."""
        self.ledger.close()
        backup = ledger_file(self._folder).read_bytes()
        self.put_back_ledger(backup)
        return backup

    def put_back_ledger(self, backup: bytes) -> None:
        """The ledger is from a backup, and the chain is as it is; `open` comes next."""
        self.ledger.close()
        ledger_file(self._folder).write_bytes(backup)
        self.ledger = open_ledger(self._folder, sim_validator, self.clock)
        finalize(self, self.ledger.close)

    def move_row(self, position: int, *, by: int) -> None:
        """Damage the index: the row of a frame leads this far beside it."""
        row = self._index.row(ORG, position)
        self._index.add([replace(row, offset=row.offset + by)])

    def must(self, *transactions: bytes) -> None:
        results = submit(self.ledger, transactions)
        assert all(result.ok for result in results), results

    def admit(self, terminal: SimTerminal) -> None:
        """Enrol the terminal with a group of its own, and let metro certify it from the start on."""
        name = terminal.name
        named = tuple(replace(d, id=f"{name}/{d.id}", terminal=name) for d in self.definitions)
        self._groups[name] = (name, named)
        self.must(self.owner.enrol(terminal), self.owner.define(name, *named))
        self.must(self.inspector.certify(terminal, START, START + 400 * DAY))

    def frame(
        self,
        terminal: SimTerminal | None = None,
        *,
        edit: Edit | None = None,
        key: Signer | None = None,
        advance: bool = True,
    ) -> bytes:
        """The terminal's next frame; without `advance` the frame after it has the same number."""
        terminal = terminal or self.terminal
        number, start, prev = self._framed.get(terminal.name, (FIRST_NUMBER, START + DAY, NO_FRAME))
        window = Interval(start, start + 15 * MINUTE)
        self.clock.advance_to(max(self.clock.now(), window.end))
        name, definitions = self._groups.get(terminal.name, (GROUP, self.definitions))
        columns = []
        for n, definition in enumerate(definitions):
            slots = slots_of(zone_calendar(definition.timezone, definition.day_begins), definition, window)
            values = 1000 * n + number.seq + np.arange(len(slots.starts), dtype=np.int64)
            columns.append(Column(definition.id, slots.starts, slots.ends, values, np.ones(len(values), np.uint8)))
        group = GroupSlots(name, 1, definitions_root(definitions), columns, sha256(b"window key"))
        signer = key or terminal.key
        sender = FrameSender(self.ledger.chain_id, ORG, terminal.name, 1, signer.public)
        context = sim_context(self.ledger.head(), window.end, Meter())
        _, upload = sign_edited(sim_frame(sender, number, prev, window, [group], context), signer, edit)
        if advance:
            self._framed[terminal.name] = (number.next(), window.end, parse_frame(upload).frame_id)
        return upload

    def offer(self, *uploads: bytes) -> AcceptedBatch:
        return self.acceptance.accept(uploads, self.clock.now())

    def accept(self, *uploads: bytes) -> list[Accepted]:
        """Offer frames of which none may be refused."""
        outcomes = self.offer(*uploads).outcomes
        assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
        return [outcome for outcome in outcomes if isinstance(outcome, Accepted)]

    def refusal(self, upload: bytes) -> VeriwattError:
        """The error that refuses the one frame offered."""
        (outcome,) = self.offer(upload).outcomes
        assert isinstance(outcome, VeriwattError), outcome
        return outcome

    def anchor(self) -> AnchorLeaf | None:
        return anchor_chain(self.chain, self.ledger, self.submit)

    def submit(self, body: Anchor) -> Result:
        return self.plan.call(lambda: submit(self.ledger, [self.owner.sign(body)])[0], reports=Unsettled)

    def leaves(self) -> list[AnchorLeaf]:
        """The anchors on the ledger."""
        with self.ledger.snapshot() as now:
            return list(AnchorLog(now, ORG).after(0))

    def leaf_of(self, upload: bytes) -> Digest:
        """What a receipt of this upload is verified for."""
        return parse_frame(upload).leaf

    def quarantined(self) -> list[str]:
        return self.disk.names(QUARANTINE / ORG)

    def close(self) -> None:
        self.index.close()
        self.ledger.close()


class _Founders:
    """The members of a ledger that has org, terminal and points: what a test of the log host does not look at."""

    def __init__(self, points: int) -> None:
        self.owner, self.inspector = SimMember(ORG, "ann"), SimMember("metro", "ida", Role.METROLOGY)
        self.genesis = sim_genesis(self.owner, self.inspector, SimMember("metro", "max"))
        self.definitions = tuple(sim_point(f"p{n:03}") for n in range(points))

    def set_up(self, ledger: Ledger) -> None:
        owner, terminal = self.owner, SimTerminal(ORG, "t1")
        granted = owner.grant_role("metro", Role.METROLOGY)
        independent = [granted, owner.open_log(), owner.define(GROUP, *self.definitions), owner.enrol(terminal)]
        certified = self.inspector.certify(terminal, START, START + 400 * DAY)
        results = submit(ledger, independent) + submit(ledger, [certified])
        assert all(result.ok for result in results), results


@lru_cache
def _founded(points: int) -> tuple[_Founders, bytes]:
    """The founders with their ledger's file, made once and copied."""
    founders, clock = _Founders(points), SimClock(START + DAY)
    with TemporaryDirectory() as folder:
        with create_ledger(Path(folder), founders.genesis, sim_validator(), clock) as ledger:
            founders.set_up(ledger)
        return founders, ledger_file(Path(folder)).read_bytes()
