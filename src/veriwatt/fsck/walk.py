"""The walk along an org's data chain: from its anchors to manifests, segments and frames, then through the journal.

Each manifest is derived again from its frames and must be the same record: so the objects are those that any node
makes of these frames. Frames go to the checks one by one, and are not collected in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from veriwatt.encoding import byte_string
from veriwatt.errors import Malformed, VeriwattError
from veriwatt.fsck.chain_check import ChainCheck, PositionedFrame, UploadLocation
from veriwatt.fsck.chain_journal import StoredJournal
from veriwatt.fsck.objects import Objects
from veriwatt.fsck.report import Findings, Progress
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.chain.manifest import MAX_SEGMENT, Manifest, Segment, read_segment
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameRef

EVERY = 64
"""Frames between two calls of the progress callback."""


@dataclass(slots=True)
class _Derived:
    """The manifest's tips as derived from the frames, while an anchor's segments are read."""

    tips: dict[str, FrameRef] = field(default_factory=dict)
    filled: int = 0
    whole: bool = True


class Walk:
    """One walk over one chain."""

    def __init__(
        self,
        org: str,
        folder: Path,
        objects: Objects,
        journal: StoredJournal,
        checks: Sequence[ChainCheck],
        findings: Findings,
        on_progress: Progress,
        *,
        derives: bool = True,
    ) -> None:
        """`folder` is the chain's folder, for the report; `journal` was read before.

        Without `derives` no manifest is derived again, for which every frame would be hashed.
        """
        self._org, self._folder, self._objects, self._journal = org, folder, objects, journal
        self._checks, self._findings, self._on_progress = checks, findings, on_progress
        self._derives = derives
        self._total = 0

    def run(self, anchors: Iterable[AnchorLeaf], anchored: int) -> None:
        """Follow the `anchors` of the ledger, `anchored` frames in all, and then the journal."""
        self._total, at = max(anchored, self._journal.end), 0
        for leaf in anchors:
            if leaf.org != self._org or leaf.old_size != at:
                what = f"the anchor in block {leaf.height} does not continue the previous anchor"
                self._findings.problem(self._folder, what)
            self._anchor(leaf)
            at = leaf.new_size
            self._findings.counts["anchors"] += 1
        self._after(at)
        for check in self._checks:
            check.finish()

    def _anchor(self, leaf: AnchorLeaf) -> None:
        what = f"manifest of frames {leaf.old_size} to {leaf.new_size} of {self._org}"
        raw = self._objects.get(leaf.manifest, what)
        manifest = None if raw is None else self._manifest(raw, what)
        if manifest is None:
            self._skip(leaf.old_size, leaf.new_size)
            return
        derived = _Derived()
        for segment in manifest.segments:
            self._segment(segment, leaf, derived)
        if self._derives:
            self._compare_manifest(manifest, leaf, derived, what)

    def _compare_manifest(self, manifest: Manifest, leaf: AnchorLeaf, derived: _Derived, what: str) -> None:
        tips = tuple(derived.tips[name] for name in sorted(derived.tips)) if derived.whole else manifest.tips
        expected = Manifest(self._org, leaf.old_size, leaf.new_size, _contiguous(manifest.segments, leaf), tips)
        if expected != manifest or manifest.tips_root() != leaf.tips_root:
            self._findings.problem(self._folder, f"{what}: it is not the manifest of these frames")

    def _manifest(self, raw: bytes, what: str) -> Manifest | None:
        try:
            return Manifest.from_bytes(raw)
        except Malformed as error:
            self._findings.problem(self._folder, f"{what}: {error}")
            return None

    def _segment(self, segment: Segment, leaf: AnchorLeaf, derived: _Derived) -> None:
        what = f"segment of frames {segment.first} to {segment.first + segment.count} of {self._org}"
        data = self._objects.get(segment.name, what)
        try:
            parts = None if data is None else list(read_segment(data))
        except Malformed as error:
            self._findings.problem(self._folder, f"{what}: {error}")
            parts = None
        if data is None or parts is None:
            derived.whole, derived.filled = False, 0
            self._skip(segment.first, segment.first + segment.count)
            return
        if len(parts) != segment.count or len(data) != segment.length or not _full(derived.filled, data, parts):
            self._findings.problem(self._folder, f"{what}: it is not filled as segments are")
        derived.filled = len(data)
        for i, (offset, length) in enumerate(parts):
            location = UploadLocation(leaf, segment.name, offset, length)
            positioned = self._frame(segment.first + i, data[offset : offset + length], location)
            if positioned is None:
                derived.whole = False
            elif self._derives:
                newest = positioned.frame.ref
                derived.tips[newest.terminal] = newest

    def _after(self, anchored: int) -> None:
        """The frames that no anchor covers. If the journal begins later, a newer anchor covers the frames before it."""
        lost = anchored
        for position in self._journal.positions(anchored):
            if lost < position:
                self._skip(lost, position)
            self._frame(position, self._journal.get(position) or b"", None)
            lost = position + 1

    def _frame(self, position: int, upload: bytes, location: UploadLocation | None) -> PositionedFrame | None:
        if position % EVERY == 0:
            self._on_progress(f"frames of {self._org}", position, self._total)
        try:
            positioned = PositionedFrame(position, parse_frame(upload), upload, location)
        except VeriwattError as error:
            self._findings.problem(self._folder, f"frame {position}: {error}")
            self._skip(position, position + 1)
            return None
        self._findings.counts["frames"] += 1
        record = None if location is None else self._journal.get(position)
        if record is not None and record != upload:
            self._findings.problem(self._folder / "journal", f"frame {position} is not the one that was anchored")
        for check in self._checks:
            check.check_frame(positioned)
        return positioned

    def _skip(self, start: int, end: int) -> None:
        for check in self._checks:
            check.skip(start, end)


def _contiguous(segments: Sequence[Segment], leaf: AnchorLeaf) -> tuple[Segment, ...]:
    """The segments at consecutive positions from the anchor's start on; empty when they do not end at its end."""
    at, positioned = leaf.old_size, []
    for segment in segments:
        positioned.append(Segment(at, segment.count, segment.name, segment.length))
        at += segment.count
    return tuple(positioned) if at == leaf.new_size else ()


def _full(before: int, data: bytes, parts: Sequence[tuple[int, int]]) -> bool:
    """Whether the segment before this one, of `before` bytes, had no room for this one's first upload."""
    if not parts:
        return False
    offset, length = parts[0]
    return not before or before + len(byte_string(data[offset : offset + length])) > MAX_SEGMENT
