"""An evidence file has one spelling, and none of its bytes can change."""

from __future__ import annotations

import pytest

from tests.attacks.evidence_cases import EvidenceReader, anchored_days
from veriwatt.encoding import decode, encode
from veriwatt.model.evidence.file_limits import MAX_EVIDENCE
from veriwatt.testing.worlds import PLANT
from veriwatt.units import Interval
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> EvidenceReader:
    return anchored_days(tmp_path_factory.mktemp("bytes"))


@pytest.fixture(scope="module")
def raw(reader: EvidenceReader) -> bytes:
    """Every kind of part: a frame of two hours between others, and a block after its anchor's."""
    world = reader.world
    two_hours = Interval(world.slot_start(2, 8), world.slot_start(2, 16))
    world.append(world.made(two_hours, {PLANT: world.group_columns(PLANT, two_hours)}))
    world.anchor()
    world.day(3)
    world.anchor()
    return world.evidence(2, 11, "meter 3").to_bytes()


def test_the_file_that_the_attacks_alter_is_proven(reader: EvidenceReader, raw: bytes) -> None:
    assert reader.verify(raw).verdict is Verdict.PROVEN


def test_no_byte_can_be_flipped(reader: EvidenceReader, raw: bytes) -> None:
    newest = reader.world.trust()
    for at in range(len(raw)):
        altered = raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]
        assert verification_outcome(altered, newest, reader.now).verdict is Verdict.REFUSED, (
            f"byte {at} flipped, and not refused"
        )


def test_no_byte_can_be_flipped_without_a_trust_file(reader: EvidenceReader, raw: bytes) -> None:
    for at in range(0, len(raw), 7):
        altered = raw[:at] + bytes([raw[at] ^ 1 << (at + 3) % 8]) + raw[at + 1 :]
        with pytest.raises(StepFailed):
            verify_evidence(altered, None, reader.now)


def test_no_byte_can_be_added_or_cut(reader: EvidenceReader, raw: bytes) -> None:
    for altered in (b"", raw[:-1], raw + b"\0", raw + raw, raw[1:], b"\0" + raw, raw[: len(raw) // 2]):
        assert reader.step_that_refuses(altered) == 1


def test_a_second_spelling_is_refused(reader: EvidenceReader, raw: bytes) -> None:
    assert raw[0] == 0x89
    spellings = {
        "long head of the array": b"\x98\x09" + raw[1:],
        "array without length": b"\x9f" + raw[1:] + b"\xff",
        "tag before the array": b"\xd9\xd9\xf7" + raw,
        "long head of the version": raw[:1] + b"\x18\x01" + raw[2:],
        "version as a float": raw[:1] + b"\xf9\x3c\x00" + raw[2:],
        "version as true": raw[:1] + b"\xf5" + raw[2:],
        "a big number for the version": raw[:1] + b"\xc2\x41\x01" + raw[2:],
    }
    for name, altered in spellings.items():
        assert reader.step_that_refuses(altered) == 1, name


def test_a_text_in_pieces_is_refused(reader: EvidenceReader, raw: bytes) -> None:
    chain = reader.world.ledger.chain_id.encode()
    whole = bytes([0x60 | len(chain)]) + chain
    assert raw[2 : 2 + len(whole)] == whole
    pieces = b"\x7f" + bytes([0x60 | 3]) + chain[:3] + bytes([0x60 | len(chain) - 3]) + chain[3:] + b"\xff"
    assert reader.step_that_refuses(raw[:2] + pieces + raw[2 + len(whole) :]) == 1


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x81" * 200_000,
        b"[" * 200_000,
        b"\x9f" * 200_000,
        b"\xd8\x1c" * 100_000,
        b"\xa1\x01" * 100_000,
        b"\x9b" + b"\xff" * 8,
        b"\x5b" + b"\x7f" + b"\xff" * 7,
        b"\x7b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
        b"\x89" * 60_000,
        b"\xc2\x5a\x00\x03\xff\xf0" + b"\xff" * 200_000,
    ],
    ids=[
        "deep arrays",
        "deep text",
        "deep open arrays",
        "deep shared tags",
        "deep maps",
        "huge array",
        "huge bytes",
        "huge text",
        "huge map",
        "deep evidence",
        "huge number",
    ],
)
def test_nesting_and_huge_lengths_are_refused(reader: EvidenceReader, bomb: bytes) -> None:
    assert reader.step_that_refuses(bomb) == 1


def test_a_file_beyond_the_size_limit_is_refused_before_it_is_parsed(reader: EvidenceReader, raw: bytes) -> None:
    assert reader.step_that_refuses(raw + bytes(MAX_EVIDENCE)) == 1


def test_parts_beyond_their_bounds_are_refused(reader: EvidenceReader, raw: bytes) -> None:
    fields = decode(raw)
    assert isinstance(fields, list)
    claim, state = fields[2], fields[7]
    assert isinstance(claim, list)
    assert isinstance(state, list)
    beyond = {2: [*claim[:5], [b"\0" * 5000, b"\0" * 32, 0, b""]], 4: b"\0" * 31, 7: [[None] * 9999, state[1]]}
    for number, altered in beyond.items():
        parts = [*fields[:number], altered, *fields[number + 1 :]]
        assert reader.step_that_refuses(encode(parts)) == 1


def test_a_refusal_names_step_and_reason(reader: EvidenceReader, raw: bytes) -> None:
    refusal = verification_outcome(raw[:-1], reader.trust, reader.now)
    assert refusal.verdict is Verdict.REFUSED
    assert refusal.failed is not None
    assert (refusal.failed.step, refusal.failed.name) == (1, "canonical form")
    assert refusal.failed.why
    assert refusal.facts == {}
