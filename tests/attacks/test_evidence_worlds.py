"""Attacks by an enterprise, a log host or a thief of keys on evidence, and the step that refuses each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import EvidenceReader, anchored_days, codes, proven_reading, step_that_refuses
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.sealing import content_keys
from veriwatt.encoding import Sign1, protected_header
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import finalise
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.merkle.multiproof import join_paths, multiproof
from veriwatt.merkle.tree import leaf_hash, path_of
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.evidence.disclosure import ColumnPart, DefinitionPart, DefinitionPlace, DisclosedLeaf
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.frame_proof import AnchorsPart
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import parse_frame, upload_bytes
from veriwatt.model.frames.header import FrameHeader, parse_header
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.origin import File
from veriwatt.model.frames.sealed_group import FrameIdentity, disclose, seal_group
from veriwatt.model.frames.statuses import make_runs
from veriwatt.model.ledger.block import LightBlock, Validator, ValidatorSet, validators_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.revocation_rules import ANCHOR_LAG, SPOOL_AGE
from veriwatt.testing.actors import START, sim_key
from veriwatt.testing.edits import edit_reading, replace
from veriwatt.testing.worlds import FIRST_DAY, OFFICE, PLANT, Made, SimWorld, redefined
from veriwatt.units import DAY, HOUR, MINUTE, SECOND, UtcMillis
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.state_proof import frame_state_keys, log_keys
from veriwatt.verify.verdict import Verdict


@pytest.fixture
def reader(tmp_path: Path) -> EvidenceReader:
    return anchored_days(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> EvidenceReader:
    """A reader whose world no test changes."""
    return anchored_days(tmp_path_factory.mktemp("still"))


@pytest.fixture(scope="module")
def honest(still: EvidenceReader) -> Evidence[ReadingClaim]:
    return still.world.evidence(1, 41)


def after(reader: EvidenceReader, made: Made) -> Evidence[ReadingClaim]:
    """Evidence of the slot 41 of a frame for day 2 that is put into the chain and anchored."""
    reader.world.append(made)
    reader.world.anchor()
    return reader.world.evidence(2, 41, position=made.position)


# What is disclosed


def test_an_edited_value_is_refused(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    column = honest.claim.column
    (leaf,) = column.leaves
    edited = replace(leaf, values=(*leaf.values[:41], 1, *leaf.values[42:]))
    assert still.step_that_refuses(edit_reading(honest, column=replace(column, leaves=(edited,)))) == 13


def test_a_point_does_not_show_another_points_leaf(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    other = still.world.evidence(1, 41, "meter 1")
    assert still.step_that_refuses(edit_reading(honest, column=other.claim.column)) == 13


def test_a_leaf_that_names_another_point_than_its_place_is_refused(reader: EvidenceReader) -> None:
    """A terminal that puts one meter's values in the place of another's."""
    world = reader.world
    first, second, *rest = world.columns(2)[PLANT]
    swapped = [second, first, *rest]
    made = world.made(world.window(2), {PLANT: swapped})
    world.append(made)
    world.anchor()
    mine, other = (world.shown(made, swapped, world.claim(2, 41, point)) for point in ("meter 0", "meter 1"))
    assert reader.step_that_refuses(mine) == 13
    assert reader.step_that_refuses(edit_reading(mine, column=other.claim.column)) == 13


def test_a_leaf_is_not_taken_for_that_of_another_point(still: EvidenceReader) -> None:
    """The last leaf of seven has the path of the last of six: the place follows from the definition and the header."""
    last, other = (still.world.evidence(1, 41, point).claim for point in ("meter 6", "meter 5"))
    moved = edit_reading(still.world.evidence(1, 41, "meter 5"), column=last.column)
    assert still.step_that_refuses(moved) == 13
    renamed = edit_reading(still.world.evidence(1, 41, "meter 6"), definition=other.definition)
    assert still.step_that_refuses(renamed) == 11


def test_a_slot_beside_the_window_or_the_grid_is_not_claimed(
    still: EvidenceReader, honest: Evidence[ReadingClaim]
) -> None:
    for start in (honest.claim.slot.start + 1, honest.claim.slot.start + DAY, honest.claim.slot.start - DAY):
        assert still.step_that_refuses(edit_reading(honest, slot=replace(honest.claim.slot, start=start))) == 12


def test_a_second_plaintext_under_a_second_key_is_refused(reader: EvidenceReader) -> None:
    """Whatever else a ciphertext can be made to open to, the signed header has one column root."""
    evidence, world = reader.world.evidence(1, 41), reader.world
    made, entry = world.frames[1], world.frames[1].header.groups[0]
    columns = [replace_values(column, 99) for column in world.columns(1)[PLANT]]
    identity = FrameIdentity.of(made.header, 1)
    other, _ = seal_group(
        PLANT, entry.version, Digest(entry.definition_root), columns, (), identity, bytes(32), bytes(12)
    )
    assert (other.spans, other.statuses) == (entry.spans, entry.statuses)
    keys = content_keys(bytes(32), identity.context(PLANT))
    found = disclose(columns, keys, "meter 0", range(1))
    second = ColumnPart(tuple(DisclosedLeaf.of(leaf, salt) for leaf, salt in found.leaves), found.hashes)
    assert reader.step_that_refuses(edit_reading(evidence, column=second)) == 13


def test_a_slot_that_the_frame_leaves_absent_has_no_evidence(reader: EvidenceReader) -> None:
    world = reader.world
    columns = world.columns(2, status=Status.ABSENT)
    assert step_that_refuses(lambda: after(reader, world.made(world.window(2), columns))) == 14


def test_statuses_that_differ_from_the_header_are_refused(reader: EvidenceReader) -> None:
    """The header says estimated, the leaf under its column root says measured."""

    def lie(header: FrameHeader) -> FrameHeader:
        estimated = make_runs(np.full(7 * 96, Status.ESTIMATED, np.uint8))
        return replace(header, groups=(replace(header.groups[0], statuses=estimated), *header.groups[1:]))

    world = reader.world
    made = world.day(2, edit=lie)
    world.anchor()
    assert reader.step_that_refuses(world.shown(made, world.columns(2)[PLANT], world.claim(2, 41))) == 13


def test_a_leaf_of_another_day_is_refused(reader: EvidenceReader) -> None:
    """A terminal that signs yesterday's slots into today's window."""
    world = reader.world
    yesterday = world.columns(1)
    made = world.made(world.window(2), yesterday)
    world.append(made)
    world.anchor()
    assert reader.step_that_refuses(world.shown(made, yesterday[PLANT], world.claim(1, 41))) == 12
    shown = world.shown(made, yesterday[PLANT], world.claim(1, 41))
    assert reader.step_that_refuses(edit_reading(shown, slot=world.claim(2, 41))) == 13


# What is signed


def test_an_edited_header_is_refused(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    header = parse_header(honest.proofs.frames[0].header)
    edited = replace(header, collected_at=header.collected_at - HOUR).to_bytes()
    assert still.step_that_refuses(edit_reading(honest, frame=replace(honest.proofs.frames[0], header=edited))) == 7


def test_another_signature_is_refused(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    signature = bytes([honest.proofs.frames[0].signature[0] ^ 1]) + honest.proofs.frames[0].signature[1:]
    assert (
        still.step_that_refuses(edit_reading(honest, frame=replace(honest.proofs.frames[0], signature=signature))) == 7
    )


def test_groups_of_a_frame_are_not_swapped(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    assert still.step_that_refuses(edit_reading(honest, frame=replace(honest.proofs.frames[0], group=OFFICE))) == 5
    assert still.step_that_refuses(edit_reading(honest, frame=replace(honest.proofs.frames[0], group="attic"))) == 1
    office = still.world.evidence(1, 41, "room 0")
    swapped = edit_reading(office, definition=honest.claim.definition)
    assert still.step_that_refuses(swapped) == 11


def test_a_frame_of_another_key_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    thief = sim_key("thief")
    assert step_that_refuses(lambda: after(reader, world.made(world.window(2), world.columns(2), key=thief))) == 7


def test_a_signature_by_another_key_under_the_terminals_key_id_is_refused(reader: EvidenceReader) -> None:
    """The protected header is the terminal's, the signature a thief's."""
    world = reader.world
    made = world.made(world.window(2), world.columns(2), key=sim_key("thief"))
    frame = parse_frame(made.upload)
    protected = parse_frame(world.frames[0].upload).protected
    forged = replace(made, upload=upload_bytes(replace(frame.envelope, protected=protected), frame.payloads))
    assert step_that_refuses(lambda: after(reader, forged)) == 9


@pytest.mark.parametrize("content_type", ["veriwatt/statement", "veriwatt/transaction", "veriwatt/frame2"])
def test_a_signature_of_another_content_type_is_refused(reader: EvidenceReader, content_type: str) -> None:
    world = reader.world
    key, frame = world.terminal.key, parse_frame(world.made(world.window(2), world.columns(2)).upload)
    protected = protected_header(-8, content_type, key.public.key_id)
    unsigned = Sign1(protected, frame.envelope.payload, b"")
    signed = replace(unsigned, signature=key.sign(unsigned.signed_bytes()))
    made = Made(len(world.chain.uploads), frame.header, upload_bytes(signed, frame.payloads))
    assert step_that_refuses(lambda: after(reader, made)) == 7


def test_a_signature_for_another_ledger_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    made = world.made(world.window(2), world.columns(2), edit=lambda h: replace(h, chain="sim-0123456789abcdef"))
    assert step_that_refuses(lambda: after(reader, made)) == 2


# Whose key it was


def test_a_frame_after_the_last_of_a_retired_terminal_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    world.must(world.owner.retire(world.terminal, last_of(world, 1)))
    assert step_that_refuses(lambda: after(reader, world.made(world.window(2), world.columns(2)))) == 8


def test_a_frame_in_the_place_of_a_retired_terminals_last_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    world.must(
        world.owner.retire(
            world.terminal, FrameRef("t1", FrameNumber(1, 3), parse_frame(world.frames[1].upload).frame_id)
        )
    )
    assert step_that_refuses(lambda: after(reader, world.made(world.window(2), world.columns(2)))) == 8


def test_a_retired_terminals_frames_up_to_its_last_are_proven_even_anchored_late(reader: EvidenceReader) -> None:
    world = reader.world
    world.day(2)
    world.must(world.owner.retire(world.terminal, last_of(world, 2)))
    world.anchor()
    for day in range(3):
        assert reader.verify(world.evidence(day, 41)).verdict is Verdict.PROVEN


@pytest.mark.parametrize(("late", "proven"), [(0, True), (1, False)])
def test_a_retired_terminals_frame_anchored_after_the_spools_age_is_refused(
    reader: EvidenceReader, late: int, proven: bool
) -> None:
    world = reader.world
    world.day(2)
    world.must(world.owner.retire(world.terminal, last_of(world, 2)))
    passes = SPOOL_AGE + ANCHOR_LAG + late - MINUTE - SECOND  # a minute and a second pass with `anchor`
    world.clock.advance_to(retired_at(world) + passes)
    world.anchor()
    if proven:
        raw = world.evidence(2, 41).to_bytes()
        assert proven_reading(raw, world.trust(), world.clock.now()).verdict is Verdict.PROVEN
    else:
        assert step_that_refuses(lambda: world.evidence(2, 41)) == 8


def test_a_compromised_keys_frame_anchored_after_the_report_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    made = world.day(2)
    world.must(world.inspector.report_compromised(world.terminal, made.header.collected_at + DAY))
    world.anchor()
    assert step_that_refuses(lambda: world.evidence(2, 41)) == 8


def test_a_compromised_keys_frame_anchored_before_the_report_is_proven_with_the_report(reader: EvidenceReader) -> None:
    world = reader.world
    world.must(world.inspector.report_compromised(world.terminal, FIRST_DAY))
    reading = reader.verify(world.evidence(1, 41))
    assert reading.verdict is Verdict.PROVEN
    (report,) = [each for each in said(reader, reading) if "key reported compromised from 2026-01-01" in each]
    assert "by metro" in report


def test_a_report_of_a_compromise_after_the_anchor_is_not_a_caveat(reader: EvidenceReader) -> None:
    world = reader.world
    world.must(world.inspector.certify(world.terminal, START, START + DAY))  # a block that bounds the anchor's time
    world.must(world.inspector.report_compromised(world.terminal, reader.now + HOUR))
    reading = reader.verify(world.evidence(1, 41))
    assert not any("compromised" in each for each in said(reader, reading))


def test_a_terminal_retired_and_then_found_compromised_is_bound_by_both(reader: EvidenceReader) -> None:
    world = reader.world
    world.must(world.owner.retire(world.terminal, last_of(world, 0)))
    world.day(2)
    world.anchor()
    assert step_that_refuses(lambda: world.evidence(2, 41)) == 8
    world.must(world.inspector.report_compromised(world.terminal, FIRST_DAY))
    world.day(3)
    world.anchor()
    assert step_that_refuses(lambda: world.evidence(3, 41)) == 8
    for day in (0, 1):
        assert reader.verify(world.evidence(day, 41)).verdict is Verdict.PROVEN


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[SimWorld]:
    """A world whose terminal is not certified yet, with day 0 in its chain."""
    made = SimWorld(tmp_path, certifier="")
    made.day(0)
    yield made
    made.close()


def certified_by(world: SimWorld, slot: int, day: int = 0) -> str | None:
    """Who vouches for a slot's reading, as its evidence says."""
    raw = world.evidence(day, slot).to_bytes()
    return proven_reading(raw, world.trust(), world.clock.now()).certified_by


