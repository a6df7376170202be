"""Frames that a log host must not take, each one edit away from a good one."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.other_signature import other_signature
from veriwatt.crypto.hashing import object_id, sha256
from veriwatt.encoding import Sign1, encode, protected_header
from veriwatt.errors import BadSignature, Malformed, NotFound, Unavailable
from veriwatt.ids import Digest, FrameId
from veriwatt.loghost.accept import Accepted
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.metering.group_points import NotItsTerminal, WrongSlots
from veriwatt.metering.key_windows import CrossesKeyWindow
from veriwatt.model.chain.checkpoint import open_note
from veriwatt.model.frames.build import UnsignedFrame
from veriwatt.model.frames.frame import parse_frame, upload_bytes
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.signing import sign_header
from veriwatt.model.points.group import definitions_root
from veriwatt.model.terminals.passport import NotEnrolled
from veriwatt.model.terminals.revocation_rules import SPOOL_AGE, AfterRetirement, TooLateAfterRetirement
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.testing.actors import START, SimTerminal
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.hosts import GROUP, LOG_KEY, ORG, SimHost
from veriwatt.units import DAY, MINUTE, Interval
from veriwatt.verify.frame_refusals import (
    ClockAhead,
    CollectedBeforeItsEnd,
    Equivocation,
    FrameOutOfSequence,
    KeyCompromised,
    NotCertified,
    WrongLedger,
)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def header_with(**changes: Any) -> Edit:
    return lambda header: replace(header, **changes)


def group_with(**changes: Any) -> Edit:
    return lambda header: replace(header, groups=(replace(header.groups[0], **changes),))


def with_payload(upload: bytes, payload: bytes) -> bytes:
    return upload_bytes(parse_frame(upload).envelope, [payload])


def test_a_good_frame_is_accepted(host: SimHost) -> None:
    assert host.accept(host.frame())[0].position == 0


def test_every_flipped_byte_of_an_upload_is_refused(host: SimHost) -> None:
    good = host.frame()
    bad = [good[:at] + bytes([good[at] ^ 0x04]) + good[at + 1 :] for at in range(len(good))]
    assert not any(isinstance(outcome, Accepted) for outcome in host.offer(*bad).outcomes)
    assert host.chain.size == 0


def test_an_edited_value_is_refused(host: SimHost) -> None:
    frame = host.frame()
    (payload,) = parse_frame(frame).payloads
    edited = with_payload(frame, payload[:-1] + bytes([payload[-1] ^ 1]))
    assert isinstance(host.refusal(edited), Malformed)


def test_an_edited_header_is_refused(host: SimHost) -> None:
    frame = parse_frame(host.frame())
    header = replace(frame.header, collected_at=frame.header.collected_at - 1)
    edited = upload_bytes(replace(frame.envelope, payload=header.to_bytes()), frame.payloads)
    assert isinstance(host.refusal(edited), BadSignature)


def test_swapped_groups_are_refused(host: SimHost) -> None:
    """Header entries and payloads in another order: the signature is over the order."""

    def two_groups(header: FrameHeader) -> FrameHeader:
        return replace(header, groups=(header.groups[0], replace(header.groups[0], group="other")))

    frame = parse_frame(host.frame())
    header = two_groups(frame.header)
    signed = sign_header(header.to_bytes(), host.terminal.key)
    swapped = replace(signed, payload=replace(header, groups=header.groups[::-1]).to_bytes())
    assert isinstance(host.refusal(upload_bytes(swapped, frame.payloads * 2)), BadSignature)
    assert isinstance(host.refusal(upload_bytes(signed, frame.payloads)), Malformed)


def test_a_frame_of_another_terminals_key_is_refused(host: SimHost) -> None:
    other = SimTerminal(ORG, "t2")
    host.admit(other)
    assert isinstance(host.refusal(host.frame(key=other.key)), Malformed)
    header = parse_frame(host.frame()).header.to_bytes()
    protected = protected_header(-8, "veriwatt/frame", host.terminal.key.public.key_id)
    unsigned = Sign1(protected, header, b"")
    forged = Sign1(protected, header, other.key.sign(unsigned.signed_bytes()))
    assert isinstance(host.refusal(upload_bytes(forged, parse_frame(host.frame()).payloads)), Malformed | BadSignature)


def test_a_signature_of_another_kind_does_not_pass_for_a_frames(host: SimHost) -> None:
    frame = parse_frame(host.frame())
    protected = protected_header(-8, "veriwatt/statement", host.terminal.key.public.key_id)
    signature = host.terminal.key.sign(Sign1(protected, frame.envelope.payload, b"").signed_bytes())
    offered = upload_bytes(Sign1(protected, frame.envelope.payload, signature), frame.payloads)
    assert isinstance(host.refusal(offered), Malformed)


def test_a_frames_signature_does_not_pass_for_a_checkpoints(host: SimHost) -> None:
    frame = parse_frame(host.frame())
    note = host.offer(host.frame(advance=False)).note
    text, _, signed = note.partition("\n\n")
    offered = f"{text}\n\n— {signed.split()[1]} {_note_signature(frame.signature, note)}\n"
    with pytest.raises(BadSignature):
        open_note(offered, f"{host.ledger.chain_id}/{ORG}", LOG_KEY.public)


def _note_signature(signature: bytes, note: str) -> str:
    """`signature` as the note's own would be written."""
    return b64encode(b64decode(note.rsplit(" ", 1)[1])[:4] + signature).decode()


