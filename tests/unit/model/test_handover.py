from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.key_tree import cover
from veriwatt.encoding import encode
from veriwatt.errors import BadSignature, Malformed
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.terminals.handover import (
    HandedGroup,
    HandedVersion,
    Handover,
    RequestedGroup,
    TerminalRequest,
    covers_bytes,
    new_request,
    parse_handover,
    parse_request,
    read_covers,
)
from veriwatt.testing.actors import sim_key, sim_point

DEVICE, MEMBER, THIEF = sim_key("device"), sim_key("member"), sim_key("thief")
CHAIN = "park-0123456789abcdef"
GROUPS = (RequestedGroup("electricity", (sim_point("a"), sim_point("b"))), RequestedGroup("gas", (sim_point("c"),)))


def a_request() -> TerminalRequest:
    return new_request(DEVICE, CHAIN, "works", "t1", "model", "1.0", bytes(32), 1_700_000_000_000, GROUPS)


def a_handover() -> Handover:
    return Handover(CHAIN, "works", "t1", 2, sim_key("log").public, MEMBER.public, (handed(),), b"wrapped")


def handed(end: int = 20_031, starts: tuple[int, ...] = (5, 6), points: tuple[str, ...] = ("a", "b")) -> HandedGroup:
    versions = tuple(
        HandedVersion(start, start, zone_calendar("+08:00", 0), tuple(map(sim_point, points))) for start in starts
    )
    return HandedGroup("electricity", KeyWindow.DAY, 20_000, end, versions)


def test_a_request_and_a_handover_read_back_as_they_were_signed() -> None:
    assert parse_request(a_request().sign(DEVICE)) == a_request()
    assert parse_handover(a_handover().sign(MEMBER)) == a_handover()


def test_a_request_signed_by_another_key_than_it_names_is_refused() -> None:
    with pytest.raises(Malformed, match="by the key expected"):
        parse_request(a_request().sign(THIEF))


def test_a_handover_signed_by_another_member_than_it_names_is_refused() -> None:
    with pytest.raises(Malformed, match="by the key expected"):
        parse_handover(a_handover().sign(THIEF))


def test_a_handover_is_no_request_and_a_request_no_handover() -> None:
    with pytest.raises(Malformed):
        parse_request(a_handover().sign(MEMBER))
    with pytest.raises(Malformed):
        parse_handover(a_request().sign(DEVICE))


@given(st.data())
def test_any_changed_byte_of_a_file_is_refused(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([a_request().sign(DEVICE), a_handover().sign(MEMBER)]))
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :]
    for parse in (parse_request, parse_handover):
        with pytest.raises((Malformed, BadSignature)):
            parse(changed)


def test_the_wrapping_is_bound_to_terminal_ledger_windows_and_versions() -> None:
    one = a_handover()
    others = [
        replace(one, terminal="t2"),
        replace(one, chain="twin-0123456789abcdef"),
        replace(one, org="others"),
        replace(one, groups=(handed(20_032),)),
        replace(one, groups=(handed(starts=(5, 7)),)),
        replace(one, groups=(handed(points=("a",)),)),
        replace(one, member_key=THIEF.public),
    ]
    assert len({one.context, *(other.context for other in others)}) == 8


@pytest.mark.parametrize("bad", [handed(starts=()), handed(starts=(6, 6)), handed(starts=(7, 6)), handed(points=())])
def test_versions_out_of_order_or_without_points_are_refused(bad: HandedGroup) -> None:
    with pytest.raises(Malformed):
        parse_handover(replace(a_handover(), groups=(bad,)).sign(MEMBER))


def test_covers_round_trip_and_other_bytes_are_refused() -> None:
    covers = {"electricity": cover(bytes(32), 20_000, 20_031), "gas": cover(bytes(32), 5, 6)}
    assert read_covers(covers_bytes(covers)) == covers
    for raw in (b"", encode(5), encode([[5, 6]]), encode([["a", [1, 2]]])):
        with pytest.raises(Malformed):
            read_covers(raw)