NOON = 48  # the slot that starts at noon


def test_a_frame_collected_after_the_certification_may_not_state_values_from_before_it(bare: SimWorld) -> None:
    """A frame of a whole day is collected in the evening; no certificate covers its morning."""
    noon = bare.slot_start(0, NOON)
    bare.must(bare.inspector.certify(bare.terminal, noon, noon + DAY))
    bare.anchor()
    assert bare.frames[0].header.collected_at > noon
    assert [certified_by(bare, slot) for slot in (40, NOON - 2)] == [None, None]
    assert [certified_by(bare, slot) for slot in (NOON, NOON + 9)] == ["metro", "metro"]


def test_an_advance_that_began_before_the_certification_is_not_certified(bare: SimWorld) -> None:
    noon = bare.slot_start(0, NOON)
    bare.must(bare.inspector.certify(bare.terminal, noon, noon + DAY))
    bare.anchor()
    assert certified_by(bare, NOON - 1) is None, "it was read at noon, and counts from a reading at a quarter to"


def test_a_frame_that_is_dated_back_into_a_certification_proves_nothing_after_that_time(bare: SimWorld) -> None:
    morning = bare.slot_start(1, 0) + HOUR
    bare.must(bare.inspector.certify(bare.terminal, START, morning))
    bare.day(1, edit=lambda header: replace(header, collected_at=morning - 1))
    bare.anchor()
    assert certified_by(bare, 2, day=1) == "metro"
    assert step_that_refuses(lambda: bare.evidence(1, 3)) == 14
    assert step_that_refuses(lambda: bare.evidence(1, NOON)) == 14