def test_a_frame_of_another_chain_or_org_is_refused(host: SimHost) -> None:
    for edit in ({"chain": "sim-0000000000000000"}, {"org": "acme2"}):
        refused = host.refusal(host.frame(edit=header_with(**edit), advance=False))
        assert isinstance(refused, WrongLedger | NotFound)


def test_a_terminal_that_is_not_enrolled_is_refused(host: SimHost) -> None:
    assert isinstance(host.refusal(host.frame(SimTerminal(ORG, "nobody"))), NotFound)


def test_a_replayed_frame_is_known_and_not_counted_twice(host: SimHost) -> None:
    first, second = host.frame(), host.frame()
    host.accept(first, second)
    again = host.accept(first, second, first)
    assert [(outcome.position, outcome.known) for outcome in again] == [(0, True), (1, True), (0, True)]
    assert host.chain.size == 2


def test_a_replay_within_one_batch_is_known(host: SimHost) -> None:
    frame = host.frame()
    assert [outcome.known for outcome in host.accept(frame, frame)] == [False, True]
    assert host.chain.size == 1


def test_a_replay_after_anchor_and_restart_is_known(host: SimHost) -> None:
    frame = host.frame()
    host.accept(frame)
    host.anchor()
    host.reopen(without_index=True)
    assert host.accept(frame)[0].known


def test_last_weeks_load_under_a_new_number_does_not_fit_its_slots(host: SimHost) -> None:
    """The values are sealed under the number and window they were made for; a new header names other hashes."""
    old, new = parse_frame(host.frame()), parse_frame(host.frame(advance=False))
    offered = upload_bytes(new.envelope, old.payloads)
    assert isinstance(host.refusal(offered), Malformed)


def test_a_skipped_number_is_refused_until_the_one_before_it_comes(host: SimHost) -> None:
    first, second, third = (host.frame() for _ in range(3))
    host.accept(first)
    refused = host.refusal(third)
    assert isinstance(refused, FrameOutOfSequence)
    assert refused.want == (0, 2)
    host.accept(second, third)


def test_a_frame_that_does_not_name_the_one_before_is_refused(host: SimHost) -> None:
    host.accept(host.frame())
    refused = host.refusal(host.frame(edit=lambda header: replace(header, prev=FrameId(bytes(32)))))
    assert isinstance(refused, FrameOutOfSequence)


