"""The interface of a log host for terminals: requests and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from veriwatt.errors import Refused, Unavailable
from veriwatt.ids import Digest
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.units import UtcMillis
from veriwatt.verify.anchored import TreeHead


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt that was verified for its frame: `raw` as received, the rest from its checkpoint."""

    raw: bytes
    note: str
    head: TreeHead
    anchored_by: UtcMillis

    @classmethod
    def of(cls, receipt: Receipt, checkpoint: Checkpoint) -> VerifiedReceipt:
        """The receipt whose verification gave the checkpoint."""
        head = TreeHead(checkpoint.size, checkpoint.root)
        return cls(receipt.to_bytes(), receipt.note, head, checkpoint.anchored_by)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The log host's outcome for one frame: its `position` in the data chain, or the `code` of its refusal.

    A log host in this process gives no receipt.
    """

    position: int | None
    code: str = ""
    why: str = ""
    receipt: VerifiedReceipt | None = None


class LogHostBehind(Unavailable):
    """The log host has fewer frames than it acknowledged; what this terminal has of them is sent again."""

    code = "log-host-behind"

    def __init__(self, size: int, acknowledged: int) -> None:
        super().__init__(
            f"the log host has {size} frames, and it acknowledged {acknowledged}: it lost some, or was restored from a "
            "backup. What this terminal has of them was sent again; they wait for those of other terminals. Its "
            "operator starts the node with --refill"
        )
        self.size, self.acknowledged = size, acknowledged


class NewLogEpoch(Unavailable):
    """The log host signs for a later log epoch than the terminal knows; it takes no receipt of it without the proof."""

    code = "new-log-epoch"

    def __init__(self, epoch: int, known: int) -> None:
        super().__init__(
            f"the log host signs for log epoch {epoch} of the org's data chain, and this terminal knows epoch {known}: "
            "the org gave up frames that its log host lost. The terminal asks for the ledger's proof of it, and sends "
            "again what is not anchored"
        )
        self.epoch, self.known = epoch, known


class EndedLogEpoch(Refused):
    """The log host signed in a log epoch that ended before, as the ledger has proven to this terminal."""

    code = "ended-log-epoch"

    def __init__(self, epoch: int, present: int) -> None:
        super().__init__(
            f"the log host signs for log epoch {epoch} of the org's data chain, which ended: the ledger has epoch "
            f"{present}. Its receipts do not count, and the spool keeps every frame; show this to your org"
        )
        self.epoch, self.present = epoch, present


@dataclass(frozen=True, slots=True)
class HostState:
    """The frames that the log host's chain has, as it signed; and its outcomes for frames that were sent again."""

    size: int
    delivered: tuple[Delivered, ...]


class LogHostClient(Protocol):
    """Takes signed frames: a log host in this process, or one over HTTP."""

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        """One outcome for each upload, in order; receipts are verified.

        Accepted frames are durable at the log host on return. Sending a frame again returns its position.

        Raises:
            Unavailable: the log host cannot be reached; which frames it accepted is unknown.
            LogHostBehind: it has fewer frames than it acknowledged; none was accepted.
            NewLogEpoch: its receipts are of a later log epoch; none counts.
            EndedLogEpoch: they are of an earlier one; none counts.
        """
        ...


class LiveLogHostClient(LogHostClient, Protocol):
    """The further requests of a running terminal. Each raises Unavailable when the log host cannot be reached."""

    def send_again(self, note: str, sent: Sequence[SentAgain]) -> HostState:
        """Show the largest checkpoint, and send frames again with their receipts; the new receipts are verified."""
        ...

    def has_seen(self, size: int) -> None:
        """From now on every `send` names the size of the largest checkpoint: a log host that has less refuses."""
        ...

    def follow_epoch(self, epoch: int) -> None:
        """From now on checkpoints are those of this log epoch, which is proven."""
        ...

    def newest_frame(self, terminal: str) -> FrameRef | None:
        """The newest frame of the terminal at the log host, without proof; None when it has none."""
        ...

    def clock(self) -> UtcMillis:
        """What the log host's clock showed in its newest answer, without proof; 0 if it did not say."""
        ...

    def root_log(self) -> bytes:
        """The head of the ledger's root log, unverified: `TrustedHead.take` verifies it."""
        ...

    def successions(self) -> tuple[bytes, ...]:
        """The proofs of the moves of the ledger, the eldest first, unverified; none if it did not move."""
        ...

    def anchored(self, position: int, size: int) -> bytes:
        """The anchored chain, unverified, for the frame at `position` and the checkpoint of `size` frames."""
        ...

    def number_record(self, terminal: str, number: FrameNumber) -> bytes:
        """What the ledger records about a frame number of the terminal, unverified."""
        ...

    def group_version(self, question: bytes) -> bytes:
        """The version that a signed question asks for, with its definitions, or its absence, unverified."""
        ...

    def consistency(self, old: int, new: int) -> tuple[Digest, ...]:
        """The path, unverified, from the data chain of `old` frames to that of `new`."""
        ...
