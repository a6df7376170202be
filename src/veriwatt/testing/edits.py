"""One-line edits of frozen records and of evidence, for attacks."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.frame_proof import FrameProofs
from veriwatt.model.evidence.reading_claim import ReadingClaim

T = TypeVar("T")


def replace(record: T, **changes: Any) -> T:
    """A copy of a frozen dataclass or a named tuple with some fields changed."""
    if isinstance(record, tuple):
        return record._replace(**changes)  # type: ignore[attr-defined, no-any-return]
    return dataclasses.replace(record, **changes)  # type: ignore[type-var]


def edit_reading(evidence: Evidence[ReadingClaim], **parts: Any) -> Evidence[ReadingClaim]:
    """A copy of a reading's evidence with some parts changed, each named as in its claim, its proofs or itself.

    `frame` is the one frame's part.
    """
    if "frame" in parts:
        parts["frames"] = (parts.pop("frame"),)
    return dataclasses.replace(
        evidence,
        claim=dataclasses.replace(evidence.claim, **_taken(ReadingClaim, parts)),
        proofs=dataclasses.replace(evidence.proofs, **_taken(FrameProofs, parts)),
        **parts,
    )


def _taken(record: type[ReadingClaim | FrameProofs], parts: dict[str, Any]) -> dict[str, Any]:
    """The parts that the record has fields for, taken out of `parts`."""
    return {field.name: parts.pop(field.name) for field in dataclasses.fields(record) if field.name in parts}
