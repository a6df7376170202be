"""No part of an evidence file can be exchanged for the same part of another one of the same ledger."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.attacks.evidence_cases import EvidenceReader, anchored_days
from veriwatt.encoding import decode, encode
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

PARTS = ("chain", "claim", "frames", "data chain", "anchors", "root log", "state", "light block")
"""The fields of a reading's evidence after its format, in order."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> EvidenceReader:
    return anchored_days(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def files(reader: EvidenceReader) -> list[bytes]:
    """Evidence at several heights: other slots, points, groups, days and anchors, and one slot proven twice."""
    world = reader.world

    def at_this_height() -> list[bytes]:
        slots = ((0, 5, "meter 0"), (0, 6, "meter 0"), (0, 5, "meter 6"), (1, 5, "room 1"))
        return [world.evidence(*slot).to_bytes() for slot in slots]

    early = at_this_height()
    world.day(2)
    world.anchor()
    return [*early, *at_this_height(), *(world.evidence(2, *slot).to_bytes() for slot in ((5,), (95, "meter 2")))]


def test_every_file_is_proven(reader: EvidenceReader, files: list[bytes]) -> None:
    assert [reader.verify(each).verdict for each in files] == [Verdict.PROVEN] * len(files)


@pytest.mark.parametrize("part", PARTS)
def test_no_part_fits_another_file(reader: EvidenceReader, files: list[bytes], part: str) -> None:
    tried = 0
    for mine, other in permutations(files, 2):
        mixed = with_parts(mine, other, part)
        if mixed not in files:
            tried += 1
            assert verification_outcome(mixed, reader.trust, reader.now).verdict is Verdict.REFUSED
    assert tried or part == "chain"


def test_no_two_parts_together_fit_another_file(reader: EvidenceReader, files: list[bytes]) -> None:
    mine = files[0]
    for other in files[1:]:
        for one, two in permutations(PARTS, 2):
            mixed = with_parts(mine, other, one, two)
            if mixed not in files:
                outcome = verification_outcome(mixed, reader.trust, reader.now)
                assert outcome.verdict is Verdict.REFUSED, (one, two)


def with_parts(mine: bytes, other: bytes, *parts: str) -> bytes:
    """The file `mine` with some parts of `other`."""
    values, others = decode(mine), decode(other)
    assert isinstance(values, list)
    assert isinstance(others, list)
    for part in parts:
        at = 1 + PARTS.index(part)
        values[at] = others[at]
    return encode(values)