def test_a_reading_certified_by_its_own_org_alone_names_that_org(bare: SimWorld) -> None:
    noon = bare.slot_start(0, NOON)
    bare.must(bare.owner.certify(bare.terminal, START, noon))
    bare.must(bare.inspector.certify(bare.terminal, noon, noon + DAY))
    bare.anchor()
    assert [certified_by(bare, slot) for slot in (40, NOON)] == ["acme", "metro"]


def test_values_from_a_file_are_certified_as_of_the_import(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, certifier="", origin=File(sha256(b"readings"), "readings.csv", sha256(b"mapping")))
    world.day(0)
    world.must(world.owner.certify(world.terminal, world.clock.now() - HOUR, world.clock.now() + HOUR))
    world.anchor()
    assert certified_by(world, 41) == "acme"
    world.close()


def test_values_collected_before_the_key_was_registered_are_refused(reader: EvidenceReader) -> None:
    world = reader.world
    early = world.made(world.window(2), world.columns(2), edit=lambda h: replace(h, collected_at=START - DAY))
    assert step_that_refuses(lambda: after(reader, early)) == 8


def test_a_passport_of_a_version_to_come_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    world.passport_version = 99
    assert step_that_refuses(lambda: after(reader, world.made(world.window(2), world.columns(2)))) == 8


