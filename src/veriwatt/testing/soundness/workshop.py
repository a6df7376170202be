"""The adversary's workshop: an honest ledger in a folder, and every key of org acme.

    shop = Workshop(folder, START)
    shop.define("plant", days, [definition ...], effective_from)      what the machine accepts is in `shop.versions`
    shop.append(sign_draft(draft, shop.keys["t1"]))                   any leaf
    shop.anchor(at)

Nothing is checked but by the ledger itself. What happened is kept for the ground truth in `versions` and `anchored`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from weakref import finalize

from veriwatt.encoding import Value, encode
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.membership.new_ledger import trust_of
from veriwatt.merkle.compact_range import subtrees_between
from veriwatt.merkle.tree import Leaves, leaf_hash, tree_root
from veriwatt.model.chain.anchor import Anchor
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.signing import unsigned_envelope
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.register_record import ConfirmStep, ReadStep
from veriwatt.ports.ledger import Result, submit
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.soundness.cast import Cast, Deed, Detail
from veriwatt.testing.soundness.drafts import SignedFrame
from veriwatt.testing.soundness.naive_calendar import DAY, SECOND, Days
from veriwatt.testing.soundness.raw_bodies import RawEquivocation, RawPoints, RawVoid

ORG = "acme"
TERMINALS = ("t1", "t2")


@dataclass(frozen=True, slots=True)
class Registered:
    """A group version that the machine accepted; `definitions` are fields by name, in the order of the version."""

    group: str
    n: int
    key_window: str
    days: Days
    effective_from: int
    registered_at: int
    definitions: tuple[dict[str, Value], ...]

    @property
    def root(self) -> Digest:
        return tree_root(self.leaves)

    @property
    def leaves(self) -> list[Digest]:
        return [leaf_hash(encode(list(each.values()))) for each in self.definitions]

    def index(self, point: str) -> int:
        return [each["id"] for each in self.definitions].index(point)


class Anchored(NamedTuple):
    """When the ledger took a frame: the height of the anchor's block, and the time in that block's header."""

    height: int
    time: int


class Workshop:
    """Everything that belongs to acme, in the hands of one who owns it all; metro, by vote, certifies terminal t1."""

    def __init__(self, folder: Path, begins: int, cast: Cast | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.clock, self.cast = SimClock(START), cast or Cast()
        self.owner = self.cast.member(ORG)
        self.genesis = self.cast.genesis()
        self.ledger = create_ledger(folder, self.genesis, sim_validator(), self.clock)
        finalize(self, self.ledger.close)
        self.terminals = {name: SimTerminal(ORG, name) for name in TERMINALS}
        self.versions: list[Registered] = []
        self.frames: list[SignedFrame] = []
        self.anchored: list[Anchored] = []
        self.deeds: list[Deed] = []
        self.voided: dict[tuple[str, int, int], int] = {}
        self.voided_frames: dict[tuple[str, int, int], str] = {}
        self.contradicted: dict[tuple[str, int, int], int] = {}
        self.clock.advance_to(begins)
        for block in self.cast.admissions():
            self.must(*block)
        enrolled = self.submit(*(self.owner.enrol(each) for each in self.terminals.values()))
        self.enrolled = self.header_time(enrolled[0].height)
        self.must(self.owner.open_log())
        for founder in self.cast.founders:
            self.vote(self.cast.member(founder), "metro", Role.METROLOGY)
        self.certify(self.cast.member("metro", Role.METROLOGY), "t1", begins, begins + 200 * DAY)

    @property
    def now(self) -> int:
        return self.clock.now()

    def submit(self, *transactions: bytes) -> tuple[Result, ...]:
        """The results of a block with these transactions, a second later."""
        self.clock.advance_to(self.clock.now() + SECOND)
        return submit(self.ledger, transactions)

    def must(self, *transactions: bytes) -> None:
        results = self.submit(*transactions)
        if not all(result.ok for result in results):
            raise RuntimeError(f"an honest transaction was refused: {results}")

    def define(
        self, group: str, key_window: str, days: Days, definitions: Sequence[dict[str, Value]], effective_from: int
    ) -> Result:
        """Try to register the next version of a group."""
        records: list[Value] = [list(each.values()) for each in definitions]
        calendar: list[Value] = list(days.fields())
        (result,) = self.submit(self.owner.sign(RawPoints([group, key_window, effective_from, calendar, records])))
        if result.ok:
            n = 1 + sum(each.group == group for each in self.versions)
            registered = Registered(
                group, n, key_window, days, effective_from, self.header_time(result.height), tuple(definitions)
            )
            self.versions.append(registered)
        return result

    def version(self, group: str, n: int) -> Registered | None:
        return next((each for each in self.versions if (each.group, each.n) == (group, n)), None)

    def append(self, frames: Iterable[SignedFrame]) -> None:
        self.frames += frames

    def anchor(self, at: int) -> Anchored:
        """Anchor all frames of the chain; the header of the block has the time `at`, or the ledger's next."""
        self.clock.advance_to(max(at, self.clock.now()))
        leaves, old = Leaves([frame.leaf for frame in self.frames]), len(self.anchored)
        name = sha256(b"%d" % len(self.frames)).digest()
        subtrees = subtrees_between(leaves, old, len(self.frames))
        body = Anchor(old, len(self.frames), subtrees, ObjectId(name), Digest(name))
        (result,) = submit(self.ledger, [self.owner.sign(body)])
        if not result.ok:
            raise RuntimeError(f"the anchor was refused: {result}")
        added = Anchored(result.height, self.header_time(result.height))
        self.anchored += [added] * (len(self.frames) - old)
        return added

    def vote(self, by: SimMember, org: str, role: Role) -> Result:
        return self._deed("vote", by, org, by.grant_role(org, role), role.value)

    def certify(self, by: SimMember, terminal: str, begins: int, ends: int) -> Result:
        return self._deed("certify", by, terminal, by.certify(self.terminals[terminal], begins, ends), begins, ends)

    def report(self, by: SimMember, terminal: str, since: int) -> Result:
        """Report the key of a terminal compromised."""
        return self._deed("report", by, terminal, by.report_compromised(self.terminals[terminal], since), since)

    def answer(self, by: SimMember, terminal: str) -> Result:
        return self._deed("answer", by, terminal, by.answer(self.terminals[terminal], "it is not"))

    def confirm(self, by: SimMember, point: str, named: ReadStep) -> Result:
        """Confirm the implausible step of a register between two readings."""
        return self._deed("confirm", by, point, by.sign(ConfirmStep(ORG, point, named)), named)

    def retire(self, frame: SignedFrame) -> Result:
        """Retire the terminal of a frame, with this frame as its last."""
        draft = frame.draft
        last = FrameRef(draft.terminal, FrameNumber(draft.epoch, draft.seq), FrameId(frame.frame_id))
        retired = self.owner.retire(self.terminals[draft.terminal], last)
        return self._deed("retire", self.owner, draft.terminal, retired, (draft.epoch, draft.seq), frame.frame_id)

    def _deed(self, what: str, by: SimMember, about: str, transaction: bytes, *details: Detail) -> Result:
        (result,) = self.submit(transaction)
        height, time = result.height, self.header_time(result.height)
        self.deeds.append(Deed(what, by.org, by.role, about, details, height, time))
        return result

    def contradict(self, one: SignedFrame, other: SignedFrame) -> Result:
        """Submit two headers of one number."""
        number = (one.draft.terminal, one.draft.epoch, one.draft.seq)
        body: list[Value] = [ORG, one.draft.terminal, self._signed(one), self._signed(other)]
        (result,) = self.submit(self.cast.member("city").sign(RawEquivocation(body)))
        if result.ok:
            self.contradicted[number] = result.height
        return result

    def void(self, frame: SignedFrame) -> Result:
        """Give up the number of a frame."""
        draft = frame.draft
        body: list[Value] = [draft.terminal, self._signed(frame), "refused for good"]
        (result,) = self.submit(self.owner.sign(RawVoid(body)))
        if result.ok:
            self.voided[draft.terminal, draft.epoch, draft.seq] = result.height
            self.voided_frames[draft.terminal, draft.epoch, draft.seq] = frame.frame_id.hex()
        return result

    def _signed(self, frame: SignedFrame) -> list[Value]:
        key = self.terminals[frame.draft.terminal].key.public
        return [unsigned_envelope(frame.header, key).protected, frame.header, frame.signature]

    def header_time(self, height: int) -> int:
        """The time in the header of a block, from the block itself."""
        return self.ledger.light_block(height).header.time_ms

    def trust(self) -> Trust:
        return trust_of(self.ledger, self.genesis, self.clock.now())