@pytest.mark.parametrize("number", [(0, 0), (1, 1), (1, 2), (0, 3)])
def test_a_number_that_never_was_is_refused_naming_the_next(host: SimHost, number: tuple[int, int]) -> None:
    host.accept(host.frame())
    refused = host.refusal(host.frame(edit=lambda header: replace(header, number=FrameNumber(*number))))
    assert isinstance(refused, FrameOutOfSequence)
    assert refused.want == (0, 2)


@pytest.mark.parametrize("anchored", [False, True])
def test_a_second_frame_for_one_number_is_quarantined_as_proof(host: SimHost, anchored: bool) -> None:
    second = host.frame(edit=lambda header: replace(header, collected_at=header.collected_at - 1), advance=False)
    host.accept(host.frame())
    if anchored:
        host.anchor()
    refused = host.refusal(second)
    assert isinstance(refused, Equivocation)
    assert host.chain.size == 1
    assert host.quarantined() == [_name("equivocation", second)]
    host.refusal(second)
    assert len(host.quarantined()) == 1


def test_two_frames_for_one_number_in_one_batch_are_equivocation(host: SimHost) -> None:
    second = host.frame(edit=lambda header: replace(header, collected_at=header.collected_at - 1), advance=False)
    outcomes = host.offer(host.frame(), second).outcomes
    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], Equivocation)


def test_equivocation_is_recorded_whatever_else_is_wrong_with_the_second_frame(host: SimHost) -> None:
    host.accept(host.frame(advance=False))
    second = host.frame(edit=lambda header: replace(header, collected_at=header.collected_at + DAY))
    assert isinstance(host.refusal(second), Equivocation)
    assert len(host.quarantined()) == 1


def test_a_malleated_twin_of_a_signature_is_the_frame_already_known(host: SimHost) -> None:
    frame = parse_frame(host.frame())
    other = other_signature(frame.envelope.signed_bytes())
    twin = upload_bytes(replace(frame.envelope, signature=other), frame.payloads)
    assert parse_frame(twin).signature != frame.signature
    host.accept(frame.upload)
    (outcome,) = host.accept(twin)
    assert (outcome.known, outcome.position) == (True, 0)
    assert host.quarantined() == []
    assert host.chain.upload(0) == frame.upload


def test_a_signature_with_a_scalar_beyond_the_group_order_is_refused(host: SimHost) -> None:
    frame = parse_frame(host.frame())
    signature, order = frame.signature, 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + order
    twin = replace(frame.envelope, signature=signature[:32] + scalar.to_bytes(32, "little"))
    assert isinstance(host.refusal(upload_bytes(twin, frame.payloads)), BadSignature)


def test_a_frame_of_an_uncertified_terminal_is_refused(host: SimHost) -> None:
    other = SimTerminal(ORG, "t2")
    host.must(host.owner.enrol(other))
    assert isinstance(host.refusal(host.frame(other)), NotCertified)


def test_a_frame_collected_before_the_enrolment_is_refused(host: SimHost) -> None:
    early = host.frame(edit=lambda header: replace(header, collected_at=START - DAY))
    assert isinstance(host.refusal(early), NotEnrolled)


def test_a_window_or_collection_in_the_future_is_refused(host: SimHost) -> None:
    ahead = host.frame(
        edit=lambda header: replace(header, collected_at=header.collected_at + 6 * MINUTE), advance=False
    )
    assert isinstance(host.refusal(ahead), ClockAhead)
    host.accept(host.frame(edit=lambda header: replace(header, collected_at=header.collected_at + 4 * MINUTE)))


def test_a_frame_after_the_last_one_of_a_retired_terminal_is_refused(host: SimHost) -> None:
    first = host.frame()
    host.accept(first)
    host.must(host.owner.retire(host.terminal, FrameRef("t1", FrameNumber(0, 1), parse_frame(first).frame_id)))
    assert isinstance(host.refusal(host.frame()), AfterRetirement)
    assert host.accept(first)[0].known