# The data chain and its anchors


def test_a_frame_of_a_forked_data_chain_is_refused(reader: EvidenceReader) -> None:
    """The log host shows another frame in the place of one that is anchored, signed by the same terminal."""
    world = reader.world
    world.frames.pop()
    columns = {group: [replace_values(c, 5) for c in own] for group, own in world.columns(1).items()}
    world.chain.uploads[1] = world.made(world.window(1), columns).upload
    assert step_that_refuses(lambda: world.evidence(1, 41)) == 7


def test_an_anchor_whose_subtrees_are_not_of_the_frames_proves_none(reader: EvidenceReader) -> None:
    world = reader.world
    world.day(2)
    wrong = [*world.chain.leaves()[:2], leaf_hash(b"no frame")]
    world.must(world.owner.anchor(wrong, 2))
    assert step_that_refuses(lambda: world.evidence(2, 41)) == 7


def test_an_anchor_that_the_ledger_does_not_hold_is_refused(
    still: EvidenceReader, honest: Evidence[ReadingClaim]
) -> None:
    (placed,) = honest.proofs.anchors.anchors
    leaf = placed.anchor
    for forged in (replace(leaf, root=sha256(b"root")), replace(leaf, time=leaf.time - 1), replace(leaf, org="metro")):
        anchors = replace(honest.proofs.anchors, anchors=(replace(placed, anchor=forged),))
        assert still.step_that_refuses(edit_reading(honest, anchors=anchors)) == 6


