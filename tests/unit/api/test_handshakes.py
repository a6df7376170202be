"""Who pays for a TLS handshake: the terminal whose admission it shows, else its address and all strangers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from veriwatt.api.resources import handshakes
from veriwatt.api.resources.handshakes import KEPT, REMEMBERED, Handshakes
from veriwatt.api.resources.payer import Payer
from veriwatt.api.resources.policy import ADMISSION_USES, HANDSHAKE_SECONDS
from veriwatt.model.terminals.admission import protocol_of, shown_in

ADDRESS, OTHER, PROXY = "10.0.0.1", "10.0.0.2", "10.0.0.9"
TERMINAL = "works/t1"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address has four handshakes, all of them six, and a terminal twenty; nothing is given with time."""
    for name, count in (("ADDRESS", 4), ("STRANGERS", 6), ("TERMINAL", 20)):
        monkeypatch.setattr(handshakes, f"{name}_HANDSHAKES_RATE", 0.0)
        monkeypatch.setattr(handshakes, f"{name}_HANDSHAKES_BURST", (count - 0.5) * HANDSHAKE_SECONDS)


def hello(number: int, admission: str = "") -> bytes:
    return bytes(11) + number.to_bytes(32) + protocol_of(admission).encode() + bytes(100)


def paid(shared: Handshakes, address: str, count: int) -> int:
    return sum(shared.charge(hello(number), address) == Payer(address) for number in range(count))


def test_an_address_and_all_strangers_have_shares() -> None:
    shared = Handshakes()
    assert (paid(shared, ADDRESS, 10), paid(shared, OTHER, 10)) == (4, 2)


def test_a_named_proxy_has_the_share_of_all_strangers_and_gets_no_admission_that_it_would_pass_on() -> None:
    shared = Handshakes([PROXY])
    assert paid(shared, PROXY, 10) == 6
    assert shared.admission(TERMINAL, PROXY) == ""


def test_an_admission_is_good_when_strangers_have_nothing_left_and_for_few_handshakes() -> None:
    shared = Handshakes()
    given = shared.admission(TERMINAL, ADDRESS)
    paid(shared, ADDRESS, 10)
    proven = Payer(TERMINAL, proven=True)
    found = [shared.charge(hello(number, given), ADDRESS, late=True) for number in range(ADMISSION_USES + 2)]
    assert found == [proven] * ADMISSION_USES + [None] * 2


def test_a_terminal_that_is_given_admissions_without_end_has_a_share_and_its_newest_are_good() -> None:
    shared = Handshakes()
    paid(shared, ADDRESS, 10)
    given = [shared.admission(TERMINAL, ADDRESS) for _ in range(KEPT + 1)]
    assert [shared.charge(hello(0, each), ADDRESS) is not None for each in given] == [False] + [True] * KEPT
    more = [shared.charge(hello(0, shared.admission(TERMINAL, ADDRESS)), ADDRESS) for _ in range(30)]
    assert 0 < sum(each is not None for each in more) < 30


def test_an_admission_is_found_as_the_specification_writes_it() -> None:
    page = Path("docs/spec/frame-upload.md").read_text(encoding="utf-8")
    (word,) = re.findall("Veriwatt-Admission: ([0-9a-f]{32})", page)
    assert f"\n{protocol_of(word)} " in page
    assert shown_in(page.encode()) == word


@pytest.mark.parametrize("shown", ["", "0" * 32, "x" * 32])
def test_what_was_not_given_is_no_admission(shown: str) -> None:
    shared = Handshakes()
    shared.admission(TERMINAL, ADDRESS)
    assert shared.charge(hello(0, shown), ADDRESS) == Payer(ADDRESS)


def test_what_is_late_is_charged_to_no_stranger() -> None:
    shared = Handshakes()
    assert shared.charge(hello(0), ADDRESS, late=True) is None
    assert paid(shared, ADDRESS, 10) == 4


def test_a_handshake_that_was_charged_is_a_recording_when_it_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "STRANGERS_HANDSHAKES_BURST", 100.0)
    monkeypatch.setattr(handshakes, "ADDRESS_HANDSHAKES_BURST", 100.0)
    shared = Handshakes()
    shared.charge(hello(0), ADDRESS, late=True)
    assert not shared.is_recording(hello(0))
    for number in range(REMEMBERED + 1):
        shared.charge(hello(number), ADDRESS)
    assert [shared.is_recording(hello(number)) for number in (0, 1, REMEMBERED)] == [False, True, True]
    shared.charge(b"short", ADDRESS)
    assert not shared.is_recording(b"short")
