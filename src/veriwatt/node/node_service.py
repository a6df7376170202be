"""The node behind the API: it accepts frames, anchors them when due, and projects them into the readings view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock, local

from veriwatt.api.api_node import ChainState, FrameOutcome, NewestFrame, SentAgainOutcome
from veriwatt.energy.factors import FactorTable
from veriwatt.errors import Corrupted, NotFound, Unavailable, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.open_ledger import open_reader
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.chain_proofs import check_seen, prove_anchored, prove_one_history
from veriwatt.loghost.checker_pool import CheckerPool
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.org_log import OrgLog
from veriwatt.membership.calendar_renewal import due_renewals
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.points.point import PointDefinition
from veriwatt.node.chain_lock import SharedChain
from veriwatt.node.clock_check import check_clock
from veriwatt.node.frame_outcomes import by_org, outcomes_of, refusals
from veriwatt.node.home import Home
from veriwatt.node.troubles import Troubles
from veriwatt.node.view_keeper import ViewKeeper
from veriwatt.ports.key_agent import Purpose
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.reading.evidence.period_file import period_file
from veriwatt.reading.project import project
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.store.high_water import MARK_EVERY
from veriwatt.units import DAY, SECOND, Interval, UtcMillis
from veriwatt.verify.frame_checks import CheckedFrame, verify_sender
from veriwatt.verify.frame_refusals import Equivocation

PROJECTED_AT_ONCE = 64
"""Frames projected into the readings view in one call, so that other calls do not wait long."""

PROJECT_EVERY = SECOND
"""Milliseconds between two projections, unless frames wait."""

RENEW_EVERY = DAY
"""Milliseconds between two looks at the calendars of an org's groups."""


TELL_EVERY = 30 * SECOND
"""Milliseconds between two lines of the log about frames that are still missing."""