def test_a_frame_is_not_proven_by_a_later_anchor_than_its_own(reader: EvidenceReader) -> None:
    """The later root holds the frame too, but this is not the anchor that added it."""
    world = reader.world
    world.day(2)
    world.anchor()
    first, last = world.evidence(1, 41), world.evidence(2, 41)
    chain = multiproof(world.chain.reader(), [1], 3)
    later = edit_reading(first, anchors=last.proofs.anchors, root_log=last.proofs.root_log, chain=chain)
    assert reader.step_that_refuses(later) == 6


def test_a_file_has_no_anchor_beside_those_of_its_frames(reader: EvidenceReader) -> None:
    """A later anchor beside the frame's own, at whose size the frame is proven too."""
    world = reader.world
    world.day(2)
    world.anchor()
    first, last = world.evidence(1, 41).proofs, world.evidence(2, 41).proofs
    with world.ledger.snapshot() as now:
        indices = [each.anchors.anchors[0].index for each in (first, last)]
        found = {index: now.log_proof(anchors_key("acme"), index) for index in indices}
    hashes = join_paths({index: proof.path for index, proof in found.items()}, found[indices[0]].size)
    both = AnchorsPart(first.anchors.anchors + last.anchors.anchors, hashes)
    chain = multiproof(world.chain.reader(), [1], 3)
    assert reader.step_that_refuses(edit_reading(world.evidence(1, 41), anchors=both, chain=chain)) == 6


# The ledger's time


