"""The ledger's state that the rules for a frame read, cached until a newer block is made."""

from __future__ import annotations

from operator import attrgetter

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import Voids
from veriwatt.model.ledger.predecessor import Predecessor, log_chain_of, parse_line
from veriwatt.model.ledger.state_keys import PREDECESSORS, ROOT_LOG
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.points import Points
from veriwatt.verify.frame_checks import check_slots

CACHED = 1 << 14
"""Root-log leaves, and passed checks of slots, that are cached at most: some 400 bytes each, in every process."""

_definition_root = attrgetter("definition_root")


class LedgerCache:
    """A `FrameLedger` over a ledger at `height`; `refresh` drops what a newer block may have changed."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.points, self.chain_id = ledger, Points(ledger), ledger.chain_id
        self._line: tuple[Predecessor, ...] | None = None
        self.height = -1
        self._passports: dict[tuple[str, str], Passport] = {}
        self._voids: dict[str, dict[str, Voids]] = {}
        self._root_log: dict[int, Digest] = {}
        self._passed_slots: set[tuple[object, ...]] = set()

    @property
    def line(self) -> tuple[Predecessor, ...]:
        """The ledgers that this one continues, the eldest first."""
        if self._line is None:
            self._line = parse_line(self.ledger.get(PREDECESSORS))
        return self._line

    @property
    def log_chain(self) -> str:
        """The chain id in the names of the ledger's data-chain logs."""
        return log_chain_of(self.chain_id, self.line)

    def refresh(self) -> int:
        """Answer from the ledger's newest state from now on, and return its height; called before each batch."""
        height = self.ledger.head().height
        if height != self.height:
            self._passports.clear()
            self._voids.clear()
            self._line, self.height = None, height
        return height

    def passport(self, org: str, terminal: str) -> Passport:
        """NotFound when the terminal is not enrolled."""
        found = self._passports.get((org, terminal))
        if found is None:
            found = queries.passport(self.ledger, org, terminal)
            if found is None:
                raise NotFound(f"no terminal {terminal!r} of org {org!r} is enrolled on this ledger")
            self._passports[org, terminal] = found
        return found

    def voids(self, org: str) -> dict[str, Voids]:
        """The void numbers of an org's terminals; a terminal without any is not in it."""
        found = self._voids.get(org)
        if found is None:
            found = self._voids[org] = queries.voids(self.ledger, org)
        return found

    def root_log_leaf(self, size: int) -> Digest:
        """The newest leaf's hash when the root log had `size` leaves; NotFound when it never had."""
        found = self._root_log.get(size)
        if found is None:
            if len(self._root_log) >= CACHED:
                self._root_log.clear()
            with self.ledger.snapshot() as now:
                found = leaf_hash(now.log_leaf(ROOT_LOG, size - 1))
            self._root_log[size] = found
        return found

    def check_slots(self, frame: Frame) -> None:
        """As `FrameLedger.check_slots`. A version never changes, so a check that passed once is not repeated."""
        place = frame.place
        check = (frame.template, place.start, place.end, *map(_definition_root, frame.sealed))
        if check in self._passed_slots:
            return
        check_slots(frame, self)
        if len(self._passed_slots) >= CACHED:
            self._passed_slots.clear()
        self._passed_slots.add(check)

    def group_points(self, org: str, group: str, n: int, root: bytes) -> GroupPoints:
        """Version `n` of a group, if it has this root; NotFound when none is registered."""
        return self.points.stated(org, group, n, root)