class NodeService:
    """`api.ApiNode` over a home, for three kinds of threads: docs/adr/0037.

    One thread calls `begin` and `finish`, one the methods that anchor, report, renew and project; any number of threads
    read, each question inside `reading`. The chains are used under the home's chain lock.
    """

    def __init__(
        self, root: Path, troubles: Troubles | None = None, *, refill: bool = False, rebuild: bool = False
    ) -> None:
        """Lock the home, and recover every chain.

        With `refill` also one that lost acknowledged frames; with `rebuild` after deleting what is derived from the
        objects.
        """
        self._home, self._troubles = Home(root, refill=refill), troubles or Troubles()
        self._lock, self._local = self._home.chain_lock, local()
        try:
            if rebuild:
                self._home.delete_derived()
            now = self._home.clock.now()
            self._home.factor_tables(self._home.settings.org)  # a mistake in them is found now
            self._org_logs = {org: self._home.org_log(org) for org in self._home.orgs()}
            self._waiting: dict[str, UtcMillis] = {
                org: now for org, org_log in self._org_logs.items() if org_log.chain.size > org_log.chain.anchored_size
            }
            self._to_report = dict.fromkeys(self._org_logs, now)
            self._followed = False
            self._projected_at = self._marked_at = self._told_at = 0
            self._renewed_at = dict[str, UtcMillis]()
            helpers = self._home.settings.verify_processes
            self._checkers = CheckerPool(
                helpers, partial(open_reader, self._home.paths.ledger), self._home.ledger_cache
            )
            self._filling = Lock()
            self._views = ViewKeeper(self._home.paths.readings, self._home.ledger.chain_id)
            self._view_ledger = LedgerCache(self._home.ledger)
            self._opener = GroupOpener(self._view_ledger, self._home.keys.agent, Purpose.VIEW)
            self._viewed = dict.fromkeys(self._org_logs, 0)
            self._count_viewed()
            for org, org_log in self._org_logs.items():
                org_log.require_viewed(self._viewed[org])
        except BaseException:
            self._home.close()
            raise

    def close(self) -> None:
        self._checkers.close()
        self._views.close()
        self._home.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One question: inside the block this thread sees one state of the readings view."""
        with ExitStack() as stack:
            self._local.stack, self._local.view = stack, None
            yield

    @property
    def ledger(self) -> Ledger:
        return self._home.ledger

    @property
    def points(self) -> Points:
        return self._home.points

    @property
    def readings(self) -> ReadingsView:
        if self._local.view is None:
            self._local.view = self._local.stack.enter_context(self._views.reading())
        found: ReadingsView = self._local.view
        return found

    def take_in(self, accepted: Mapping[str, int]) -> int:
        if any(self._viewed[org] < size for org, size in accepted.items()):
            self._fill()
        return sum(max(0, size - self.readings.size(org)) for org, size in accepted.items())

    def factor_tables(self, org: str) -> tuple[FactorTable, ...]:
        return self._home.factor_tables(org)

    def now(self) -> UtcMillis:
        return self._home.clock.now()

    def orgs(self) -> list[str]:
        return list(self._org_logs)

    def begin(self, uploads: Sequence[bytes]) -> None:
        self._checkers.begin(uploads, self.now())

    def finish(self) -> list[FrameOutcome]:
        checked = self._checkers.finish()
        try:
            with self._lock.held():
                outcomes = self._finish(checked)
        except Unavailable as error:
            self._troubles.fails("accept", error)
            raise
        self._troubles.works("accept")
        return outcomes

    def _finish(self, checked: Sequence[CheckedFrame | VeriwattError]) -> list[FrameOutcome]:
        if len(self._org_logs) == 1:
            ((_, org_log),) = self._org_logs.items()
            return self._take(org_log, checked)
        outcomes: dict[int, FrameOutcome] = {}
        for org, places in by_org(checked).items():
            of_org = [checked[i] for i in places]
            found = self._take(self._org_logs[org], of_org) if org in self._org_logs else refusals(of_org)
            outcomes |= zip(places, found, strict=True)
        return [outcomes[i] for i in range(len(checked))]

    def proven_sender(self, upload: bytes) -> str | None:
        ledger_cache = self._home.ledger_cache
        ledger_cache.refresh()
        try:
            frame = parse_frame(upload)
            verify_sender(frame, ledger_cache)
        except Corrupted:
            raise
        except VeriwattError:
            return None
        org_log = self._org_logs.get(frame.org)
        newest = None if org_log is None else org_log.chain.tips.get(frame.terminal)
        return None if newest is None or frame.number < newest.number else f"{frame.org}/{frame.terminal}"

    def chains(self) -> list[ChainState]:
        return [
            ChainState(org, org_log.chain.size, org_log.chain.anchored_size, self._viewed[org], self._waiting.get(org))
            for org, org_log in self._org_logs.items()
        ]

    def newest_frame(self, org: str, terminal: str) -> NewestFrame | None:
        chain = self._org_logs[org].chain
        with self._lock.held():
            newest = chain.newest(terminal)
        return None if newest is None else NewestFrame(newest[0], newest[1].frame_id, newest[1].header)

    def anchored(self, org: str, position: int, size: int) -> AnchoredProof:
        return prove_anchored(self.ledger, self._chain(org), position, size)

    def one_history(self, org: str, old: int, new: int) -> tuple[Digest, ...]:
        return prove_one_history(self._chain(org), old, new)

    def evidence(self, org: str, point: str, start: UtcMillis) -> bytes:
        positions = self.readings.versions(org, point, start)
        if not positions:
            raise NotFound(f"point {point!r} has no slot that starts then")
        chain, agent, claim = self._shared(org), self._home.keys.agent, ClaimedSlot(org, point, start)
        return evidence_file(build_reading_evidence(self.ledger, chain, agent, claim, positions[-1]))

    def period_evidence(self, org: str, definition: PointDefinition, period: Interval) -> bytes:
        chain, agent = self._shared(org), self._home.keys.agent
        return period_file(self.ledger, chain, agent, self.readings, org, definition, period)

    def follow(self) -> None:
        self._followed = True

    def sign_fresh_head(self) -> None:
        """Let a fresh head be signed if a terminal asked for one since the last call."""
        if self._followed:
            self._followed = False
            self.ledger.sign_fresh_head()

    def trust_file(self) -> bytes:
        return self._home.files.read(self._home.paths.trust)

    def anchor_due(self) -> list[str]:
        """The orgs whose unanchored frames are old enough, or numerous enough, for an anchor."""
        settings, now = self._home.settings, self.now()
        with self._lock.held():  # where the clock was set back, waiting begins anew
            self._waiting = {org: min(since, now) for org, since in self._waiting.items()}
        return [
            org
            for org, since in self._waiting.items()
            if not self._org_logs[org].is_refilling
            if now - since >= settings.anchor_seconds * SECOND or self._unanchored(org) >= settings.anchor_frames
        ]

    def anchor(self, org: str) -> int:
        """Anchor the frames of the org that are ready; final on return. Returns the anchored size of its chain."""
        org_log = self._org_logs[org]
        with self._lock.held():  # free while the ledger makes the block
            size = org_log.anchor()
            if size == org_log.chain.size:
                self._waiting.pop(org, None)
            else:
                self._waiting[org] = self.now()
        return size

    def waiting(self) -> list[str]:
        """The orgs with accepted frames that are not anchored yet."""
        return list(self._waiting)

    def check_acknowledged(self) -> None:
        """Raise ChainBehind or ChainForked once a terminal has shown that the node must not go on."""
        for org_log in self._org_logs.values():
            org_log.check()

    def keep_high_water(self) -> None:
        """Raise the high-water marks, at most every `MARK_EVERY`; raises Unavailable if one could not be stored."""
        now = self.now()
        if 0 <= now - self._marked_at < MARK_EVERY:
            return
        for org_log in self._org_logs.values():
            with self._lock.held():
                org_log.keep_high_water()
        self._marked_at = now

    def missing_due(self) -> dict[str, list[int]]:
        """The positions that nobody has sent again yet, of each org where there are any; once in `TELL_EVERY`."""
        now = self.now()
        if 0 <= now - self._told_at < TELL_EVERY:
            return {}
        self._told_at = now
        with self._lock.held():
            found = {org: org_log.missing() for org, org_log in self._org_logs.items() if org_log.is_refilling}
        return {org: missing for org, missing in found.items() if missing}

    def check_seen(self, org: str, size: int) -> int:
        chain = self._chain(org)
        check_seen(chain, size)
        return chain.size

    def take_again(self, org: str, note: str | None, sent: Sequence[SentAgain]) -> SentAgainOutcome:
        self._chain(org)
        org_log = self._org_logs[org]
        with self._lock.held():
            before = org_log.chain.size
            batch = org_log.take_again(note, sent, self.now())
            if org_log.chain.size > before:
                self._waiting.setdefault(org, self.now())
            return SentAgainOutcome(batch.size, batch.note, outcomes_of(org_log, batch, before))

    def reports_due(self) -> list[str]:
        """The orgs whose log host may have equivocations to submit, and last tried `anchor_seconds` ago."""
        now = self.now()
        due = now - self._home.settings.anchor_seconds * SECOND
        return [org for org, since in list(self._to_report.items()) if not due < since <= now]

    def report_equivocations(self, org: str) -> None:
        """Submit the equivocations that the org's log host caught; what cannot be submitted yet is tried again."""
        with self._lock.held():  # free while the ledger makes a block: what is caught then waits for the next call
            self._to_report.pop(org)
            done = False
            try:
                done = self._org_logs[org].report_equivocations()
            finally:
                if not done:
                    self._to_report.setdefault(org, self.now())

    def check_clock(self) -> None:
        """Raise ClockSetBack while the clock is behind the newest block: no block is made in the past."""
        check_clock(self.now(), self.ledger.head().time)

    def calendars_due(self) -> list[str]:
        """The orgs whose groups' calendars were last looked at a day ago, or never by this process."""
        due = self.now() - RENEW_EVERY
        return [org for org in self._org_logs if self._renewed_at.get(org, due) <= due]

    def renew_calendars(self, org: str) -> list[str]:
        """Register the versions of the org's groups whose calendars are to be renewed; returns these groups.

        What cannot be registered is tried again a day later.
        """
        self._renewed_at[org] = self.now()
        bodies = due_renewals(self.ledger, org, max(self.now(), self.ledger.head().time))
        if bodies:
            self._home.member_client(org).submit(*bodies)
        return [body.group for body in bodies]

    def project(self) -> bool:
        """Project some frames into the readings view, at most every `PROJECT_EVERY`; returns whether more wait."""
        now = self.now()
        if 0 <= now - self._projected_at < PROJECT_EVERY:
            return False
        self._projected_at = now
        self._views.mend()
        more = self._fill()
        self._projected_at = 0 if more else now
        return more

    def _fill(self) -> bool:
        """Project some frames; returns whether more wait. Callable from any thread."""
        with self._filling:
            self._view_ledger.refresh()
            projected = [self._project(org) for org in self._org_logs]
        return max(projected, default=0) == PROJECTED_AT_ONCE

    def _project(self, org: str) -> int:
        """Project the org's next frames into the view; returns how many there were."""
        with self._views.writer() as view, self.ledger.snapshot() as now:
            chain, anchors, record = self._shared(org), AnchorLog(now, org), self.points.record
            done = project(chain, anchors, view, self._opener, record, PROJECTED_AT_ONCE)
            self._viewed[org] = view.size(org)
        return done.frames

    def _count_viewed(self) -> None:
        """Learn how many frames the view has, if it can be opened; `project` mends it otherwise."""
        with suppress(VeriwattError), self._views.writer() as view:
            self._viewed = {org: view.size(org) for org in self._org_logs}

    def _shared(self, org: str) -> SharedChain:
        return SharedChain(self._chain(org), self._lock)

    def _chain(self, org: str) -> DataChain:
        if org not in self._org_logs:
            raise NotFound(f"org {org} has no data chain on this node")
        return self._org_logs[org].chain

    def _unanchored(self, org: str) -> int:
        chain = self._org_logs[org].chain
        return chain.size - chain.anchored_size

    def _take(self, org_log: OrgLog, checked: Sequence[CheckedFrame | VeriwattError]) -> list[FrameOutcome]:
        before, now = org_log.chain.size, self.now()
        batch = org_log.accept_checked(checked, now)
        if org_log.chain.size > before:
            self._waiting.setdefault(org_log.org, now)
        if any(isinstance(outcome, Equivocation) for outcome in batch.outcomes):
            self._to_report.setdefault(org_log.org, now)
        return outcomes_of(org_log, batch, before)
