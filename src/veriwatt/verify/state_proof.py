"""Step 5: records of the ledger's state, proven under the app hash of one final block.

Claim and frame headers alone determine the keys that are proven, so a file cannot choose others. A record is proven
present or proven absent.
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
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.chain.log_epochs import LogEpochs
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.frames.header import FrameGroup, FrameHeader
from veriwatt.model.ledger import state_keys
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.model.terminals.passport import Passport
from veriwatt.units import UtcMillis
from veriwatt.verify.cosigned import NOT_COSIGNED, Cosigners
from veriwatt.verify.refusals import NotInState
from veriwatt.verify.verdict import TrustDecision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FrameRecords:
    """The state records that prove a frame."""

    passport: Passport
    version: GroupVersion
    number: NumberRecord | None


@dataclass(frozen=True, slots=True)
class LogRanges:
    """The compact ranges of the logs that prove the frames: the org's anchors, and the root log.

    `epochs` are the org's log epochs; None in a file of the form of before, which does not show them.
    """

    anchors: CompactRange
    root_log: CompactRange
    epochs: LogEpochs | None


NO_LOGS = LogRanges(CompactRange.empty(), CompactRange.empty(), LogEpochs())
"""The ranges of a claim about no frame."""


@dataclass(frozen=True, slots=True)
class ProvenState:
    """Records of the ledger's state at one height. Only `prove_state` makes it.

    The records are those after block `height`; `as_of` is the time of the next block's header, which has their root.
    `signers` is the number of its validators; `trust` says whether the reader's trust file reaches that block.
    `newest_anchor` is that of the claim's org at that height, once step 6 has shown it; `epochs` are those of
    its log, None where the file does not show them. `cosigners` are the witnesses of this state, `signed_for` the
    predecessors of the ledger for which frames were signed.
    """

    chain: str
    height: int
    as_of: UtcMillis
    signers: int
    trust: TrustDecision
    records: Mapping[bytes, bytes | None]
    newest_anchor: AnchorLeaf | None = None
    epochs: LogEpochs | None = LogEpochs()
    cosigners: Cosigners = NOT_COSIGNED
    signed_for: tuple[Predecessor, ...] = ()

    @property
    def newest_end(self) -> UtcMillis:
        """No slot that counts ends later, for a slot is over when its frame is anchored: the time of the org's newest
        anchor, or of the block where the file does not show that.
        """
        return self.as_of if self.newest_anchor is None else self.newest_anchor.time

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

    def facts(self) -> dict[str, object]:
        """The org's log epoch, the ledger, and the height that everything is proven at, as JSON-able values."""
        return {
            "log_epoch": None if self.epochs is None else self.epochs.present,
            "chain": self.chain,
            "facts_height": self.height,
            "facts_as_of": self.as_of,
            "signers": self.signers,
            **self.cosigners.facts(),
        }

    def frame_records(self, keys: tuple[bytes, ...]) -> FrameRecords:
        """The records at a frame's `frame_state_keys`; that of its number alone may be absent.

        Raises:
            NotInState: a record is absent.
            Malformed: a record does not parse.
        """
        passport, version, number = keys
        recorded = self.records[number]
        return FrameRecords(
            passport=self.record("passport of the terminal", passport, Passport.from_bytes),
            version=self.record("version of the point group", version, GroupVersion.from_bytes),
            number=None if recorded is None else NumberRecord.from_bytes(recorded),
        )

    def log_ranges(self, org: str) -> LogRanges:
        """The records at `log_keys`; raises NotInState or Malformed as `record`."""
        anchors, root_log, epochs = log_keys(org)
        return LogRanges(
            anchors=self.record("log of the org's anchors", anchors, parse_range),
            root_log=self.record("root log", root_log, parse_range),
            epochs=LogEpochs.from_bytes(self.records[epochs]) if epochs in self.records else None,
        )


def frame_state_keys(header: FrameHeader, group: FrameGroup) -> tuple[bytes, ...]:
    """The state keys of a frame's records, in order; `group` is that of the claim's point."""
    return (
        state_keys.passport_key(header.org, header.terminal),
        state_keys.group_version_key(header.org, group.group, group.version),
        state_keys.number_key(header.org, header.terminal, header.number),
    )


def log_keys(org: str) -> tuple[bytes, bytes, bytes]:
    """The state keys of the logs that prove an org's frames, and of its log epochs."""
    return state_keys.anchors_key(org), state_keys.ROOT_LOG, state_keys.log_epochs_key(org)


def prove_state(light: LightBlock, part: StatePart, keys: Sequence[bytes], trust: TrustDecision) -> ProvenState:
    """The records at `keys`, whose values are in that order in `part`, if the proof leads to the block's app hash.

    Args:
        light: a block that `verify_commit` verified; `trust` is the trust decision on it.

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
