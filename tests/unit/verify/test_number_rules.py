"""What is recorded of a frame's number binds frames anchored after it, and unsays none anchored before it."""

from __future__ import annotations

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import FrameId
from veriwatt.model.terminals.number_record import NumberRecord, RecordedEquivocation, RecordedVoid
from veriwatt.verify.number_rules import check_number, number_caveats
from veriwatt.verify.refusals import NumberContradicted, NumberVoid

ONE, OTHER = sorted(FrameId(sha256(name)) for name in (b"one", b"other"))
CONTRADICTED = NumberRecord(equivocation=RecordedEquivocation((ONE, OTHER), 20, 1000, "metro", "ida"))
VOIDED = NumberRecord(void=RecordedVoid(ONE, 20, 1000, "acme", "ann"))


@pytest.mark.parametrize(("record", "error"), [(CONTRADICTED, NumberContradicted), (VOIDED, NumberVoid)])
def test_a_frame_anchored_after_the_record_of_its_number_is_refused(
    record: NumberRecord, error: type[Exception]
) -> None:
    for anchored in (20, 21):
        with pytest.raises(error):
            check_number(record, anchored)


@pytest.mark.parametrize("record", [CONTRADICTED, VOIDED, None])
def test_a_frame_anchored_before_it_stays_proven(record: NumberRecord | None) -> None:
    check_number(record, 19)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, ["version as stated by the signer; no contradiction recorded up to height 30"]),
        (CONTRADICTED, [f"contradicted at height 20 by another signed header, {OTHER.hex()[:16]}"]),
        (
            NumberRecord(void=RecordedVoid(OTHER, 20, 1000, "acme", "ann")),
            [
                f"contradicted at height 20 by another signed header, {OTHER.hex()[:16]}",
                "its number was voided at height 20, after it was anchored",
            ],
        ),
        (
            VOIDED,
            [
                "version as stated by the signer; no contradiction recorded up to height 30",
                "its number was voided at height 20, after it was anchored",
            ],
        ),
    ],
)
def test_the_reader_is_told_what_is_recorded(record: NumberRecord | None, said: list[str]) -> None:
    assert [caveat.text for caveat in number_caveats(record, ONE, 30)] == said
