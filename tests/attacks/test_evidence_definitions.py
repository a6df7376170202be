"""A value is the point's only under the definition that the point's timeline has at the start of its slot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.evidence_cases import EvidenceReader, anchored_days
from veriwatt.encoding import Value, decode, encode
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.frames.header import FrameHeader, parse_header
from veriwatt.model.points.point import PointDefinition
from veriwatt.testing.edits import edit_reading, replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.worlds import FIRST_DAY, PLANT, SimWorld, redefined
from veriwatt.units import DAY
from veriwatt.verify.refusals import DefinitionReplaced, NotDefinedThen, OtherTerminal
from veriwatt.verify.state_proof import frame_state_keys, log_keys
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict

FAR_AHEAD = 365 * DAY


@pytest.fixture
def reader(tmp_path: Path) -> EvidenceReader:
    return anchored_days(tmp_path)


def define(world: SimWorld, effective_from: int, first: PointDefinition) -> tuple[PointDefinition, ...]:
    """Register a version in which "meter 0" is `first`; the definitions before it."""
    before = world.groups[PLANT]
    world.groups[PLANT] = (first, *before[1:])
    world.must(world.define(PLANT, effective_from))
    return before


def failure(world: SimWorld, day: int, position: int) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        world.evidence(day, 41, position=position)
    return failed.value


def no_leaf(header: object) -> object:
    return replace(header, root_log_size=0, root_log_leaf=NO_LEAF)


@pytest.mark.parametrize("edit", [None, no_leaf], ids=["as it is", "naming no root-log leaf"])
@pytest.mark.parametrize("decoy", [False, True], ids=["one change", "and a decoy far ahead"])
def test_a_value_under_a_replaced_definition_is_not_the_points(
    reader: EvidenceReader, edit: Edit | None, *, decoy: bool
) -> None:
    world = reader.world
    second = redefined(world.groups[PLANT][0])
    before = define(world, FIRST_DAY + 4 * DAY, second)
    if decoy:
        define(world, FIRST_DAY + FAR_AHEAD, before[0])
    world.groups[PLANT] = before
    made = world.day(4, edit=edit)
    world.anchor()
    failed = failure(world, 4, made.position)
    assert (failed.step, type(failed.cause)) == (14, DefinitionReplaced)
    text = str(failed.cause)
    assert before[0].digest.hex()[:16] in text
    assert second.digest.hex()[:16] in text


def test_a_value_from_before_a_change_stays_proven_after_it(reader: EvidenceReader) -> None:
    """Also if the terminal was offline and its frame comes only after the change is in force."""
    world = reader.world
    before = define(world, FIRST_DAY + 4 * DAY, redefined(world.groups[PLANT][0]))
    world.groups[PLANT] = before
    made = world.day(3)
    world.clock.advance_to(FIRST_DAY + 8 * DAY)
    world.anchor()
    assert reader.verify(world.evidence(3, 41, position=made.position)).verdict is Verdict.PROVEN
    assert reader.verify(world.evidence(1, 41)).verdict is Verdict.PROVEN


def test_a_value_under_the_new_definition_is_proven_from_its_beginning_on(reader: EvidenceReader) -> None:
    world = reader.world
    define(world, FIRST_DAY + 4 * DAY, redefined(world.groups[PLANT][0]))
    made = world.day(4)
    world.anchor()
    assert reader.verify(world.evidence(4, 0, position=made.position)).frame.version.n == 2


def test_a_value_from_before_the_first_definition_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    made = world.made(world.window(-1), world.columns(-1))
    world.append(made)
    world.anchor()
    failed = failure(world, -1, made.position)
    assert (failed.step, type(failed.cause)) == (14, NotDefinedThen)


def test_another_terminal_than_the_named_one_does_not_state_the_meter(reader: EvidenceReader) -> None:
    world = reader.world
    first = replace(world.groups[PLANT][0], terminal="t9")
    define(world, FIRST_DAY + 4 * DAY, first)
    made = world.day(4)
    world.anchor()
    failed = failure(world, 4, made.position)
    assert (failed.step, type(failed.cause)) == (14, OtherTerminal)
    assert reader.verify(world.evidence(4, 41, "meter 1", position=made.position)).verdict is Verdict.PROVEN


@pytest.mark.parametrize("multiplier", [[0, 0], [2**63 - 1, 12]])
def test_a_definition_of_an_impossible_multiplier_is_refused_at_step_1(
    reader: EvidenceReader, multiplier: list[Value]
) -> None:
    raw = reader.world.evidence(1, 41).to_bytes()
    record = decode(raw)
    assert isinstance(record, list)
    fields = list(reader.world.groups[PLANT][0].fields())
    at = next(n for n, field in enumerate(fields) if isinstance(field, list))
    claim = record[2]
    assert isinstance(claim, list)
    claim[4][0] = encode([*fields[:at], multiplier, *fields[at + 1 :]])
    assert reader.step_that_refuses(encode(record)) == 1


def test_a_timeline_left_out_or_exchanged_is_refused(reader: EvidenceReader) -> None:
    evidence, other = reader.world.evidence(1, 41), reader.world.evidence(1, 41, "meter 1")
    keys = len(evidence.state.values)
    at = keys - 3  # before the two logs
    for value in (None, other.state.values[at]):
        values = (*evidence.state.values[:at], value, *evidence.state.values[at + 1 :])
        forged = edit_reading(evidence, state=replace(evidence.state, values=values))
        assert value == evidence.state.values[at] or reader.step_that_refuses(forged) == 5


def test_a_frame_names_its_version_and_the_file_cannot_choose_another(reader: EvidenceReader) -> None:
    """Versions 1 and 3 have the same definitions; a header that names the second has another root than it."""
    world = reader.world
    before = define(world, FIRST_DAY + 4 * DAY, redefined(world.groups[PLANT][0]))
    define(world, FIRST_DAY + 6 * DAY, before[0])
    made = world.day(2)
    world.anchor()
    evidence = world.evidence(2, 41, position=made.position)
    assert reader.verify(evidence).frame.version.n == 1
    header = parse_header(evidence.proofs.frames[0].header)
    for n in (2, 3):
        keys = (*frame_state_keys(header, header.group(PLANT)._replace(version=n)), *evidence.claim.state_keys())
        with world.ledger.snapshot() as now:
            proof = now.prove((*keys, *log_keys("acme")))
        state = StatePart(tuple(proof.values[key] for key in (*keys, *log_keys("acme"))), proof.proof)
        assert reader.step_that_refuses(edit_reading(evidence, state=state)) == 5


def test_a_header_that_names_another_version_than_its_root_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    define(world, FIRST_DAY + 4 * DAY, redefined(world.groups[PLANT][0]))
    made, columns = world.made(world.window(2), world.columns(2), edit=version_1), world.columns(2)[PLANT]
    world.append(made)
    world.anchor()
    assert reader.step_that_refuses(world.shown(made, columns, world.claim(2, 41))) == 11


def version_1(header: FrameHeader) -> FrameHeader:
    groups = tuple(each._replace(version=1) for each in header.groups)
    return replace(header, groups=groups)
