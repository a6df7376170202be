"""Uploads, quarantined frames and evidence that contradict each other become an equivocation for the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import BadInput, BadSignature, NotFound
from veriwatt.membership.equivocation import find_equivocation
from veriwatt.model.frames.frame import parse_frame, upload_bytes
from veriwatt.model.frames.quarantined import quarantined_bytes
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import Made, SimWorld
from veriwatt.units import SECOND


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path)
    yield made
    made.close()


def contradicting(world: SimWorld) -> tuple[Made, Made]:
    """The frame of day 0, anchored, and another one with its number."""
    world.clock.advance_to(world.window(0).end + SECOND)
    twin = world.made(
        world.window(0), world.columns(0), edit=lambda header: replace(header, collected_at=header.collected_at - 1)
    )
    first = world.day(0)
    world.anchor()
    return first, twin


def test_an_upload_contradicts_a_quarantined_frame_and_an_evidence_file(world: SimWorld) -> None:
    first, twin = contradicting(world)
    ids = {parse_frame(made.upload).frame_id for made in (first, twin)}
    files = [first.upload, quarantined_bytes("equivocation", first.upload), world.evidence(0, 41).to_bytes()]
    for file in files:
        body = find_equivocation(world.ledger, file, twin.upload)
        assert {body.one.frame_id, body.other.frame_id} == ids
    world.must(world.city.sign(find_equivocation(world.ledger, files[2], twin.upload)))


def test_one_frame_twice_is_no_contradiction(world: SimWorld) -> None:
    first, _ = contradicting(world)
    with pytest.raises(NotFound):
        find_equivocation(world.ledger, first.upload, world.evidence(0, 41).to_bytes())


def test_a_forged_frame_is_refused_before_anything_is_sent(world: SimWorld) -> None:
    first, twin = contradicting(world)
    parsed = parse_frame(twin.upload)
    forged = upload_bytes(replace(parsed.envelope, signature=bytes(64)), parsed.payloads)
    with pytest.raises(BadSignature):
        find_equivocation(world.ledger, first.upload, forged)


def test_a_file_without_a_signed_header_is_named(world: SimWorld) -> None:
    first, _ = contradicting(world)
    with pytest.raises(BadInput, match="the second file"):
        find_equivocation(world.ledger, first.upload, b"a letter")
