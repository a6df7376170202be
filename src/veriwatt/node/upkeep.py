"""What a running node does with its data chains beside accepting: it anchors, reports, renews and marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from veriwatt.home.ledger_engine import CometEngine
from veriwatt.home.settings import Settings
from veriwatt.ledger.open_ledger import CopiedLedger
from veriwatt.loghost.org_log import OrgLog
from veriwatt.machine.members.queries import suspension
from veriwatt.membership.calendar_renewal import due_renewals
from veriwatt.membership.member_client import MemberClient
from veriwatt.node.chain_lock import ChainLock
from veriwatt.node.clock_check import check_clock
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.reading.explorer.halt import LedgerHalted, check_goes_on
from veriwatt.store.high_water import MARK_EVERY
from veriwatt.system.disk_errors import DiskFull, full_disk
from veriwatt.units import DAY, SECOND, UtcMillis

RENEW_EVERY = DAY
"""Milliseconds between two looks at the calendars of an org's groups."""

TELL_EVERY = 30 * SECOND
"""Milliseconds between two lines of the log about frames that are still missing."""


UNREADY_AGAIN = 5 * SECOND
"""Milliseconds until frames are tried again of which the ledger's time has reached none: a follower waits for a block
that others make."""


class Upkeep:
    """Used by the keeping thread, which takes the chain lock where it uses a chain."""

    def __init__(
        self,
        org_logs: Mapping[str, OrgLog],
        lock: ChainLock,
        ledger: LedgerEngine,
        member_client: Callable[[str], MemberClient],
        settings: Settings,
        clock: Clock,
        waiting: dict[str, UtcMillis],
        folder: Path,
    ) -> None:
        """`folder` has the ledger's files.

        `waiting` says since when frames of an org are to be anchored; it outlives this, and is kept up to date. Else
        every command that uses the home for a moment would let all frames wait anew.
        """
        self._org_logs, self._lock, self._ledger = org_logs, lock, ledger
        self._member_client, self._settings, self._clock = member_client, settings, clock
        self._folder, now = folder, clock.now()
        self._waiting = waiting
        for org, org_log in org_logs.items():
            if org_log.chain.size > org_log.chain.anchored_size:
                waiting.setdefault(org, now)
            else:
                waiting.pop(org, None)
        self._to_report = dict.fromkeys(org_logs, now)
        self._renewed_at = dict[str, UtcMillis]()
        self._marked_at = self._told_at = 0
        self._followed, self._looked_at = False, 0
        self._halt: LedgerHalted | DiskFull | None = None

    def has_grown(self, org: str) -> None:
        """Note that frames of the org are to be anchored; the caller holds the lock."""
        self._waiting.setdefault(org, self._clock.now())

    def caught(self, org: str) -> None:
        """Note that an equivocation is to be reported; the caller holds the lock."""
        self._to_report.setdefault(org, self._clock.now())

    def unanchored_since(self, org: str) -> UtcMillis | None:
        """Since when frames of the org wait to be anchored; None when none does."""
        return self._waiting.get(org)

    def waiting_since(self) -> UtcMillis | None:
        """Since when an anchor is due that is not on the ledger; None while none is, or it is not for want of blocks.

        A chain that is filled again, and one of an org that is suspended, is not anchored.
        """
        due = [
            since + self._settings.anchor_seconds * SECOND
            for org, since in list(self._waiting.items())
            if not self._org_logs[org].is_refilling and suspension(self._ledger, org) is None
        ]
        return min(due, default=None)

    def follow(self) -> None:
        """Note that a terminal asked for the newest head; callable from any thread."""
        self._followed = True

    def sign_fresh_head(self) -> None:
        """Let a fresh head be signed if a terminal asked for one since the last call."""
        if self._followed:
            self._followed = False
            self._ledger.sign_fresh_head()

    def anchor_due(self) -> list[str]:
        """The orgs, none that is suspended, whose unanchored frames are old or numerous enough for an anchor."""
        settings, now = self._settings, self._clock.now()
        if self._halt is not None:  # a transaction that was submitted waits already
            return []
        with self._lock.held():  # where the clock was set back, waiting begins anew
            self._waiting.update({org: min(since, now) for org, since in self._waiting.items()})
            return [
                org
                for org, since in self._waiting.items()
                if not self._org_logs[org].is_refilling and suspension(self._ledger, org) is None
                if now - since >= settings.anchor_seconds * SECOND or self._unanchored(org) >= settings.anchor_frames
            ]

    def anchor(self, org: str) -> int:
        """Anchor the frames of the org that are ready; final on return. Returns the anchored size of its chain."""
        org_log = self._org_logs[org]
        with self._lock.held():  # free while the ledger makes the block
            before = org_log.chain.anchored_size
            size = org_log.anchor()
            if size == org_log.chain.size:
                self._waiting.pop(org, None)
            else:
                wait = self._settings.anchor_seconds * SECOND
                again = wait if size > before else min(wait, UNREADY_AGAIN)
                self._waiting[org] = self._clock.now() - wait + again
        return size

    def waiting(self) -> list[str]:
        """The orgs with accepted frames that are not anchored yet; none while the ledger has halted."""
        return [] if self._halt is not None else list(self._waiting)

    def check_acknowledged(self) -> None:
        """Raise ChainBehind or ChainForked once a terminal has shown that the node must not go on."""
        for org_log in self._org_logs.values():
            org_log.check()

    def keep_high_water(self) -> None:
        """Raise the high-water marks, at most every `MARK_EVERY`; raises Unavailable if one could not be stored."""
        now = self._clock.now()
        if 0 <= now - self._marked_at < MARK_EVERY:
            return
        for org_log in self._org_logs.values():
            with self._lock.held():
                org_log.keep_high_water()
        self._marked_at = now

    def refills_due(self) -> list[tuple[str, list[int], list[str]]]:
        """Of each org whose chain takes nothing new: the positions that nobody has sent again yet, and the terminals
        that have not been heard; once in `TELL_EVERY`.
        """
        now = self._clock.now()
        if 0 <= now - self._told_at < TELL_EVERY:
            return []
        self._told_at = now
        with self._lock.held():
            return [
                (org, org_log.missing(), org_log.unheard())
                for org, org_log in self._org_logs.items()
                if org_log.holds_new
            ]

    def reports_due(self) -> list[str]:
        """The orgs whose log host may have equivocations to submit, and last tried `anchor_seconds` ago."""
        now = self._clock.now()
        due = now - self._settings.anchor_seconds * SECOND
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
                    self.caught(org)

    def check_ledger(self) -> None:
        """Raise Corrupted once the ledger was moved away or replaced.

        Of one that is followed, raise Unavailable once its head is stale, or while no peer gives a newer one.
        """
        self._ledger.check_in_place()
        if isinstance(self._ledger, CopiedLedger):
            self._ledger.check_followed()

    def check_goes_on(self) -> None:
        """Raise LedgerHalted while a network of validators makes no blocks: until it does, nothing is anchored.

        Where the disk of this node's own ledger is full, DiskFull is raised: the network may go on, this node does not.
        It looks once a second, at the ledger of a validator's node: whoever follows is told of a stale head.
        """
        if not isinstance(self._settings.engine, CometEngine):
            return
        now = self._clock.now()
        if not 0 <= now - self._looked_at < SECOND:
            self._looked_at, self._halt = now, full_disk(self._folder)
            try:
                if self._halt is None:
                    check_goes_on(self._ledger, now)
            except LedgerHalted as halt:
                self._halt = halt
        if self._halt is not None:
            raise self._halt

    def check_clock(self) -> None:
        """Raise ClockSetBack while the clock is behind the newest block: no block is made in the past."""
        check_clock(self._clock.now(), self._ledger.head().time)

    def calendars_due(self) -> list[str]:
        """The orgs whose groups' calendars were last looked at a day ago, or never by this process."""
        due = self._clock.now() - RENEW_EVERY
        return [org for org in self._org_logs if self._renewed_at.get(org, due) <= due]

    def renew_calendars(self, org: str) -> list[str]:
        """Register the versions of the org's groups whose calendars are to be renewed; returns these groups.

        What cannot be registered is tried again a day later.
        """
        now = self._renewed_at[org] = self._clock.now()
        bodies = due_renewals(self._ledger, org, max(now, self._ledger.head().time))
        if bodies:
            self._member_client(org).submit(*bodies)
        return [body.group for body in bodies]

    def _unanchored(self, org: str) -> int:
        chain = self._org_logs[org].chain
        return chain.size - chain.anchored_size
