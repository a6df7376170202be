"""Log epochs: an org gave up acknowledged frames that its log host lost, and its log goes on under another origin.

    recover body = [epoch, kept, lost checkpoint, reason]
    log epochs   = [2, [recovered ...]]                         at state key "logepoch/ORG", absent before the first
    recovered    = [height, time, kept, lost size, lost root, member]

The origin line of an org's checkpoints is `chain/org` in its first epoch and `chain/org/n` in epoch n.
Spec: docs/spec/log-epochs.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.units import UtcMillis, parse_count

MOST_RECOVERED = 64
"""Records of one org. Each pauses the deadlines of its receipts, so their number is bounded."""

MAX_NOTE = 1_024
"""Bytes of a checkpoint's note."""

MAX_REASON = 500
"""Characters of a reason."""

FIRST = 1
"""The epoch of a log without a record."""


class LogName(NamedTuple):
    """The log of an org on a ledger, in one epoch."""

    chain: str
    org: str
    epoch: int = FIRST

    @property
    def origin(self) -> str:
        """The origin line of its checkpoints."""
        return f"{self.chain}/{self.org}" + (f"/{self.epoch}" if self.epoch > FIRST else "")

    def in_epoch(self, epoch: int) -> LogName:
        return self._replace(epoch=epoch)

    def epoch_of(self, note: str) -> int:
        """The epoch whose origin a note of this org's log states, before its signature is verified.

        Raises:
            Malformed: its origin is that of no epoch of this log.
        """
        origin = note.partition("\n")[0]
        stem = self.in_epoch(FIRST).origin
        if origin == stem:
            return FIRST
        epoch = parse_count(origin[len(stem) + 1 :]) if origin.startswith(f"{stem}/") else 0
        if epoch <= FIRST or self.in_epoch(epoch).origin != origin:
            raise Malformed("checkpoint: not a signed note of this origin")
        return epoch


@dataclass(frozen=True, slots=True)
class Recover:
    """Body of kind "recover": begin epoch `epoch` with the `kept` anchored frames, and give up what came after them.

    `lost` is the signed note of the most frames that the log host is known to have acknowledged.
    """

    kind: ClassVar[str] = "recover"
    epoch: int
    kept: int
    lost: str
    reason: str

    def fields(self) -> list[Value]:
        return [self.epoch, self.kept, self.lost, self.reason]

    @classmethod
    def parse(cls, value: object) -> Recover:
        f = Fields(value, "recover", 4)
        return cls(f.uint("epoch"), f.uint("kept"), f.text("lost checkpoint", MAX_NOTE), f.text("reason", MAX_REASON))


@dataclass(frozen=True, slots=True)
class Recovered:
    """One record: in the block `height`, `member` gave up the acknowledged frames from position `kept` on.

    `lost_size` and `lost_root` are of the largest acknowledged checkpoint, as the org stated it; `time` is from header
    `height`.
    """

    height: int
    time: UtcMillis
    kept: int
    lost_size: int
    lost_root: Digest
    member: str

    @property
    def frames(self) -> int:
        """How many acknowledged frames were given up, as the org stated."""
        return self.lost_size - self.kept

    def fields(self) -> list[Value]:
        return [self.height, self.time, self.kept, self.lost_size, self.lost_root, self.member]

    @classmethod
    def parse(cls, value: object) -> Recovered:
        f = Fields(value, "log epochs: record", 6)
        height, time, kept, size = f.uint("height"), f.uint("time"), f.uint("kept"), f.uint("lost size")
        found = cls(height, time, kept, size, f.digest("lost root", Digest), f.name("member"))
        if found.frames <= 0:
            raise Malformed("log epochs: a record gives nothing up")
        return found


@dataclass(frozen=True, slots=True)
class LogEpochs:
    """The records of an org, in order."""

    recovered: tuple[Recovered, ...] = ()

    @property
    def present(self) -> int:
        """The epoch that the log is in."""
        return FIRST + len(self.recovered)

    def kept_since(self, epoch: int) -> int | None:
        """The frames that kept their positions in every epoch since `epoch`; None if that is the present one."""
        return min((each.kept for each in self.recovered[epoch - FIRST :]), default=None)

    def to_bytes(self) -> bytes:
        return encode([FORMAT, [each.fields() for each in self.recovered]])

    @classmethod
    def from_bytes(cls, raw: bytes | None) -> LogEpochs:
        """The record at the state key; None is what the state has before the first one. Raises Malformed."""
        if raw is None:
            return cls()
        f = Fields.versioned(decode(raw, "log epochs"), "log epochs", 2)
        return cls(f.each("records", Recovered.parse, MOST_RECOVERED))
