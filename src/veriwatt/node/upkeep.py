"""What a running node does with its data chains beside accepting: it anchors, reports, renews and marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from veriwatt.home.settings import Settings
from veriwatt.loghost.org_log import OrgLog
from veriwatt.membership.calendar_renewal import due_renewals
from veriwatt.membership.member_client import MemberClient
from veriwatt.node.chain_lock import ChainLock
from veriwatt.node.clock_check import check_clock
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.store.high_water import MARK_EVERY
from veriwatt.units import DAY, SECOND, UtcMillis

RENEW_EVERY = DAY
"""Milliseconds between two looks at the calendars of an org's groups."""

TELL_EVERY = 30 * SECOND
"""Milliseconds between two lines of the log about frames that are still missing."""


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
    ) -> None:
        self._org_logs, self._lock, self._ledger = org_logs, lock, ledger
        self._member_client, self._settings, self._clock = member_client, settings, clock
        now = clock.now()
        self._waiting: dict[str, UtcMillis] = {
            org: now for org, org_log in org_logs.items() if org_log.chain.size > org_log.chain.anchored_size
        }
        self._to_report = dict.fromkeys(org_logs, now)
        self._renewed_at = dict[str, UtcMillis]()
        self._marked_at = self._told_at = 0
        self._followed = False

    def has_grown(self, org: str) -> None:
        """Note that frames of the org are to be anchored; the caller holds the lock."""
        self._waiting.setdefault(org, self._clock.now())

    def caught(self, org: str) -> None:
        """Note that an equivocation is to be reported; the caller holds the lock."""
        self._to_report.setdefault(org, self._clock.now())

    def unanchored_since(self, org: str) -> UtcMillis | None:
        """Since when frames of the org wait to be anchored; None when none does."""
        return self._waiting.get(org)

    def follow(self) -> None:
        """Note that a terminal asked for the newest head; callable from any thread."""
        self._followed = True

    def sign_fresh_head(self) -> None:
        """Let a fresh head be signed if a terminal asked for one since the last call."""
        if self._followed:
            self._followed = False
            self._ledger.sign_fresh_head()

    def anchor_due(self) -> list[str]:
        """The orgs whose unanchored frames are old enough, or numerous enough, for an anchor."""
        settings, now = self._settings, self._clock.now()
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
                self._waiting[org] = self._clock.now()
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
        """Raise Corrupted once the ledger was moved away or replaced."""
        self._ledger.check_in_place()

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
