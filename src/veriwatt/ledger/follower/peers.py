"""The peers of a follower, asked in their order: one that lies is left and named, one that fails is asked later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeVar

import structlog

from veriwatt.errors import Malformed, NotFound, NotProven, Unavailable, VeriwattError
from veriwatt.ledger.follower.forks import LedgerForked
from veriwatt.ledger.follower.http_peer import HttpPeer
from veriwatt.model.members.peer_address import PeerAddress
from veriwatt.verify.block_refusals import TrustExpired

T = TypeVar("T")

LEFT_SECONDS = 3600.0
"""For so long a peer is not asked that was found out in a false answer."""

PAUSE_SECONDS, LONGEST_PAUSE = 5.0, 60.0
"""After an answer that did not come; doubled with each one more."""

OWN_FAULT = (TrustExpired, LedgerForked)
"""What no peer is blamed for: the reader's own trust file has ended, or the validators contradict each other."""

log = structlog.get_logger("veriwatt.follower")


class AnyLock(Protocol):
    """A lock of `threading`."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...

    def release(self) -> None: ...


class NoPeerAnswers(Unavailable):
    """None of the follower's peers gives an answer that counts; the message has the reason of each."""

    code = "no-peer-answers"

    def __init__(self, why: str) -> None:
        super().__init__(f"no peer gives an answer that counts: {why or 'none is configured'}")
        self.why = why


class PeersBusy(Unavailable):
    """Another thread of this process waits for the peers, for longer than a caller waits behind it."""

    code = "peers-busy"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"another question of this node waits for its peers, for more than {seconds} s; try again")
        self.seconds = seconds


@contextmanager
def waited_for(lock: AnyLock, seconds: float) -> Iterator[None]:
    """Hold a lock that may be held while peers are asked; raises PeersBusy after so many seconds."""
    if not lock.acquire(timeout=seconds):
        raise PeersBusy(round(seconds))
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class PeerState:
    """A peer as status shows it: "ok", "fails" or "left", with the reason."""

    name: str
    url: str
    state: str
    why: str


class _Seat:
    """One peer, and how it behaved."""

    def __init__(self, peer: HttpPeer) -> None:
        self.peer, self.why, self.left = peer, "", False
        self.pause, self.until = 0.0, 0.0

    def works(self) -> None:
        self.why, self.pause, self.until, self.left = "", 0.0, 0.0, False

    def fails(self, error: VeriwattError, now: float) -> None:
        self.why = str(error)
        self.pause = min(LONGEST_PAUSE, 2 * self.pause or PAUSE_SECONDS)
        self.until = now + self.pause

    def leave(self, error: VeriwattError, now: float) -> None:
        self.why, self.left, self.until = f"[{error.code}] {error}", True, now + LEFT_SECONDS


class Peers:
    """Asks peers until one answers; callable from many threads."""

    def __init__(
        self,
        addresses: Sequence[PeerAddress],
        connect: Callable[[PeerAddress], HttpPeer] = HttpPeer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seats, self._clock, self._lock = [_Seat(connect(each)) for each in addresses], clock, Lock()

    def close(self) -> None:
        for seat in self._seats:
            seat.peer.close()

    def ask(
        self,
        question: Callable[[HttpPeer], T],
        first: HttpPeer | None = None,
        but: Sequence[str] = (),
        only: HttpPeer | None = None,
    ) -> T:
        """The first answer that counts. `question` asks a peer and verifies its answer, and raises what is wrong.

        Args:
            question: is called with one peer after the other; Malformed and NotProven convict the peer.
            first: the peer to be asked before the others, unless it was left.
            but: the names of peers that are asked last.
            only: the one peer to be asked, if it was not left.

        Raises:
            NoPeerAnswers: none of them gave one.
            TrustExpired, LedgerForked: no peer is to blame.
        """
        reasons = []
        for seat in self._in_turn(first, but):
            if only is not None and seat.peer is not only:
                continue
            try:
                answer = question(seat.peer)
            except OWN_FAULT:
                raise
            except (Malformed, NotProven) as error:
                self._leave(seat, error)
                reasons.append(f"{seat.peer.address.name}: {error}")
            except NotFound as error:
                reasons.append(str(error))
            except Unavailable as error:
                seat.fails(error, self._clock())
                reasons.append(str(error))
            else:
                with self._lock:
                    seat.works()
                return answer
        left = [f"{seat.peer.address.name} was left: {seat.why}" for seat in self._seats if self._is_left(seat)]
        raise NoPeerAnswers("; ".join(dict.fromkeys([*reasons, *left])))

    def working(self) -> list[HttpPeer]:
        """The peers that are neither left nor in the pause after an answer that did not come, in their order."""
        now = self._clock()
        return [seat.peer for seat in self._in_turn(None, ()) if seat.until <= now]

    def states(self) -> list[PeerState]:
        with self._lock:
            return [
                PeerState(
                    seat.peer.address.name,
                    seat.peer.address.url,
                    "left" if self._is_left(seat) else "fails" if seat.why else "ok",
                    seat.why,
                )
                for seat in self._seats
            ]

    def _leave(self, seat: _Seat, error: VeriwattError) -> None:
        with self._lock:
            seat.leave(error, self._clock())
        log.error("peer-left", peer=seat.peer.address.name, code=error.code, why=str(error))

    def _in_turn(self, first: HttpPeer | None, but: Sequence[str]) -> list[_Seat]:
        """Those that work in their order, then those that failed, then those to be asked last."""
        now = self._clock()
        with self._lock:
            seats = [seat for seat in self._seats if not self._is_left(seat)]
            return sorted(
                seats, key=lambda seat: (seat.peer.address.name in but, seat.peer is not first, seat.until > now)
            )

    def _is_left(self, seat: _Seat) -> bool:
        return seat.left and seat.until > self._clock()
