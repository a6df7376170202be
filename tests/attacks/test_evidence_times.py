"""A reading is proven only by an anchor whose own block came after it, and honest terminals are never caught by that.

The enterprise owns the terminal's key and the log host's: it signs any window and any `collected_at`, and anchors what
it likes. Only the ledger's time is not its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.evidence_cases import EvidenceReader, anchored_days, step_that_refuses
from veriwatt.crypto.hashing import sha256
from veriwatt.model.frames.origin import File
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, Made, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, SECOND
from veriwatt.utc_text import utc_text
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

JULY = 190


@pytest.fixture
def reader(tmp_path: Path) -> EvidenceReader:
    return anchored_days(tmp_path)


def anchored(world: SimWorld, made: Made) -> Made:
    world.append(made)
    world.anchor()
    return made


def codes(reader: EvidenceReader, day: int, slot: int, position: int) -> set[str]:
    reading = reader.verify(reader.world.evidence(day, slot, position=position))
    assert reading.verdict is Verdict.PROVEN
    return {caveat.code for caveat in reading.caveats(reader.trust, reader.now)}


def test_a_reading_of_july_cannot_be_anchored_in_january(reader: EvidenceReader) -> None:
    world = reader.world
    made = anchored(world, world.made(world.window(JULY), world.columns(JULY)))
    assert step_that_refuses(lambda: world.evidence(JULY, 41, position=made.position)) == 14


def test_nor_when_it_says_that_it_was_collected_in_july(reader: EvidenceReader) -> None:
    world = reader.world
    july = world.slot_start(JULY + 1, 0)
    made = world.made(world.window(JULY), world.columns(JULY), edit=lambda h: replace(h, collected_at=july))
    anchored(world, made)
    assert step_that_refuses(lambda: world.evidence(JULY, 41, position=made.position)) == 10


def test_nor_from_a_file(tmp_path: Path) -> None:
    """A forecast in a file: only a meter's values are bound to `collected_at`, a file's to the anchor."""
    world = SimWorld(tmp_path, origin=File(sha256(b"forecast"), "forecast.csv", sha256(b"mapping")))
    made = anchored(world, world.made(world.window(JULY), world.columns(JULY)))
    assert step_that_refuses(lambda: world.evidence(JULY, 41, position=made.position)) == 14
    world.close()


def test_a_meters_value_was_not_collected_before_its_slot_ended(reader: EvidenceReader) -> None:
    """Dated back by an hour, so that a certification which has ended since still holds it."""
    world = reader.world
    early = world.slot_start(2, 40)
    world.clock.advance_to(world.slot_start(3, 1))
    made = world.made(world.window(2), world.columns(2), edit=lambda h: replace(h, collected_at=early))
    anchored(world, made)
    assert step_that_refuses(lambda: world.evidence(2, 41, position=made.position)) == 14
    assert reader.verify(world.evidence(2, 39, position=made.position)).verdict is Verdict.PROVEN


def test_a_slot_that_ends_with_the_time_of_its_anchors_block_is_proven(reader: EvidenceReader) -> None:
    world = reader.world
    end = world.slot_start(4, 0)
    made = world.made(world.window(3), world.columns(3), edit=lambda h: replace(h, collected_at=end))
    world.append(made)
    world.clock.advance_to(end - SECOND - MINUTE)
    world.anchor()
    reading = reader.verify(world.evidence(3, 95, position=made.position))
    assert (reading.verdict, reading.frame.times.anchor_time) == (Verdict.PROVEN, end)


def test_what_was_collected_a_day_after_its_slot_says_so(reader: EvidenceReader) -> None:
    world = reader.world
    world.clock.advance_to(world.slot_start(4, 1))
    made = anchored(world, world.made(world.window(2), world.columns(2)))
    assert "collected-late" in codes(reader, 2, 41, made.position)
    world.day(4)
    world.anchor()
    assert "collected-late" not in codes(reader, 4, 95, 3)


def test_what_was_anchored_a_day_after_it_was_collected_says_so(reader: EvidenceReader) -> None:
    """An honest terminal's late upload too: it is proven, and the reader sees when."""
    world = reader.world
    made = world.day(2)
    world.clock.advance_to(world.clock.now() + 2 * DAY)
    world.anchor()
    assert "anchored-late" in codes(reader, 2, 41, made.position)
    assert "anchored-late" not in codes(reader, 1, 41, 1)


