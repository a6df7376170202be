"""Bringing the readings view up to an org's data chain: open the groups whose keys the node has, and add their slots.

The same code follows each new batch of frames and rebuilds a deleted view. The frames were verified when they were
accepted, and `veriwatt fsck` verifies them again; this does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from veriwatt.errors import NotFound, NotProven
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.statuses import total_slots
from veriwatt.ports.key_agent import KeyRefused
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.left_out import RecordOf, SlotFilter
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView

ROWS_AT_ONCE = 500_000
"""Slots gathered before they are written to the view."""


@dataclass(frozen=True, slots=True)
class Piece:
    """How much one call projects: it ends with the frame that reaches `frames`, or `slots` stated by them."""

    frames: int
    slots: int


@dataclass(frozen=True, slots=True)
class UnopenedGroup:
    """A group of the frame at `position` that could not be opened, and why; the view has none of its slots."""

    position: int
    group: str
    why: str


@dataclass(slots=True)
class Projected:
    """How many frames and slots one call added, how many it left out, and the groups that it could not open.

    `cut` says that it ended with its piece: more frames may wait.
    """

    frames: int = 0
    rows: int = 0
    left_out: int = 0
    cut: bool = False
    unopened: list[UnopenedGroup] = field(default_factory=list)


class FrameSource(Protocol):
    """One org's data chain: its frames in order."""

    @property
    def org(self) -> str: ...

    def frames(self, start: int) -> Iterator[tuple[int, Frame]]:
        """The frames from position `start` on."""
        ...


def project(
    chain: FrameSource,
    anchors: AnchorLog,
    view: ReadingsView,
    opener: GroupOpener,
    record_of: RecordOf,
    piece: Piece | None = None,
) -> Projected:
    """Add the frames that the view lacks, in order, all of them or the next `piece`.

    Slots that are not their points' values by the ledger are left out, and told as such. If a point began earlier
    since, so that slots count that were left out, all frames of the org are added anew. Durable after each write of
    some `ROWS_AT_ONCE` slots; a call that was cut off is continued by the next.
    """
    slot_filter = SlotFilter(record_of)
    if not all(slot_filter.still_left_out(chain.org, each) for each in view.left_out_undefined(chain.org)):
        view.forget(chain.org)
    _mark_anchored(chain.org, anchors, view)
    done, start = Projected(), view.size(chain.org)
    groups, slots, in_piece = list[ProjectedGroup](), 0, 0
    for (position, frame), anchored_at in zip(chain.frames(start), anchors.times(start), strict=False):
        for entry, payload in zip(frame.header.groups, frame.payloads, strict=True):
            row = ProjectedFrame.of(frame, entry.group, position, anchored_at)
            try:
                opened = opener.open(frame, entry, payload)
            except (NotFound, KeyRefused, NotProven) as error:
                done.unopened.append(UnopenedGroup(position, entry.group, str(error)))
                groups.append(ProjectedGroup(row))
            else:
                split = slot_filter.split(frame.header, opened.points, opened.columns)
                groups.append(ProjectedGroup(row, opened.points.version.timezone, split.columns, split.left_out))
                slots += total_slots(entry.spans)
                if split.left_out:
                    done.left_out += sum(each.slots for each in split.left_out)
        done.frames += 1
        if slots > ROWS_AT_ONCE:
            done.rows += view.add(chain.org, groups)
            groups, slots, in_piece = [], 0, in_piece + slots
        if piece is not None and (done.frames >= piece.frames or in_piece + slots >= piece.slots):
            done.cut = True
            break
    if groups:
        done.rows += view.add(chain.org, groups)
    opener.record_openings()
    return done


def _mark_anchored(org: str, anchors: AnchorLog, view: ReadingsView) -> None:
    """Give the projected frames that have been anchored since then their anchoring time."""
    first = view.first_unanchored(org)
    for leaf in () if first is None else anchors.after(anchors.covering(first)):
        view.mark_anchored(org, leaf.new_size, leaf.time)
