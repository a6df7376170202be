"""The interface of the node that the API serves; `node` implements it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from veriwatt.energy.factors import FactorTable
from veriwatt.errors import BadInput
from veriwatt.ids import Digest, FrameId
from veriwatt.loghost.proven_sender import ProvenSender
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.points.point import PointDefinition
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.explorer.explored import Explored
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.system.disk_errors import DiskFull
from veriwatt.units import Interval, UtcMillis

T = TypeVar("T")

ACCEPTED, KNOWN = "accepted", "known"
"""Codes of the outcomes that come with a receipt; every other code is an error's."""


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """The outcome for one frame: *accepted* (durable at the log host) with a receipt, or refused with the reason.

    `anchored` counts the frames of its org's chain that are on the ledger, as this node says without proof.
    """

    code: str
    why: str | None = None
    position: int | None = None
    anchored: int | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class SentAgainOutcome:
    """The chain's size after frames were sent again, its signed checkpoint, and an outcome for each frame."""

    size: int
    note: str
    outcomes: list[FrameOutcome]


@dataclass(frozen=True, slots=True)
class ChainState:
    """The progress of an org's data chain: how many frames are accepted, anchored, and in the readings view."""

    org: str
    frames: int
    anchored: int
    viewed: int
    unanchored_since: UtcMillis | None


@dataclass(frozen=True, slots=True)
class NewestFrame:
    """A terminal's newest frame in the chain."""

    position: int
    frame: FrameId
    header: FrameHeader


class ApiNode(Protocol):
    """A running node. Only its worker's threads may use it: ask through `Worker`."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def points(self) -> Points: ...

    @property
    def peer(self) -> PeerAnswers:
        """What this node answers to followers of the ledger."""
        ...

    @property
    def readings(self) -> ReadingsView:
        """The readings view in one state during a question to `Worker.read`; it may be behind the data chains.

        `api.current.ask_current` asks when it is not.
        """
        ...

    @property
    def explored(self) -> Explored:
        """What the explorer looks at."""
        ...

    @property
    def follows(self) -> bool:
        """Whether this node follows the ledger by peers."""
        ...

    @property
    def full_disk(self) -> DiskFull | None:
        """The error of the disk that has the ledger's files, while it is full."""
        ...

    def waiting_since(self) -> UtcMillis | None:
        """Since when a block is awaited for frames that were to be anchored; None while none is due."""
        ...

    def take_in(self, accepted: Mapping[str, int]) -> int:
        """Take some frames into the view where it has fewer than `accepted` says of an org.

        Returns how many it lacks then.
        """
        ...

    def factor_tables(self, org: str) -> tuple[FactorTable, ...]:
        """The org's own tables of factors."""
        ...

    def now(self) -> UtcMillis: ...

    def orgs(self) -> list[str]:
        """The orgs whose data chain this node keeps."""
        ...

    def begin(self, uploads: Sequence[bytes]) -> None:
        """Begin to check a batch of uploads; a few batches may be under way. Nothing is accepted yet."""
        ...

    def finish(self) -> list[FrameOutcome]:
        """An outcome for each upload of the oldest batch begun, in order; accepted frames are durable on return.

        Raises:
            Unavailable, Unsettled, Corrupted: no frame of the batch was acknowledged, and the batch is dropped.
        """
        ...

    def proven_sender(self, upload: bytes) -> ProvenSender | None:
        """The terminal that is proven to send this upload now; None for every other upload.

        Its key signed the upload for this ledger, and it has a frame in a data chain here, whose number is not
        larger than the upload's: what was accepted long ago proves nothing about who sends it again.
        """
        ...

    def check_seen(self, org: str, size: int) -> int:
        """The size of the org's chain; raises BeyondChain if it is less than `size`, which a receipt states."""
        ...

    def take_again(self, org: str, note: str | None, sent: Sequence[SentAgain]) -> SentAgainOutcome:
        """Take a terminal's largest checkpoint, and frames of the org that were acknowledged, with their receipts.

        Raises:
            ChainBehind, ChainForked: the chain is not what was acknowledged; the node stops.
            Malformed, BadSignature: the checkpoint is not one of this log.
        """
        ...

    def chains(self) -> list[ChainState]: ...

    def newest_frame(self, org: str, terminal: str) -> NewestFrame | None: ...

    def newest_frames(self, org: str) -> Mapping[str, NewestFrame]:
        """As `newest_frame` of every terminal of an org that has one, by its name; for many this is faster."""
        ...

    def anchored(self, org: str, position: int, size: int) -> AnchoredProof:
        """The proof of the org's anchored chain, for the frame at `position` and a checkpoint of `size` frames."""
        ...

    def one_history(self, org: str, old: int, new: int) -> tuple[Digest, ...]:
        """The consistency path between two sizes of the org's chain; BeyondChain if it does not have as many frames."""
        ...

    def evidence(self, org: str, point: str, start: UtcMillis) -> bytes:
        """The evidence file of a slot's newest version.

        Raises:
            NotFound: there is no such slot.
            NotAnchored: its frame is not on the ledger yet.
        """
        ...

    def period_evidence(self, org: str, definition: PointDefinition, period: Interval) -> bytes:
        """The evidence file of a period's figure.

        Raises:
            PeriodTooLong: the period has more than 31 days.
            NotFound: no frame states a slot of it.
            NotAnchored: a frame of it is not on the ledger yet.
        """
        ...

    def follow(self) -> None:
        """Note that a terminal follows the ledger, so that a fresh head is signed for it if the newest is old."""
        ...

    def successions(self) -> tuple[bytes, ...]:
        """The proofs of the moves of the home's ledger, the eldest first."""
        ...

    def trust_file(self) -> bytes:
        """The home's trust file."""
        ...


class Worker(Protocol):
    """The node's threads. The errors of an answer are raised to the caller.

    While a command has the home, calls wait for a few seconds, and then raise Unavailable.
    """

    async def ask(self, question: Callable[[ApiNode], T]) -> T:
        """On the thread that accepts frames, in turn: for short questions about the chains."""
        ...

    async def read(self, question: Callable[[ApiNode], T]) -> T:
        """On one of the threads that read: for every question about the ledger and the readings."""
        ...

    async def health(self) -> Mapping[str, str]:
        """The works that fail now, each with its error's code; at once, whatever the threads do.

        Raises:
            Unavailable: the home could not be opened.
        """
        ...


def orgs_named(node: ApiNode, named: str) -> list[str]:
    """The org `named`, or every org of the node; raises BadInput where it keeps no such org."""
    orgs = node.orgs()
    if named and named not in orgs:
        raise BadInput(where="org", value=named, why="no such org here", remedy=f"the orgs are {', '.join(orgs)}")
    return [named] if named else orgs