def test_late_frames_of_a_retired_key_that_continue_its_chain_are_accepted(host: SimHost) -> None:
    frames = [host.frame() for _ in range(3)]
    host.accept(frames[0])
    host.must(host.owner.retire(host.terminal, FrameRef("t1", FrameNumber(0, 3), parse_frame(frames[2]).frame_id)))
    assert [outcome.position for outcome in host.accept(*frames[1:])] == [1, 2]


@pytest.mark.parametrize(("late", "taken"), [(0, True), (1, False)])
def test_late_frames_of_a_retired_key_are_awaited_for_the_spools_age(host: SimHost, late: int, taken: bool) -> None:
    frames = [host.frame() for _ in range(2)]
    host.accept(frames[0])
    host.must(host.owner.retire(host.terminal, FrameRef("t1", FrameNumber(0, 2), parse_frame(frames[1]).frame_id)))
    retirement = present_passport(host.ledger, ORG, "t1").retirement
    assert retirement is not None
    host.clock.advance_to(retirement.at_time + SPOOL_AGE + late)
    (outcome,) = host.offer(frames[1]).outcomes
    assert isinstance(outcome, Accepted if taken else TooLateAfterRetirement)
    assert host.accept(frames[0])[0].known, "what was accepted in time stays known"


def test_another_last_frame_than_the_retirement_named_is_refused(host: SimHost) -> None:
    first = host.frame()
    host.must(host.owner.retire(host.terminal, FrameRef("t1", FrameNumber(0, 1), FrameId(sha256(b"another")))))
    assert isinstance(host.refusal(first), AfterRetirement)


def test_a_frame_of_a_terminal_revoked_before_its_window_is_quarantined(host: SimHost) -> None:
    host.must(host.inspector.report_compromised(host.terminal, host.clock.now() - 1))
    late = host.frame()
    assert isinstance(host.refusal(late), KeyCompromised)
    assert host.quarantined() == [_name("key-compromised", late)]
    assert host.chain.size == 0


def test_a_late_frame_of_a_compromised_key_is_quarantined_and_known_ones_stay_known(host: SimHost) -> None:
    first, second = host.frame(), host.frame()
    host.accept(first)
    host.must(host.inspector.report_compromised(host.terminal, host.clock.now() - 1))
    assert isinstance(host.refusal(second), KeyCompromised)
    assert host.accept(first)[0].known
    assert host.chain.size == 1


def test_a_passport_that_changes_between_two_batches_counts_in_the_second(host: SimHost) -> None:
    host.accept(host.frame())
    host.must(host.owner.retire(host.terminal))
    assert isinstance(host.refusal(host.frame()), AfterRetirement)


@pytest.mark.parametrize("version", [0, 3, 2**40])
def test_a_passport_version_that_never_was_is_refused(host: SimHost, version: int) -> None:
    refused = host.refusal(host.frame(edit=lambda header: replace(header, passport_version=version)))
    assert isinstance(refused, WrongLedger)


def test_a_root_log_leaf_of_another_ledger_is_refused(host: SimHost) -> None:
    edits: list[dict[str, Any]] = [
        {"root_log_leaf": Digest(sha256(b"no leaf"))},
        {"root_log_size": 0},
        {"root_log_size": 10**6},
    ]
    for edit in edits:
        refused = host.refusal(host.frame(edit=header_with(**edit), advance=False))
        assert isinstance(refused, WrongLedger | NotFound), edit


def test_a_group_or_definition_that_is_not_registered_is_refused(host: SimHost) -> None:
    for edit in (
        group_with(group="other"),
        group_with(version=2),
        group_with(definition_root=Digest(sha256(b"other"))),
    ):
        frame = host.frame(edit=edit, advance=False)
        assert isinstance(host.refusal(frame), NotFound)


