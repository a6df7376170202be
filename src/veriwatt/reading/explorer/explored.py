"""What the explorer looks at: the ledger, the index of its hashes, and the data chains that are kept here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from veriwatt.errors import NotFound
from veriwatt.ids import FrameId
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.frame_index_file import FrameIndexFile
from veriwatt.readmodel.hash_index import HashIndex
from veriwatt.readmodel.points import Points


class ChainReader(Protocol):
    """A data chain, as a reader of frames uses it."""

    @property
    def size(self) -> int: ...

    @property
    def anchored_size(self) -> int: ...

    def upload(self, position: int) -> bytes: ...

    def find(self, terminal: str, number: FrameNumber) -> tuple[int, FrameId]: ...

    def frames(self, start: int) -> Iterator[tuple[int, Frame]]: ...


@dataclass(frozen=True, slots=True)
class Explored:
    """One node's ledger and chains, `chains` by org; `index` is the file of the frame index."""

    ledger: Ledger
    hashes: HashIndex
    points: Points
    chains: Mapping[str, ChainReader]
    index: Path

    def frame(self, org: str, position: int) -> Frame:
        """The frame at a position; NotFound where the org's chain is not kept here, or is shorter."""
        if org not in self.chains:
            raise NotFound(f"org {org!r} has no data chain on this node")
        if position < 0:
            raise NotFound(f"the data chain of {org} has no frame {position}")
        return parse_frame(self.chains[org].upload(position))

    def frames_named(self, frame: FrameId) -> list[tuple[str, int]]:
        """Org and position of the frames with that id. Nothing is indexed by it, so the index is read whole."""
        with FrameIndexFile(self.index) as file:
            found = [(org, at) for org, at in file.named(frame) if org in self.chains]
        for org, chain in self.chains.items():
            found += [(org, at) for at, each in chain.frames(chain.anchored_size) if each.frame_id == frame]
        return [each for each in dict.fromkeys(found) if self._is(frame, *each)]

    def frames_numbered(self, terminal: str, number: FrameNumber) -> list[tuple[str, int]]:
        """Org and position of the frames of that number of a terminal so named, of each org here."""
        found = []
        for org, chain in self.chains.items():
            with suppress(NotFound):
                found.append((org, chain.find(terminal, number)[0]))
        return found

    def _is(self, frame: FrameId, org: str, position: int) -> bool:
        try:
            return self.frame(org, position).frame_id == frame
        except NotFound:
            return False
