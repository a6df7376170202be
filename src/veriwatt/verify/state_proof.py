"""Step 5: records of the ledger's state, proven under the app hash of one final block.

Which keys are proven follows from the claim and the frame headers alone, so a file cannot choose to prove others.
Presence and absence are both a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.ledger import state_keys
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.terminals.passport import Passport
from veriwatt.units import UtcMillis
from veriwatt.verify.refusals import NotInState
from veriwatt.verify.verdict import TrustDecision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FrameRecords:
    """The state records that a frame stands on."""

    passport: Passport
    version: GroupVersion
    next_version: GroupVersion | None
    anchors: CompactRange
    root_log: CompactRange


@dataclass(frozen=True, slots=True)
class ProvenState:
    """Records of the ledger's state at one height. Made by `prove_state` alone.

    The records are those after block `height`; `as_of` is the time of the next block's header, which holds their
    root. `signers` counts its validators; `trust` says how far the reader's trust file reaches that block.
    """

    chain: str
    height: int
    as_of: UtcMillis
    signers: int
    trust: TrustDecision
    records: Mapping[bytes, bytes | None]

    def record(self, what: str, key: bytes, parse: Callable[[bytes], T]) -> T:
        """The record at `key`, parsed.

        Raises:
            NotInState: it is proven absent; the error names `what`.
            Malformed: it does not parse.
        """
        value = self.records[key]
        if value is None:
            raise NotInState(what)
        return parse(value)

    def frame_records(self, keys: tuple[bytes, ...]) -> FrameRecords:
        """The records at a frame's `frame_state_keys`; the next group version alone may be absent.

        Raises:
            NotInState: a record is absent.
            Malformed: a record does not parse.
        """
        passport, version, following, anchors, root_log = keys
        after = self.records[following]
        return FrameRecords(
            passport=self.record("passport of the terminal", passport, Passport.from_bytes),
            version=self.record("version of the point group", version, GroupVersion.from_bytes),
            next_version=None if after is None else GroupVersion.from_bytes(after),
            anchors=self.record("log of the org's anchors", anchors, parse_range),
            root_log=self.record("root log", root_log, parse_range),
        )


def frame_state_keys(header: FrameHeader, group: str, version: int) -> tuple[bytes, ...]:
    """The state keys that follow from the header and the group version that the frame was made under, in order."""
    return (
        state_keys.passport_key(header.org, header.terminal),
        state_keys.group_version_key(header.org, group, version),
        state_keys.group_version_key(header.org, group, version + 1),
        state_keys.anchors_key(header.org),
        state_keys.ROOT_LOG,
    )


def prove_state(light: LightBlock, part: StatePart, keys: Sequence[bytes], trust: TrustDecision) -> ProvenState:
    """The records at `keys`, in that order in `part`, when the proof shows them under the block's app hash.

    Args:
        light: verified by `verify_commit`; `trust` was decided on it.

    Raises:
        NotProven: the proof leads to another root.
        Malformed: there are more or fewer values than keys.
    """
    values, header = part.values, light.header
    if len(values) != len(keys):
        raise Malformed(f"the state part has {len(values)} values for {len(keys)} keys")
    records = dict(zip(keys, values, strict=True))
    verify_state(Digest(header.app_hash), part.proof, records)
    signers = len(light.validators.validators)
    return ProvenState(header.chain_id, header.height - 1, header.time_ms, signers, trust, records)


def parse_range(raw: bytes) -> CompactRange:
    """The compact range of a log in the state; raises Malformed."""
    return CompactRange.parse(decode(raw, "compact range"))