def test_spans_that_are_not_the_slots_of_the_points_are_refused(host: SimHost) -> None:
    """A slot more, and a point less: headers alone must tell how many slots there are."""
    for spans, statuses in ((((2, 2),), bytes([4 << 3 | 1])), (((1, 1),), bytes([1 << 3 | 1]))):
        frame = host.frame(edit=group_with(spans=spans, statuses=statuses), advance=False)
        assert isinstance(host.refusal(frame), WrongSlots)


@pytest.mark.parametrize("pairs", [((2**33, 0), (2, 1)), ((0, 5), (2, 1)), ((1, 1), (1, 1))])
def test_spans_that_only_add_up_are_refused(host: SimHost, pairs: tuple[tuple[int, int], ...]) -> None:
    frame = parse_frame(host.frame(advance=False))
    header = replace(frame.header, groups=(replace(frame.header.groups[0], spans=pairs),))
    upload = UnsignedFrame(header, frame.payloads).sign(host.terminal.key)
    assert isinstance(host.refusal(upload), Malformed)


def test_a_frame_across_the_border_of_a_key_window_is_refused(host: SimHost) -> None:
    def across(header: FrameHeader) -> FrameHeader:
        midnight = START + DAY + 16 * 60 * MINUTE - DAY
        return replace(header, window=Interval(midnight - 15 * MINUTE, midnight + 15 * MINUTE))

    assert isinstance(host.refusal(host.frame(edit=across)), CrossesKeyWindow)


def test_bytes_after_or_in_another_spelling_are_refused(host: SimHost) -> None:
    frame = host.frame()
    longer = b"\x98\x02" + frame[1:]
    assert isinstance(host.refusal(frame + b"\0"), Malformed)
    assert isinstance(host.refusal(longer), Malformed)
    parsed = parse_frame(frame)
    listed = encode([list(_fields(parsed.envelope)), list(parsed.payloads)])
    assert isinstance(host.refusal(listed), Malformed)


def test_one_refused_frame_does_not_hold_up_the_others_of_its_batch(host: SimHost) -> None:
    other = SimTerminal(ORG, "t2")
    host.admit(other)
    good, bad, more = host.frame(), host.frame(other)[:-1], host.frame()
    outcomes = host.offer(good, bad, more).outcomes
    assert [isinstance(outcome, Accepted) for outcome in outcomes] == [True, False, True]


def test_a_ledger_out_of_reach_refuses_for_now(host: SimHost, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> object:
        raise Unavailable("the ledger does not answer")

    frame = host.frame()
    with monkeypatch.context() as broken:
        broken.setattr(host.ledger, "head", silent)
        with pytest.raises(Unavailable):
            host.offer(frame)
    host.accept(frame)


def _fields(envelope: Sign1) -> tuple[bytes, bytes, bytes, bytes]:
    return envelope.protected, b"", envelope.payload, envelope.signature


def _name(why: str, upload: bytes) -> str:
    return str(object_id(encode([why, upload])))


def test_a_frame_of_a_meter_collected_before_its_window_ended_gets_no_receipt(host: SimHost) -> None:
    early = host.frame(edit=lambda header: header._replace(collected_at=header.window.end - 1), advance=False)
    assert isinstance(host.refusal(early), CollectedBeforeItsEnd)
    host.accept(host.frame())


def test_a_terminal_that_no_definition_of_the_group_names_states_nothing_from_a_meter(host: SimHost) -> None:
    points = LedgerCache(host.ledger).group_points(ORG, GROUP, 1, definitions_root(host.definitions))
    first, *others = points.definitions
    elsewhere = [replace(definition, terminal="t9") for definition in points.definitions]
    nowhere = [replace(definition, terminal=None) for definition in points.definitions]
    for mixed in ([*elsewhere[:-1], first], [first, *others], [first, *nowhere[1:]]):
        replace(points, definitions=tuple(mixed)).check_meter("t1")
    for unnamed in (elsewhere, nowhere):
        with pytest.raises(NotItsTerminal):
            replace(points, definitions=tuple(unnamed)).check_meter("t1")
