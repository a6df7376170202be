"""One import, from a file that was read to readings that are final on the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from veriwatt.bridges.files.read import FileReadings
from veriwatt.bridges.files.rejections import KEPT, Rejection, Rejections
from veriwatt.bridges.files.series import Series
from veriwatt.errors import NotFound
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.ids import FrameId
from veriwatt.importing.new_slots import NewSlots, by_group, check_definitions, compare, group_settings, windows_of
from veriwatt.importing.recorder import Recorder
from veriwatt.loghost.data_chain import DataChain
from veriwatt.membership.member_client import MemberClient
from veriwatt.metering.frame_limits import check_width
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_for
from veriwatt.model.frames.origin import File, Origin
from veriwatt.model.frames.upload import parse_frame
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings import Readings
from veriwatt.terminal.framing.framer import FrameContext


@dataclass(slots=True)
class Imported:
    """What an import wrote, or why it wrote nothing."""

    frames: int = 0
    slots: Counter[Status] = field(default_factory=Counter)
    rejected: tuple[Rejection, ...] = ()
    rejected_count: int = 0


class FileImport:
    """Imports files into one org; `recorder` is made only when there is something to record."""

    def __init__(
        self,
        member_client: MemberClient,
        points: Points,
        keys: OwnerKeys,
        chain: DataChain,
        view: Readings,
        recorder: Callable[[], Recorder],
        frame_context: Callable[[Origin], FrameContext],
        resumed: int = 0,
    ) -> None:
        """`resumed` counts frames that an import cut off before had left, and that are final now."""
        self._member_client, self._points, self._keys = member_client, points, keys
        self._chain, self._view, self._recorder, self._frame_context = chain, view, recorder, frame_context
        self._resumed = resumed

    def run(self, readings: FileReadings, *, keep_good: bool = False, on_progress: Callable[[int], None]) -> Imported:
        """Import what is new in the file; final on return. Nothing is written while anything is wrong with it.

        Args:
            keep_good: import what is right although something is wrong; the rejections are told all the same.
            on_progress: called with the frames of the present group accepted so far.

        Raises:
            BadInput: a point is defined otherwise, the file was imported under another mapping, or a group is too wide.
        """
        check_definitions(readings, self._points, self._view, self._member_client.org)
        groups = by_group(readings, self._points, self._member_client.org)
        for group, found in groups.items():
            check_width(group, self._definitions(group, found))
        clashes = Rejections(readings.source.name)
        compared = {
            group: [compare(series, self._view, self._member_client.org, clashes) for series in members]
            for group, members in groups.items()
        }
        rejected = (*readings.rejected, *clashes.first())[:KEPT]
        count = readings.rejected_count + clashes.count
        if count and not keep_good:
            return Imported(rejected=rejected, rejected_count=count)
        fresh = {g: [n for n in members if n.state.any()] for g, members in compared.items()}
        fresh = {g: members for g, members in fresh.items() if members}
        frames = self._resumed + self._record(readings, groups, fresh, on_progress)
        slots: Counter[Status] = Counter()
        for members in fresh.values():
            for news in members:
                slots.update(news.counts())
        return Imported(frames, slots, rejected, count)

    def _record(
        self,
        readings: FileReadings,
        groups: dict[str, list[Series]],
        fresh: dict[str, list[NewSlots]],
        on_progress: Callable[[int], None],
    ) -> int:
        if not fresh:
            return 0
        self._define({group: groups[group] for group in fresh})
        recorder = self._recorder()
        accepted = 0
        for group, members in fresh.items():
            known = self._points.newest(self._member_client.org, group)
            origin = File(readings.source.sha256, readings.source.name, group_settings(groups[group]))
            windows = windows_of(known, members, self._keys.window_key, self._frame_at)
            accepted += recorder.record(windows, self._frame_context(origin), on_progress)
        return accepted

    def _define(self, groups: dict[str, list[Series]]) -> None:
        """Register the groups that are not on the ledger yet, and those that begin only after what the file brings."""
        bodies = []
        for group, members in groups.items():
            known, definitions = self._known(group), self._definitions(group, members)
            first = min(int(series.starts[0]) for series in members)
            if known is None:
                bodies.append(DefinePoints(group, key_window_for(definitions), first, definitions))
            elif first < known.version.effective_from:
                bodies.append(DefinePoints(group, known.version.key_window, first, definitions))
        if bodies:
            self._keys.make_masters(self._member_client.org, [body.group for body in bodies])
            self._member_client.submit(*bodies)

    def _definitions(self, group: str, found: list[Series]) -> tuple[PointDefinition, ...]:
        """The points of a group: those it has, or the file's where it is new."""
        known = self._known(group)
        return tuple(series.definition for series in found) if known is None else known.definitions

    def _known(self, group: str) -> GroupPoints | None:
        try:
            return self._points.newest(self._member_client.org, group)
        except NotFound:
            return None

    def _frame_at(self, position: int) -> FrameId:
        return parse_frame(self._chain.upload(position)).frame_id
