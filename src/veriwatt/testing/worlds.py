"""A consortium small enough for a test: an embedded ledger, one org's data chain in a list, and a terminal.

    world = SimWorld(folder)
    world.day(0)                           a frame of day 0, signed and in the chain
    world.anchor()
    raw = world.evidence(0, 41).to_bytes()

Attacks are one-line edits of what a world makes: a frame's header, key or columns, a transaction, or the
parts of the evidence. `SimWorld` takes no part in what it lets an attacker do: nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import finalize

import numpy as np

from veriwatt.crypto.sealing import content_keys
from veriwatt.crypto.signing import Protection, Signer
from veriwatt.ids import Digest, FrameId
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.machine.terminals.queries import group_version, newest_version
from veriwatt.membership.new_ledger import trust_of
from veriwatt.merkle.tree import Leaves, leaf_hash, path_of
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.slots import slots_of
from veriwatt.model.evidence.disclosure import ColumnPart, DefinitionPart, DefinitionPlace, DisclosedLeaf
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.period_claim import ClaimedPeriod, PeriodClaim
from veriwatt.model.evidence.reading_claim import ClaimedSlot, ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.build import FrameSender, GroupSlots
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Column
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import Meter, Origin
from veriwatt.model.frames.sealed_group import FrameIdentity, disclose
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints, definitions_root
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.ports.key_agent import Purpose
from veriwatt.ports.ledger import LedgerEngine, submit
from veriwatt.reading.evidence.build import build_reading_evidence, disclose_frames, evidence_file, prove_claim
from veriwatt.reading.evidence.frame_proof import include_frames
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_key, sim_point, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.frames import Edit, sign_edited, sim_context, sim_frame
from veriwatt.testing.key_agent import FixedKeyAgent
from veriwatt.units import DAY, HOUR, MINUTE, SECOND, Decimal10, Interval, UtcMillis

PLANT, OFFICE = "plant", "office"
ZONE_OFFSET = 8 * HOUR
FIRST_DAY: UtcMillis = START + DAY - ZONE_OFFSET
"""The local midnight at +08:00 with which day 0 of a world begins."""


@dataclass(frozen=True, slots=True)
class Made:
    """One frame of a world: its number, signed header and upload."""

    position: int
    header: FrameHeader
    upload: bytes


class SimChain:
    """A data chain in memory: uploads in order, each leaf hashed when a path is asked for."""

    def __init__(self) -> None:
        self.uploads: list[bytes] = []

    def upload(self, position: int) -> bytes:
        return self.uploads[position]

    def reader(self) -> Leaves:
        return Leaves(self.leaves())

    def leaves(self) -> list[Digest]:
        return [parse_frame(upload).leaf for upload in self.uploads]


class SimWorld:
    """Org acme with a terminal of two groups of 15-minute points at +08:00, which metro may certify.

    The founders acme and city granted metro, the third founder, the role metrology.

    Args:
        folder: where the ledger's file goes.
        name: of the ledger; worlds of one name and the same members have one chain id.
        points: of group "plant": "meter 0", "meter 1" ... Group "office" has two, "room 0" and "room 1".
        founder: name of acme's first member; with another one the genesis, and so the chain id, is another.
        certifier: the org that certifies the terminal from the start on, "metro" or "acme"; "" for none.
        origin: what every frame's values come from.
        protection: how the terminal's key is kept, as its passport says.
        key: of the terminal; by default one made from its name, with `protection`.
        founders: how many of acme, metro and city, in this order, found the ledger; it has no others.
        start: when the world's clock begins.
        network: starts a network of four validators in place of the ledger of one, and gives a node of it.
    """

    def __init__(
        self,
        folder: Path,
        name: str = "sim",
        *,
        points: int = 7,
        founder: str = "ann",
        certifier: str = "metro",
        origin: Origin | None = None,
        protection: Protection = Protection.TPM,
        key: Signer | None = None,
        founders: int = 3,
        start: UtcMillis = START,
        network: Callable[[Genesis], LedgerEngine] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = SimClock(start)
        self.owner = SimMember("acme", founder)
        self.metro = SimMember("metro", "max", Role.OWNER)
        self.inspector, self.city = SimMember("metro", "ida", Role.METROLOGY), SimMember("city", "cora")
        self.terminal = SimTerminal("acme", "t1", key or sim_key("terminal acme/t1", protection))
        self.founders = (self.owner, self.metro, self.city)[:founders]
        inspector = [self.inspector] if self.metro in self.founders else []
        if network is None:
            self.genesis = sim_genesis(*self.founders, *inspector, name=name)
            self.ledger = create_ledger(folder, self.genesis, sim_validator(), self.clock)
        else:
            self.genesis = sim_genesis(*self.founders, *inspector, name=name, validators=4, parameters=CONSORTIUM)
            self.ledger = network(self.genesis)
        finalize(self, self.ledger.close)  # a test that drops its world leaves no open file
        self.groups = {
            PLANT: tuple(sim_point(f"meter {n}") for n in range(points)),
            OFFICE: tuple(sim_point(f"room {n}") for n in range(2)),
        }
        self.chain, self.agent = SimChain(), FixedKeyAgent()
        self.frames: list[Made] = []
        self.anchored, self.passport_version = 0, 1
        self.origin: Origin = origin or Meter()
        voters = [each for each in self.founders if inspector and each is not self.metro]
        votes = [each.grant_role("metro", Role.METROLOGY) for each in voters]
        self.must(*votes, self.owner.open_log(), self.owner.enrol(self.terminal))
        self.must(*(self.define(group) for group in self.groups))
        if certifier:
            signer = {"metro": self.inspector, "acme": self.owner}[certifier]
            self.must(signer.certify(self.terminal, START, START + 365 * DAY))

    def must(self, *transactions: bytes) -> None:
        """A block with these transactions, all accepted, a second later."""
        self.clock.advance_to(self.clock.now() + SECOND)
        results = submit(self.ledger, transactions)
        assert all(result.ok for result in results), results

    def day(self, number: int, *, key: Signer | None = None, edit: Edit | None = None) -> Made:
        """The frame of local day `number`, in the chain; `edit` changes its header before `key` signs it."""
        self.clock.advance_to(max(self.clock.now(), FIRST_DAY + (number + 1) * DAY + MINUTE))
        made = self.made(self.window(number), self.columns(number), key=key, edit=edit)
        self.append(made)
        return made

    def append(self, made: Made) -> None:
        self.frames.append(made)
        self.chain.uploads.append(made.upload)

    def made(
        self,
        window: Interval,
        columns: Mapping[str, Sequence[Column]],
        *,
        key: Signer | None = None,
        edit: Edit | None = None,
        replaces: tuple[FrameId, ...] = (),
    ) -> Made:
        """A frame of these columns by group that follows the newest one, not yet in the chain."""
        number = FrameNumber(1, len(self.frames) + 1)
        prev = NO_FRAME if not self.frames else parse_frame(self.frames[-1].upload).frame_id
        groups = [
            GroupSlots(
                name,
                self.version_of(name, window.start),
                definitions_root(self.groups[name]),
                own,
                self.key_at(name, window.start),
                replaces,
            )
            for name, own in columns.items()
        ]
        signer = key or self.terminal.key
        sender = FrameSender(self.ledger.chain_id, "acme", "t1", self.passport_version, signer.public)
        context = sim_context(self.ledger.head(), self.clock.now(), self.origin)
        header, upload = sign_edited(sim_frame(sender, number, prev, window, groups, context), signer, edit)
        return Made(len(self.chain.uploads), header, upload)

    def version_of(self, group: str, t: UtcMillis) -> int:
        """The newest version with the group's definitions that had begun by `t`; 1 if there is none."""
        newest, root = newest_version(self.ledger, "acme", group), definitions_root(self.groups[group])
        for n in range(newest.n if newest else 0, 0, -1):
            version = group_version(self.ledger, "acme", group, n)
            if version is not None and version.root == root and version.effective_from <= t:
                return n
        return 1

    def anchor(self) -> None:
        """Anchor everything in the chain, a minute later."""
        self.clock.advance_to(self.clock.now() + MINUTE)
        self.must(self.owner.anchor(self.chain.leaves(), self.anchored))
        self.anchored = len(self.chain.uploads)

    def window(self, number: int) -> Interval:
        return Interval(FIRST_DAY + number * DAY, FIRST_DAY + (number + 1) * DAY)

    def columns(self, number: int, *, status: Status = Status.MEASURED) -> dict[str, list[Column]]:
        """The values of day `number` by group: each slot's own, so that none is mistaken for another."""
        return {group: self.group_columns(group, self.window(number), status=status) for group in self.groups}

    def group_columns(self, group: str, window: Interval, *, status: Status = Status.MEASURED) -> list[Column]:
        columns = []
        for at, definition in enumerate(self.groups[group]):
            slots = slots_of(self.calendar(group), definition, window)
            values = 10_000 + 1000 * at + 3 * ((slots.starts - FIRST_DAY) // (15 * MINUTE))
            codes = np.full(len(values), status, np.uint8)
            columns.append(Column(definition.id, slots.starts, slots.ends, values, codes))
        return columns

    def slot_start(self, day: int, slot: int) -> UtcMillis:
        return FIRST_DAY + day * DAY + slot * 15 * MINUTE

    def claim(self, day: int, slot: int, point: str = "meter 0") -> ClaimedSlot:
        return ClaimedSlot("acme", point, self.slot_start(day, slot))

    def evidence(
        self, day: int, slot: int, point: str = "meter 0", *, position: int | None = None
    ) -> Evidence[ReadingClaim]:
        """Verified evidence of a slot of the frame at `position`, by default that of the day."""
        at = day if position is None else position
        built = build_reading_evidence(self.ledger, self.chain, self.agent, self.claim(day, slot, point), at)
        evidence_file(built)
        return built

    def period(
        self, point: str, period: Interval, positions: Sequence[int], context: Interval | None = None
    ) -> Evidence[PeriodClaim]:
        """Evidence of a period's figure from the frames at `positions`; not verified."""
        claimed = ClaimedPeriod("acme", point, period, context or period)
        return disclose_frames(self.ledger, self.chain, self.agent, claimed, positions)

    def shown(self, made: Made, columns: Sequence[Column], slot: ClaimedSlot) -> Evidence[ReadingClaim]:
        """Evidence that discloses these columns as group "plant" of a frame, whatever it holds; not verified."""
        frame, definitions = parse_frame(made.upload), self.groups[PLANT]
        identity = FrameIdentity.of(made.header, 1)
        keys = content_keys(self.key_at(PLANT, made.header.window.start), identity.context(PLANT))
        at = [definition.id for definition in self.groups[PLANT]].index(slot.point)
        number = int(np.searchsorted(columns[at].starts, slot.start)) // SLOTS_IN_LEAF
        found = disclose(columns, keys, slot.point, range(number, number + 1))
        leaves = tuple(DisclosedLeaf.of(leaf, salt) for leaf, salt in found.leaves)
        envelope = frame.envelope
        place = DefinitionPlace(at, path_of([leaf_hash(each.to_bytes()) for each in definitions], at))
        claim = ReadingClaim(slot, DefinitionPart(definitions[at], (place,)), ColumnPart(leaves, found.hashes))
        part = FramePart(envelope.payload, envelope.signature, PLANT, made.position)
        with self.ledger.snapshot() as now:
            included = include_frames(now, self.chain, "acme", [made.position])
            return prove_claim(now, self.ledger.chain_id, claim, [part], included)

    def trust(self) -> Trust:
        return trust_of(self.ledger, self.genesis, self.clock.now())

    def define(self, group: str, effective_from: UtcMillis = FIRST_DAY) -> bytes:
        """The next version of a group, with the definitions that the world now has for it."""
        return self.owner.sign(
            DefinePoints(group, KeyWindow.DAY, effective_from, self.calendar(group), self.groups[group])
        )

    def key_at(self, group: str, t: UtcMillis) -> bytes:
        number = self.calendar(group).key_window(KeyWindow.DAY, t)
        return self.agent.window_key("acme", group, number, Purpose.SEAL)

    def calendar(self, group: str) -> Calendar:
        definition = self.groups[group][0]
        return zone_calendar(definition.timezone, definition.day_begins)

    def close(self) -> None:
        self.ledger.close()


def redefined(definition: PointDefinition) -> PointDefinition:
    """The point as another meter would have it: a different multiplier."""
    return replace(definition, multiplier=Decimal10(2, 0))
