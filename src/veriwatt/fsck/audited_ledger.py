"""Passports, root-log leaves and groups of an audited ledger, cached for the checks of one run."""

from __future__ import annotations

from functools import cache
from itertools import islice

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import Voids
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.points import Points
from veriwatt.verify.frame_checks import check_slots

PAGE = 1024
"""Root-log leaves cached at a time; frames name them in ascending order."""


class AuditedLedger:
    """A `FrameLedger` for the checks of one run."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.points, self.chain_id = ledger, Points(ledger), ledger.chain_id
        self._passports: dict[tuple[str, str], Passport] = {}
        self._page, self._leaves = -1, list[Digest]()

    def passport(self, org: str, terminal: str) -> Passport:
        """NotFound when the terminal is not enrolled."""
        found = self._passports.get((org, terminal)) or queries.passport(self._ledger, org, terminal)
        if found is None:
            raise NotFound(f"no terminal {terminal!r} of org {org!r} is enrolled on the ledger")
        self._passports[org, terminal] = found
        return found

    @cache  # noqa: B019 - it lives for one run
    def voids(self, org: str) -> dict[str, Voids]:
        """The void numbers of an org's terminals; a terminal without any is not in it."""
        return queries.voids(self._ledger, org)

    def passports(self, org: str) -> list[Passport]:
        return list(queries.passports(self._ledger, org))

    def root_log_leaf(self, size: int) -> Digest:
        """The hash of leaf `size` - 1 of the root log; NotFound when the log is shorter."""
        page, at = divmod(size - 1, PAGE)
        if page != self._page or at >= len(self._leaves):
            self._page = page
            with self._ledger.snapshot() as now:
                leaves = islice(now.log_leaves(ROOT_LOG, page * PAGE), PAGE)
                self._leaves = [leaf_hash(leaf) for leaf in leaves]
        if at >= len(self._leaves):
            raise NotFound(f"the root log never had {size} leaves")
        return self._leaves[at]

    def group_points(self, org: str, group: str, n: int, root: bytes) -> GroupPoints:
        """Version `n` of a group, if it has this root; NotFound when none is registered."""
        return self.points.stated(org, group, n, root)

    def check_slots(self, frame: Frame) -> None:
        """As `FrameLedger.check_slots`."""
        check_slots(frame, self)
