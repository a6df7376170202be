"""Anyone records two different headers of one number as an equivocation; its org voids a refused number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.other_signature import other_signature
from veriwatt.machine.terminals.queries import number_record, present_passport
from veriwatt.model.frames.frame import parse_frame, upload_bytes
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import SimMember, SimTerminal, sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import SECOND

FIRST = FrameNumber(1, 1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path)
    made.clock.advance_to(made.window(0).end + SECOND)
    yield made
    made.close()


def frame(world: SimWorld, edit: Edit | None = None) -> bytes:
    """A frame of day 0 with number (1, 1); nothing keeps it."""
    return world.made(world.window(0), world.columns(0), edit=edit).upload


def other_frame(world: SimWorld) -> bytes:
    return frame(world, lambda header: replace(header, collected_at=header.collected_at - SECOND))


def code(world: SimWorld, transaction: bytes) -> str:
    (result,) = submit(world.ledger, [transaction])
    return result.code


def record(world: SimWorld, number: FrameNumber = FIRST) -> NumberRecord | None:
    return number_record(world.ledger, "acme", "t1", number)


def test_any_member_records_an_equivocation_with_the_two_frames_and_the_passport_counts_it(world: SimWorld) -> None:
    reader = SimMember("city", "rae", Role.READER)
    world.must(world.city.add_member(reader))
    one, other = frame(world), other_frame(world)
    world.must(reader.report_equivocation(world.terminal, one, other))
    found = record(world)
    assert found is not None
    assert found.equivocation is not None
    assert set(found.equivocation.frames) == {parse_frame(one).frame_id, parse_frame(other).frame_id}
    assert (found.equivocation.org, found.equivocation.member, found.void) == ("city", "rae", None)
    assert present_passport(world.ledger, "acme", "t1").equivocations == 1


def test_the_order_of_the_two_headers_does_not_matter_and_a_number_is_recorded_once(world: SimWorld) -> None:
    one, other = frame(world), other_frame(world)
    world.must(world.city.report_equivocation(world.terminal, other, one))
    found = record(world)
    assert found is not None
    assert found.equivocation is not None
    assert list(found.equivocation.frames) == sorted(found.equivocation.frames)
    third = frame(world, lambda header: replace(header, collected_at=header.collected_at - 2 * SECOND))
    assert code(world, world.city.report_equivocation(world.terminal, one, third)) == "record-exists"
    assert present_passport(world.ledger, "acme", "t1").equivocations == 1


def malleated(world: SimWorld, upload: bytes) -> bytes:
    """The same frame under another valid signature of its key."""
    parsed = parse_frame(upload)
    twin = replace(parsed.envelope, signature=other_signature(parsed.signed))
    return upload_bytes(twin, parsed.payloads)


PAIRS: dict[str, tuple[Callable[[SimWorld, bytes], bytes], str]] = {
    "the same frame again": (lambda _, one: one, "not-an-equivocation"),
    "a frame of the next number": (
        lambda world, _: frame(world, lambda header: replace(header, number=FrameNumber(1, 2))),
        "not-an-equivocation",
    ),
    "a frame for another ledger": (
        lambda world, _: frame(world, lambda header: replace(header, chain="other-0123456789abcdef")),
        "not-an-equivocation",
    ),
    "a frame of another terminal": (
        lambda world, _: frame(world, lambda header: replace(header, terminal="t2")),
        "not-an-equivocation",
    ),
    "a frame by another key": (
        lambda world, _: world.made(world.window(0), world.columns(0), key=sim_key("thief")).upload,
        "malformed",
    ),
}


@pytest.mark.parametrize("what", PAIRS)
def test_what_is_no_equivocation_is_refused(world: SimWorld, what: str) -> None:
    make, expected = PAIRS[what]
    one = frame(world)
    assert code(world, world.city.report_equivocation(world.terminal, one, make(world, one))) == expected
    assert record(world) is None
    assert present_passport(world.ledger, "acme", "t1").version == 2


def test_a_malleated_twin_of_a_signature_is_no_equivocation(world: SimWorld) -> None:
    one = frame(world)
    twin = malleated(world, one)
    assert parse_frame(twin).signature != parse_frame(one).signature
    assert code(world, world.city.report_equivocation(world.terminal, one, twin)) == "not-an-equivocation"


def test_a_header_that_the_key_never_signed_convicts_nobody(world: SimWorld) -> None:
    one, other = (SignedHeader.of(parse_frame(each).envelope) for each in (frame(world), other_frame(world)))
    forged = SignedHeader(other.protected, other.header, one.signature)
    body = ReportEquivocation("acme", "t1", one, forged)
    assert code(world, world.city.sign(body)) == "bad-signature"


def test_a_terminal_that_is_not_enrolled_cannot_equivocate(world: SimWorld) -> None:
    one = frame(world, lambda header: replace(header, terminal="t9"))
    other = frame(world, lambda header: replace(header, terminal="t9", collected_at=header.collected_at - SECOND))
    transaction = world.city.report_equivocation(SimTerminal("acme", "t9"), one, other)
    assert code(world, transaction) == "record-not-found"


def test_an_org_voids_the_number_of_a_refused_header_once(world: SimWorld) -> None:
    refused = frame(world)
    world.must(world.owner.void(world.terminal, refused, "its window is in 2099"))
    found = record(world)
    assert found is not None
    assert found.void is not None
    assert found.void.frame_id == parse_frame(refused).frame_id
    assert found.equivocation is None
    assert code(world, world.owner.void(world.terminal, refused, "again")) == "record-exists"


def test_a_void_and_an_equivocation_of_one_number_stand_beside_each_other(world: SimWorld) -> None:
    one, other = frame(world), other_frame(world)
    world.must(world.owner.void(world.terminal, one, "refused"))
    world.must(world.city.report_equivocation(world.terminal, one, other))
    found = record(world)
    assert found is not None
    assert found.void is not None
    assert found.equivocation is not None


def test_another_org_or_a_reader_voids_nothing_and_a_reason_is_stated(world: SimWorld) -> None:
    refused, reader = frame(world), SimMember("acme", "rae", Role.READER)
    world.must(world.owner.add_member(reader))
    assert code(world, reader.void(world.terminal, refused, "no")) == "not-allowed"
    assert code(world, world.city.void(world.terminal, refused, "no")) == "not-voidable"
    assert code(world, world.owner.void(world.terminal, refused, " ")) == "malformed"
    unsigned = world.made(world.window(0), world.columns(0), key=sim_key("thief")).upload
    assert code(world, world.owner.void(world.terminal, unsigned, "no")) == "malformed"
    assert record(world) is None


def test_numbers_of_two_headers_do_not_mix(world: SimWorld) -> None:
    world.must(world.owner.void(world.terminal, frame(world), "refused"))
    assert record(world, FrameNumber(1, 2)) is None
    assert record(world, FrameNumber(257, 1)) is None
