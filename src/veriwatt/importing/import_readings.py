"""Import the readings of a source as frames that are final on the ledger.

Importing a source twice adds nothing, and the next import completes an interrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from veriwatt.errors import NotFound
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.ids import FrameId
from veriwatt.importing.frame_contents import frame_contents
from veriwatt.importing.grouping import by_group, check_definitions, group_settings
from veriwatt.importing.new_slots import NewSlots, count_by_status, find_new_slots
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.recorder import Recorder
from veriwatt.membership.member_client import MemberClient
from veriwatt.metering.frame_limits import check_width
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_for
from veriwatt.metering.rejections import MOST_LISTED, Rejection, Rejections
from veriwatt.metering.series import Series, Source, SourceReadings
from veriwatt.model.frames.build import FrameContext
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Origin
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import; `rejected` lists at most `MOST_LISTED` rejections.

    `repeated` and `not_ended` are those of the source. `in_part`: rows were rejected, and all others were imported.
    """

    frames: int = 0
    slots: Mapping[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    rejected: tuple[Rejection, ...] = ()
    rejected_count: int = 0
    repeated: int = 0
    not_ended: int = 0
    in_part: bool = False


class ReadingsImport:
    """Imports the readings of sources into one org."""

    def __init__(
        self,
        member_client: MemberClient,
        points: Points,
        keys: OwnerKeys,
        chain: DataChain,
        view: ReadingsView,
        recorder: Callable[[], Recorder],
        frame_context: Callable[[Origin], FrameContext],
        resumed: int = 0,
    ) -> None:
        """`recorder` is called only if there are new slots. `resumed` is the number of frames of an interrupted import

        that were just made final.
        """
        self._member_client, self._points, self._keys = member_client, points, keys
        self._chain, self._view, self._recorder, self._frame_context = chain, view, recorder, frame_context
        self._org, self._resumed = member_client.org, resumed

    def run(self, readings: SourceReadings, *, keep_good: bool = False, on_progress: Callable[[int], None]) -> Imported:
        """Import the new slots of a source; they are final on return. A rejection stops the whole import.

        Args:
            readings: the series and rejections of the source.
            keep_good: import the accepted values in spite of rejections, which are still reported.
            on_progress: called with the number of accepted frames of the current group.

        Raises:
            BadInput: a point has another definition, the file was imported under other settings, or a group has
                too many points for a frame. Nothing was written.
        """
        check_definitions(readings, self._points, self._view, self._org)
        groups = by_group(readings.series, self._points, self._org)
        for group, members in groups.items():
            check_width(group, self._definitions(group, members))
        conflicts = Rejections(readings.source.name)
        new_slots = {group: self._new_slots(members, conflicts) for group, members in groups.items()}
        rejected = (*readings.rejected, *conflicts.first())[:MOST_LISTED]
        count = readings.rejected_count + conflicts.count
        if count and not keep_good:
            return Imported(rejected=rejected, rejected_count=count)
        new_slots = {group: found for group, found in new_slots.items() if found}
        self._register({group: groups[group] for group in new_slots})
        frames = self._resumed
        for group, found in new_slots.items():
            frames += self._record(readings.source, group, groups[group], found, on_progress)
        slots = count_by_status([each for found in new_slots.values() for each in found])
        return Imported(frames, slots, rejected, count)

    def _new_slots(self, members: Sequence[Series], conflicts: Rejections) -> list[NewSlots]:
        compared = [find_new_slots(series, self._view, self._org, conflicts) for series in members]
        return [found for found in compared if found.is_new.any()]

    def _register(self, groups: Mapping[str, Sequence[Series]]) -> None:
        """Register the groups that are not on the ledger, or that take effect after their first new slot."""
        bodies = []
        for name, members in groups.items():
            group, definitions = self._registered(name), self._definitions(name, members)
            first = min(int(series.starts[0]) for series in members)
            if group is None:
                bodies.append(DefinePoints(name, key_window_for(definitions), first, definitions))
            elif first < group.version.effective_from:
                bodies.append(DefinePoints(name, group.version.key_window, first, definitions))
        if bodies:
            self._keys.make_masters(self._org, [body.group for body in bodies])
            self._member_client.submit(*bodies)

    def _record(
        self,
        source: Source,
        name: str,
        members: Sequence[Series],
        new_slots: Sequence[NewSlots],
        on_progress: Callable[[int], None],
    ) -> int:
        """Frame, deliver and anchor the new slots of one group; returns the number of accepted frames."""
        group = self._points.newest(self._org, name)
        contents = frame_contents(group, new_slots, self._keys.agent, self._frame_at)
        context = self._frame_context(source.origin(group_settings(members)))
        return self._recorder().record(contents, context, on_progress)

    def _definitions(self, name: str, members: Sequence[Series]) -> tuple[PointDefinition, ...]:
        """The registered points of a group, or those of the source if the group is new."""
        group = self._registered(name)
        return tuple(series.definition for series in members) if group is None else group.definitions

    def _registered(self, name: str) -> GroupPoints | None:
        try:
            return self._points.newest(self._org, name)
        except NotFound:
            return None

    def _frame_at(self, position: int) -> FrameId:
        return parse_frame(self._chain.upload(position)).frame_id
