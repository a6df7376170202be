"""Delivering signed frames to the log host, in order, until they are accepted and then final.

A frame stays in the spool until it is final. Every step may be repeated after any failure: the spool has the state of
each frame, and sending a frame again returns its position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from veriwatt.errors import Malformed, NotProven, Refused, VeriwattError
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.ports.clock import Clock
from veriwatt.terminal.delivery.chain_watch import ChainWatch, LogHostContradicts
from veriwatt.terminal.delivery.continuity import check_continues
from veriwatt.terminal.delivery.log_epoch import LogEpochFollower
from veriwatt.terminal.delivery.log_host_client import (
    Delivered,
    LiveLogHostClient,
    LogHostBehind,
    LogHostClient,
    NewLogEpoch,
)
from veriwatt.terminal.delivery.sending_again import SendingAgain
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.enrolment.learnt_versions import LearntVersion
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.framing.restate import GivenUp
from veriwatt.terminal.remedies import ledger_moved, void_put_aside
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import FrameState, SpooledFrame
from veriwatt.units import UtcMillis
from veriwatt.verify.frame_checks import CLOCK_TOLERANCE
from veriwatt.verify.frame_refusals import VoidedNumber, WrongLedger
from veriwatt.verify.root_log_head import ProvenRootLogHead

Report = Callable[[str, str], None]
"""Takes an event's code and its message, which never contains a value of a reading."""

BATCH = 256
"""Frames read from the spool and sent in one call."""

REFILLING = "refilling"
"""The refusal of a log host that is being filled again with frames that it lost; it passes."""

REFUSAL_REMEDIES = {
    REFILLING: "wait: what was lost is sent again; new frames are taken once its operator starts it without --refill",
    "not-certified": "certify the terminal for that time, `veriwatt terminal certify --from`; then it is accepted",
    "not-enrolled": "its values were read before the terminal was enrolled; if the terminal's clock was wrong, set it",
    "clock-ahead": "set this terminal's clock; the frame is accepted once its window has ended",
    "not-found": "enrol the terminal and its points at the org: `veriwatt terminal request`, `enrol`, `accept`",
    "wrong-ledger": "`node` in terminal.toml is not this terminal's, or its ledger was restored from a backup",
    "key-compromised": "enrol a new terminal under another name",
    "collected-before-its-end": "correct the terminal's clock",
}
"""The operator's remedy for a refusal, by the refusal's code."""


class VersionNotProven(Refused):
    """The log host does not prove the next version of a group, nor that there is none; the terminal learns nothing."""

    code = "version-not-proven"

    def __init__(self, group: str, n: int, why: str) -> None:
        super().__init__(
            f"the log host does not prove version {n} of group {group!r}, nor that there is none: {why}. The terminal "
            "goes on with the definitions that it has, and asks again; show this to your org"
        )
        self.group, self.n, self.why = group, n, why


class FrameRefused(Refused):
    """The log host refuses a frame; the frames after it wait, because each names the id of the one before."""

    code = "frame-refused"

    def __init__(self, frame: SpooledFrame, answer: Delivered) -> None:
        remedy = REFUSAL_REMEDIES.get(answer.code)
        super().__init__(
            f"the log host refuses frame {frame.number}: {answer.why} [{answer.code}]"
            + (f"; {remedy}" if remedy else "")
            + ". If it can never be accepted, `veriwatt terminal void` gives its number up"
        )
        self.frame, self.answer = frame, answer


def deliver(
    spool: Spool,
    log_host: LogHostClient,
    upload: Callable[[SpooledFrame], bytes],
    give_up: Callable[[SpooledFrame], None],
    keep: Callable[[Sequence[tuple[FrameNumber, Delivered]]], None] = lambda _: None,
) -> int:
    """Send every signed frame that is not yet accepted; returns how many frames the log host accepted.

    Args:
        give_up: takes a frame whose number is void, by the log host's word, out of the spool's queue, or raises.
        keep: stores the receipts of accepted frames, durably, before the frames count as accepted.

    Raises:
        FrameRefused: a frame is refused; the frames before it are accepted, and stored as accepted.
        Unavailable: the log host or the spool cannot be reached; call again later.
    """
    sent = 0
    while frames := spool.pending(BATCH):
        answers = log_host.send([upload(frame) for frame in frames])
        accepted = [(f.number, a) for f, a in zip(frames, answers, strict=True) if a.position is not None]
        keep(accepted)
        spool.mark_accepted([(number, a.position) for number, a in accepted if a.position is not None])
        sent += len(accepted)
        for frame, answer in zip(frames, answers, strict=True):
            if answer.code == VoidedNumber.code:
                give_up(frame)
            elif answer.position is None:
                raise FrameRefused(frame, answer)
    return sent