def test_a_root_log_leaf_that_never_was_is_refused(reader: EvidenceReader) -> None:
    world = reader.world
    made = world.made(world.window(2), world.columns(2), edit=lambda h: replace(h, root_log_leaf=sha256(b"never")))
    assert step_that_refuses(lambda: after(reader, made)) == 10


def test_a_frame_cannot_have_known_a_block_after_its_anchor(reader: EvidenceReader) -> None:
    """A header that names a leaf to come can only be made after it, and is then anchored after it too."""
    world = reader.world
    world.day(2)
    world.anchor()
    evidence = world.evidence(1, 41)
    later = world.evidence(2, 41)
    assert reader.step_that_refuses(edit_reading(evidence, root_log=later.proofs.root_log)) == 10


def test_a_frame_cannot_have_known_its_own_anchors_block(reader: EvidenceReader) -> None:
    """An operator foresees time and app hash of the block to come, and has them signed before."""
    world = reader.world
    head, made_at = world.ledger.head(), FIRST_DAY + 3 * DAY + MINUTE
    to_come = RootLogLeaf(head.height + 1, made_at + MINUTE + SECOND, head.app_hash).to_bytes()
    size, foreseen = head.root_log_size + 1, leaf_hash(to_come)
    world.day(2, edit=lambda h: replace(h, root_log_size=size, root_log_leaf=foreseen))
    world.anchor()
    with world.ledger.snapshot() as now:
        assert now.log_leaf(ROOT_LOG, head.root_log_size) == to_come
    assert step_that_refuses(lambda: world.evidence(2, 41)) == 10