def test_what_was_anchored_after_the_certification_had_ended_says_so(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, certifier="")
    reader, ends = EvidenceReader(world), world.slot_start(1, 4)
    world.must(world.inspector.certify(world.terminal, world.clock.now() - HOUR, ends))
    made = world.day(0)
    world.clock.advance_to(ends + MINUTE)
    world.anchor()
    assert "anchored-after-certification" in codes(reader, 0, 41, made.position)
    world.close()


def certified(tmp_path: Path, *spans: tuple[int, int, str]) -> tuple[SimWorld, int]:
    """A world whose terminal is certified between these slots of day 1; its frame of day 0 is anchored at the 8th."""
    world = SimWorld(tmp_path, certifier="")
    world.clock.advance_to(FIRST_DAY - HOUR)
    orgs = {"metro": world.inspector, "acme": world.owner}
    for start, end, org in spans:
        world.must(orgs[org].certify(world.terminal, world.slot_start(1, start), world.slot_start(1, end)))
    made = world.day(0)
    world.clock.advance_to(world.slot_start(1, 8))
    world.anchor()
    return world, made.position


@pytest.mark.parametrize(
    ("spans", "ended"),
    [
        ([(-96, 4, "metro"), (4, 96, "metro")], None),
        ([(4, 96, "metro"), (-96, 6, "metro")], None),
        ([(-96, 4, "acme"), (4, 96, "metro")], None),
        ([(-96, 4, "metro"), (2, 6, "metro")], 6),
        ([(-96, 4, "metro"), (5, 96, "metro")], 4),
        ([(-96, 4, "metro"), (-96, 96, "acme")], 4),
    ],
)
def test_a_certification_that_was_renewed_without_a_hole_has_not_ended(
    tmp_path: Path, spans: list[tuple[int, int, str]], ended: int | None
) -> None:
    """In the hole between two a frame could be dated back; the own org's certification is no renewal of another's."""
    world, position = certified(tmp_path, *spans)
    reading, period = world.evidence(0, 41, position=position), world.period("meter 0", world.window(0), [position])
    for raw in (reading.to_bytes(), period.to_bytes()):
        found = verification_outcome(raw, world.trust(), world.clock.now())
        said = {each.code: each.values for each in found.caveats}.get("anchored-after-certification")
        assert (said and said["ended"]) == (None if ended is None else utc_text(world.slot_start(1, ended)))
    world.close()


def test_a_certification_of_later_slots_of_a_period_that_was_registered_afterwards_says_so(tmp_path: Path) -> None:
    world, position = certified(tmp_path, (-96, -48, "metro"))
    world.must(world.inspector.certify(world.terminal, world.slot_start(0, 48), world.slot_start(9, 0)))
    found = verification_outcome(
        world.period("meter 0", world.window(0), [position]).to_bytes(), world.trust(), world.clock.now()
    )
    (said,) = [each.values["read"] for each in found.caveats if each.code == "certified-afterwards"]
    assert said == utc_text(world.slot_start(0, 48))
    world.close()


def test_imports_of_past_years_are_proven(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, origin=File(sha256(b"2025"), "2025.csv", sha256(b"mapping")))
    world.clock.advance_to(world.slot_start(900, 0))
    made = anchored(world, world.made(world.window(3), world.columns(3)))
    reading = EvidenceReader(world).verify(world.evidence(3, 41, position=made.position))
    assert reading.verdict is Verdict.PROVEN
    assert "collected-late" not in {each.code for each in reading.caveats(None, world.clock.now())}
    world.close()


def test_the_first_block_after_a_halt_proves_what_waited_for_it(reader: EvidenceReader) -> None:
    """The ledger was idle for a week; the frame was collected just before its anchor's block."""
    world = reader.world
    world.clock.advance_to(world.slot_start(9, 0))
    made = world.day(8)
    world.anchor()
    assert reader.verify(world.evidence(8, 95, position=made.position)).verdict is Verdict.PROVEN


def test_a_clock_ahead_by_the_tolerance_is_proven_once_the_ledger_reaches_it(reader: EvidenceReader) -> None:
    """The log host waits with the anchor until the next header's time is past what the terminal states."""
    world = reader.world
    ahead = world.slot_start(4, 0) + 10 * MINUTE
    world.clock.advance_to(world.slot_start(4, 0))
    made = world.made(world.window(3), world.columns(3), edit=lambda h: replace(h, collected_at=ahead))
    world.append(made)
    world.clock.advance_to(ahead)
    world.anchor()
    assert reader.verify(world.evidence(3, 95, position=made.position)).verdict is Verdict.PROVEN