class Delivery:
    """Delivers the frames of a running terminal until they are final; used from one thread."""

    def __init__(
        self,
        terminal: str,
        spool: Spool,
        framer: Framer,
        host: LiveLogHostClient,
        ledger: TrustedHead,
        clock: Clock,
        values_of: Callable[[SpooledFrame], GivenUp],
        report: Report = lambda _code, _message: None,
    ) -> None:
        """`spool` is a connection for this object alone; `framer` only encodes uploads; `values_of` opens a frame.

        `report` is told what of a frame is not stated again.
        """
        self._terminal, self._spool, self._framer, self._host = terminal, spool, framer, host
        self._ledger, self._clock = ledger, clock
        self._book = ReceiptBook(spool.file)
        self._watch = ChainWatch(framer.org, self._book, host, ledger, clock)
        self._again = SendingAgain(spool, host, framer.upload)
        self._epochs = LogEpochFollower(framer.org, self._book, host, ledger, clock, report)
        self._final_size, self._learned_at, self._none_newer_at = 0, -1, -1
        self._values_of, self._report = values_of, report
        self.versions_known_to: UtcMillis = 0
        """The time of the newest head at which the log host proved, to this object, that no group has a newer version.

        A version that is registered later begins later. 0 before the first such proof.
        """

    def check_newest(self) -> None:
        """Check that the terminal may number and sign frames.

        The log host proves the newest state of this terminal's own ledger, and it has no frame that this spool did
        not make. What the node of another ledger has, or has not, says nothing about the numbers that are used.

        Raises:
            WrongLedger: the log host has another ledger; the terminal must not sign.
            SpoolBehind: the log host has such a frame; the terminal must not sign.
            LogHostBehind: the log host lost frames that it acknowledged; those of this terminal were sent again.
            VeriwattError: the log host does not answer, or its answer is wrong; call again later.
        """
        self._epochs.following(self._check_newest)

    def _check_newest(self) -> None:
        try:
            self._take_head()
        except NotProven:  # perhaps the ledger was restored from a backup too: the host still learns what it lost
            self._again.check()
            raise
        check_continues(self._spool, self._host.newest_frame(self._terminal))
        self._again.check()

    def send_and_confirm(self) -> int:
        """Send the waiting frames, then mark as final those proven to be anchored; returns how many were accepted now.

        Raises:
            LogHostContradicts: what the log host states is not one history; nothing is sent, or becomes final.
            VeriwattError: as `deliver`; call again later.
        """
        return self._epochs.following(self._send_and_confirm)

    def _send_and_confirm(self) -> int:
        try:
            self._check_one_history()
            sent = deliver(self._spool, self._host, self._framer.upload, self._give_up, self._keep)
            self._mark_final()
        except LogHostBehind:
            self._again.check()
            raise
        except WrongLedger:  # perhaps it has moved since this run began
            self._take_head()
            raise
        return sent

    def _check_one_history(self) -> None:
        """Raise LogHostContradicts while a contradiction stands; a host that lost frames first gets them again."""
        try:
            self._watch.check()
        except LogHostContradicts:
            try:
                self._again.check()
            except NewLogEpoch:
                raise
            except VeriwattError:
                pass
            self._watch.check()

    def _keep(self, accepted: Sequence[tuple[FrameNumber, Delivered]]) -> None:
        self._watch.keep(accepted)
        self._epochs.check_kept(accepted)
        if (newest := self._book.newest()) is not None:
            self._host.has_seen(newest.head.size)

    def refresh_head(self, *, anyway: bool = False) -> ProvenRootLogHead:
        """The newest proven root-log head, fetched on the first call and whenever more frames are anchored.

        With `anyway` it is fetched in any case: a terminal without frames learns in this way how far the ledger is, and
        one with open gaps whether they may be signed.

        Raises:
            VeriwattError: as `TrustedHead.take`, or the log host does not answer; call again later.
        """
        if anyway or self._final_size != self._learned_at:
            self._take_head()
            self._learned_at = self._final_size
        return self._ledger.newest()

    def _take_head(self) -> None:
        """Take the newest head; that of another ledger once the trusted one is proven to go on as that ledger.

        Raises:
            WrongLedger: the log host has another ledger, and does not prove that this one goes on there.
        """
        raw, now = self._host.root_log(), self._clock.now()
        try:
            self._ledger.take(raw, now)
        except WrongLedger:
            before = self._ledger.chain_id
            if not self._ledger.follow(self._host.successions(), now):
                raise
            self._framer.follow(self._ledger.chain_id)
            self._report("ledger-moved", ledger_moved(before, self._ledger.chain_id))
            self._ledger.take(raw, now)

    def ask_time(self) -> UtcMillis:
        """A time that has passed for certain: by the newest block, proven, or by the log host's own clock if later.

        Raises:
            VeriwattError: as `refresh_head`; call again later.
        """
        self.refresh_head(anyway=True)
        return self._time_passed()

    def newer_versions(self, known: Callable[[], Mapping[str, int]]) -> list[LearntVersion]:
        """The versions of groups that follow the `known()` ones, proven, each group's in the order of their numbers.

        The log host is asked again once the trusted head is a newer one than that at which it had none to show.

        Raises:
            VersionNotProven: it shows a version, or that there is none, without a proof; call again later.
            VeriwattError: it does not answer, or refuses the question; call again later.
        """
        head, found = self._ledger.newest(), list[LearntVersion]()
        if head.size != self._none_newer_at:
            for group, n in known().items():
                found += self._versions_after(group, n)
            if not found:
                self._none_newer_at, self.versions_known_to = head.size, head.time
        return found

    def _versions_after(self, group: str, n: int) -> Iterator[LearntVersion]:
        while True:
            n += 1
            raw = self._host.group_version(self._framer.question(group, n, self._ledger.newest()))
            try:
                version = self._ledger.group_version(raw, self._framer.org, group, n, self._clock.now())
            except (Malformed, NotProven) as error:
                raise VersionNotProven(group, n, str(error)) from error
            if version is None:
                return
            yield LearntVersion(group, version)

    def unfinished(self) -> int:
        """How many frames are not final yet."""
        return sum(count for state, count in self._spool.counts().items() if state is not FrameState.FINAL)

    def _give_up(self, frame: SpooledFrame) -> None:
        """Put a frame aside whose number is proven to be void, and let its values wait for a new frame."""
        raw = self._host.number_record(self._terminal, frame.number)
        self._ledger.check_void(
            raw, self._framer.org, FrameRef(self._terminal, frame.number, frame.frame_id), self._clock.now()
        )
        found, limit = self._values_of(frame), max(self._clock.now(), self._time_passed()) + CLOCK_TOLERANCE
        ahead = [sample for sample in found.samples if sample.collected_at > limit]
        again = [sample for sample in found.samples if sample.collected_at <= limit]
        self._spool.void(frame.number, again, ahead, found.unopened)
        if ahead or found.unopened:
            self._report("slots-put-aside", void_put_aside(frame.number, len(ahead), found.unopened))

    def _time_passed(self) -> UtcMillis:
        return max(self._ledger.newest().time, self._host.clock())

    def _mark_final(self) -> None:
        """Ask for proof of what is anchored while a frame is accepted and not final."""
        oldest = self._spool.oldest_accepted()
        if oldest is not None and oldest.position is not None:
            leaf = parse_frame(self._framer.upload(oldest)).leaf
            self._final_size = self._watch.anchored_size(oldest.number, oldest.position, leaf)
            self._spool.mark_final(self._final_size)
