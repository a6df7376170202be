"""Step 5: the records of the ledger's state that evidence of a reading stands on.

Which keys are proven follows from claim and frame header alone, so a file cannot choose to prove
others. Some must be there; of the next group version presence and absence are both a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.evidence.evidence import StatePart
from veriwatt.model.frames.frame import FrameHeader
from veriwatt.model.ledger import state_keys
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.terminals.passport import Passport
from veriwatt.verify.refusals import NotInState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProvenState:
    """The records, proven under one app hash."""

    passport: Passport
    version: GroupVersion
    next_version: GroupVersion | None
    anchors: CompactRange
    root_log: CompactRange


def derived_keys(header: FrameHeader, group: str, version: int) -> tuple[bytes, ...]:
    """The state keys that follow from the header and the group version it was made under, in order."""
    return (
        state_keys.passport_key(header.org, header.terminal),
        state_keys.group_version_key(header.org, group, version),
        state_keys.group_version_key(header.org, group, version + 1),
        state_keys.anchors_key(header.org),
        state_keys.ROOT_LOG,
    )


def prove_state(root: Digest, part: StatePart, header: FrameHeader, group: str, version: int) -> ProvenState:
    """The records, when the proof shows them under `root`.

    Raises:
        NotProven: a record is missing, or the proof leads elsewhere.
        Malformed: a record is broken, or there are more or fewer values than keys.
    """
    keys, values = derived_keys(header, group, version), part.values
    if len(values) != len(keys):
        raise Malformed(f"the state part has {len(values)} values for {len(keys)} keys")
    verify_state(root, part.proof, dict(zip(keys, values, strict=True)))
    passport, made_under, following, anchors, root_log = values
    return ProvenState(
        passport=_record("passport of the terminal", passport, Passport.from_bytes),
        version=_record("version of the point group", made_under, GroupVersion.from_bytes),
        next_version=None if following is None else GroupVersion.from_bytes(following),
        anchors=_record("log of the org's anchors", anchors, _range),
        root_log=_record("root log", root_log, _range),
    )


def _record(what: str, value: bytes | None, parse: Callable[[bytes], T]) -> T:
    if value is None:
        raise NotInState(what)
    return parse(value)


def _range(raw: bytes) -> CompactRange:
    return CompactRange.parse(decode(raw, "compact range"))