def test_the_block_that_a_frame_knew_is_not_left_out(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    root_log = honest.proofs.root_log
    without = replace(root_log, leaves=root_log.leaves[1:])
    assert still.step_that_refuses(edit_reading(honest, root_log=without)) == 10


def test_the_latest_time_of_the_anchor_cannot_be_moved_later(reader: EvidenceReader) -> None:
    world = reader.world
    world.day(2)
    world.anchor()
    evidence = world.evidence(1, 41)
    root_log = evidence.proofs.root_log
    assert len(root_log.leaves) == 3
    for leaves in (root_log.leaves[:2], (*root_log.leaves[:2], replace(root_log.leaves[2], time=START + 99 * DAY))):
        assert reader.step_that_refuses(edit_reading(evidence, root_log=replace(root_log, leaves=leaves))) == 10


# What the numbers mean


def test_a_frame_is_not_read_under_the_definitions_of_another_version(reader: EvidenceReader) -> None:
    """The frame was made when the multiplier was 1; the file shows the next version, in which it is 2."""
    world = reader.world
    world.groups[PLANT] = (redefined(world.groups[PLANT][0]), *world.groups[PLANT][1:])
    world.must(world.define(PLANT, FIRST_DAY + 4 * DAY))
    evidence = world.evidence(1, 41)
    header, raw = (
        parse_header(evidence.proofs.frames[0].header),
        [definition.to_bytes() for definition in world.groups[PLANT]],
    )
    second = header.group(PLANT)._replace(version=2)
    keys = (*frame_state_keys(header, second), *evidence.claim.state_keys(), *log_keys("acme"))
    with world.ledger.snapshot() as now:
        proof = now.prove(keys)
    shown = edit_reading(
        evidence,
        definition=DefinitionPart(
            world.groups[PLANT][0], (DefinitionPlace(0, path_of([leaf_hash(each) for each in raw], 0)),)
        ),
    )
    assert reader.step_that_refuses(shown) == 11
    state = StatePart(tuple(proof.values[key] for key in keys), proof.proof)
    assert reader.step_that_refuses(edit_reading(shown, state=state)) == 5


def test_a_definition_of_another_multiplier_is_refused(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    definition = redefined(still.world.groups[PLANT][0])
    edited = edit_reading(honest, definition=replace(honest.claim.definition, definition=definition))
    assert still.step_that_refuses(edited) == 11


# Another ledger


def test_evidence_of_another_ledger_is_refused(reader: EvidenceReader, tmp_path: Path) -> None:
    other = anchored_days(tmp_path / "other", name="other")
    assert reader.step_that_refuses(other.world.evidence(1, 41)) == 2


def test_evidence_of_a_twin_ledger_of_the_same_name_is_refused(reader: EvidenceReader, tmp_path: Path) -> None:
    """Same name, another founding member: another genesis, so another chain id."""
    twin = anchored_days(tmp_path / "twin", founder="eve")
    assert twin.world.genesis.name == reader.world.genesis.name
    assert reader.step_that_refuses(twin.world.evidence(1, 41)) == 2


def test_a_claim_on_another_org_or_a_block_of_another_ledger_is_refused(
    still: EvidenceReader, honest: Evidence[ReadingClaim]
) -> None:
    assert still.step_that_refuses(edit_reading(honest, slot=replace(honest.claim.slot, org="metro"))) == 2
    header = replace(honest.light.header, chain_id="sim-0123456789abcdef")
    assert still.step_that_refuses(edit_reading(honest, light=replace(honest.light, header=header))) == 2


def test_a_block_signed_by_a_foreign_key_under_the_same_chain_id_is_refused(
    still: EvidenceReader, honest: Evidence[ReadingClaim]
) -> None:
    stranger = sim_key("stranger")
    validators = ValidatorSet.of(Validator.of(stranger.public.raw, 1))
    names = validators_hash(validators)
    header = replace(
        honest.light.header,
        validators_hash=names,
        next_validators_hash=names,
        proposer_address=validators.validators[0].address,
    )
    forged = edit_reading(honest, light=LightBlock(header, finalise(header, (), (), stranger).commit, validators))
    assert still.step_that_refuses(forged) == 4
    assert proven_reading(forged.to_bytes(), None, still.now).verdict is Verdict.CONSISTENT


def test_a_second_history_by_the_ledgers_own_signer_is_refused_at_its_checkpoint(
    still: EvidenceReader, honest: Evidence[ReadingClaim]
) -> None:
    header = replace(honest.light.header, time=replace(honest.light.header.time, nanos=7_000_000))
    commit = finalise(header, (), (), sim_key("validator 0")).commit
    rewritten = edit_reading(honest, light=replace(honest.light, header=header, commit=commit))
    assert still.step_that_refuses(rewritten, still.world.trust()) == 4


def test_an_altered_state_is_refused(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    values = honest.state.values
    for at, value in enumerate(values):
        edited = (*values[:at], None if value is not None else values[1], *values[at + 1 :])
        forged = edit_reading(honest, state=replace(honest.state, values=edited))
        assert still.step_that_refuses(forged) == 5
    assert still.step_that_refuses(edit_reading(honest, state=replace(honest.state, values=values[:-2]))) == 5


def test_who_leaves_the_log_epochs_out_hides_nothing(still: EvidenceReader, honest: Evidence[ReadingClaim]) -> None:
    """A file of before has no value for them, so one without it is not refused; but it says so."""
    shorter = edit_reading(honest, state=replace(honest.state, values=honest.state.values[:-1]))
    assert "log-epochs-not-shown" in codes(still.world, still.verify(shorter))
    assert "log-epochs-not-shown" not in codes(still.world, still.verify(honest))


def last_of(world: SimWorld, position: int) -> FrameRef:
    """What an org names when its terminal retires with the frame at `position`."""
    return parse_frame(world.frames[position].upload).ref


def retired_at(world: SimWorld) -> UtcMillis:
    retirement = present_passport(world.ledger, "acme", "t1").retirement
    assert retirement is not None
    return retirement.at_time


def replace_values(column: Column, value: int) -> Column:
    return replace(column, values=np.full(len(column.values), value, np.int64))


def said(reader: EvidenceReader, reading: ProvenReading) -> list[str]:
    return [caveat.text for caveat in reading.caveats(reader.trust, reader.now)]
