"""Step 5: the records of the ledger's state that evidence of a reading stands on.

Which keys are proven follows from claim and frame header alone, so a file cannot choose to prove
others. Some must be there; of the next group version either is a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model import state_keys
from veriwatt.model.evidence import StatePart
from veriwatt.model.frame import FrameHeader
from veriwatt.model.group import GroupVersion
from veriwatt.model.organisation import Organisation
from veriwatt.model.passport import Certification, Passport, certified_at
from veriwatt.verify.steps import Unproven

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProvenState:
    """The records, proven under one app hash. `certifier` is the org behind `certification`."""

    passport: Passport
    org: Organisation
    version: GroupVersion
    next_version: GroupVersion | None
    data_chain: CompactRange
    anchors: CompactRange
    root_log: CompactRange
    certification: Certification | None
    certifier: Organisation | None


def first_keys(header: FrameHeader, group: str, version: int) -> tuple[bytes, ...]:
    """The state keys that follow from the header and the group version it was made under, in order."""
    return (
        state_keys.passport_key(header.org, header.terminal),
        state_keys.org_key(header.org),
        state_keys.group_version_key(header.org, group, version),
        state_keys.group_version_key(header.org, group, version + 1),
        state_keys.data_chain_key(header.org),
        state_keys.anchors_key(header.org),
        state_keys.ROOT_LOG,
    )


def certifier_keys(header: FrameHeader, passport: Passport) -> tuple[bytes, ...]:
    """The key that follows from the passport: another org that certified the terminal when it collected."""
    certification = certified_at(passport, header.collected_at)
    other = certification is not None and certification.org != header.org
    return (state_keys.org_key(certification.org),) if certification is not None and other else ()


def prove_state(root: Digest, part: StatePart, header: FrameHeader, group: str, version: int) -> ProvenState:
    """The records, when the proof shows them under `root`.

    Raises:
        NotProven: a record is missing, or the proof leads elsewhere.
        Malformed: a record is broken, or there are more or fewer values than keys.
    """
    keys, values = first_keys(header, group, version), part.values
    passport = _record("passport of the terminal", values[:1], Passport.from_bytes)
    keys += certifier_keys(header, passport)
    if len(values) != len(keys):
        raise Malformed(f"the state part has {len(values)} values for {len(keys)} keys")
    verify_state(root, part.proof, dict(zip(keys, values, strict=True)))
    org = _record("record of the org", values[1:2], Organisation.from_bytes)
    certification = certified_at(passport, header.collected_at)
    certifier = org if certification is not None else None
    if len(values) > 7:
        certifier = _record("record of the certifying org", values[7:], Organisation.from_bytes)
    return ProvenState(
        passport=passport,
        org=org,
        version=_record(f"version {version} of group {group}", values[2:3], GroupVersion.from_bytes),
        next_version=None if values[3] is None else GroupVersion.from_bytes(values[3]),
        data_chain=_record("data chain of the org", values[4:5], _range),
        anchors=_record("log of the org's anchors", values[5:6], _range),
        root_log=_record("root log", values[6:7], _range),
        certification=certification,
        certifier=certifier,
    )


def _record(what: str, value: Sequence[bytes | None], parse: Callable[[bytes], T]) -> T:
    if not value or value[0] is None:
        raise Unproven(f"the state holds no {what}")
    return parse(value[0])


def _range(raw: bytes) -> CompactRange:
    return CompactRange.parse(decode(raw, "compact range"))
