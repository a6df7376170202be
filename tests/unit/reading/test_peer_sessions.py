from __future__ import annotations

from itertools import count

import pytest

from veriwatt.reading.peer_sessions import MOST_SESSIONS, SESSION_SECONDS, PeerSessionNeeded, PeerSessions


def numbered() -> PeerSessions:
    numbers = count(1)
    return PeerSessions(lambda n: next(numbers).to_bytes(n, "big"), lambda: now)


now = 0.0


@pytest.fixture(autouse=True)
def _midnight() -> None:
    at(0.0)


def at(seconds: float) -> None:
    global now  # noqa: PLW0603 - the clock of these tests
    now = seconds


def test_a_session_ends_by_itself() -> None:
    sessions = numbered()
    token = sessions.open("acme", "ann")
    at(SESSION_SECONDS - 1)
    sessions.check(token)
    at(SESSION_SECONDS)
    with pytest.raises(PeerSessionNeeded):
        sessions.check(token)


def test_no_token_and_no_guess_is_a_session() -> None:
    sessions = numbered()
    token = sessions.open("acme", "ann")
    for guess in (b"", bytes(32), token[:-1], token + b"\x00"):
        with pytest.raises(PeerSessionNeeded):
            sessions.check(guess)


def test_one_member_ends_its_own_sessions_alone() -> None:
    sessions = numbered()
    others, first = sessions.open("acme", "bea"), sessions.open("acme", "ann")
    newest = [sessions.open("acme", "ann") for _ in range(MOST_SESSIONS)]
    with pytest.raises(PeerSessionNeeded):
        sessions.check(first)
    for token in (others, *newest):
        sessions.check(token)
