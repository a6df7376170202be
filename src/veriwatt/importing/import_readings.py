"""Import the readings of a source as frames that are final on the ledger.

Importing a source twice adds nothing, and the next import completes an interrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.ids import FrameId
from veriwatt.importing.frame_contents import frame_contents
from veriwatt.importing.grouping import group_settings
from veriwatt.importing.new_slots import count_by_status
from veriwatt.importing.plan import ImportPlan, MovedBeginning, OnRejection, PlannedGroup, Planner
from veriwatt.importing.rounded_points import rounded_points
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.recorder import Recorder
from veriwatt.membership.member_client import MemberClient
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.rejections import Rejection
from veriwatt.metering.rounding import RoundedPoint
from veriwatt.metering.series import Source, SourceReadings
from veriwatt.metering.stated_gaps import StatedGaps, by_reason
from veriwatt.model.frames.build import FrameContext
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Origin
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.status import Status
from veriwatt.readmodel.points import Points


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import, or of a plan; `rejected` lists at most `MOST_LISTED` rejections.

    `repeated`, `not_ended`, `without_value`, `set_aside` and `blanks_beyond` are those of the source. `moved` are
    points that begin earlier than before. `gaps_over_values` counts the gaps that the source marks over recorded
    values, which stay, and `blanks_over_values` its cells without a value over such. `stated_gaps` are all gaps that
    the source states, by reason, also those that are nothing new. `rounded` are the points of which values were
    rounded, likewise.
    `unanchored` are the frames of the org's data chain that wait for an anchor still: they are accepted, and the org's
    node anchors them by itself.
    `sheet` names the sheet of a workbook that was read. `in_part`: rows were rejected, and the others were imported.
    """

    frames: int = 0
    slots: Mapping[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    rejected: tuple[Rejection, ...] = ()
    rejected_count: int = 0
    repeated: int = 0
    not_ended: int = 0
    without_value: int = 0
    in_part: bool = False
    moved: tuple[MovedBeginning, ...] = ()
    gaps_over_values: int = 0
    blanks_over_values: int = 0
    set_aside: int = 0
    blanks_beyond: int = 0
    stated_gaps: tuple[StatedGaps, ...] = ()
    rounded: tuple[RoundedPoint, ...] = ()
    sheet: str | None = None
    unanchored: int = 0


def result_of(plan: ImportPlan, frames: int = 0) -> Imported:
    """The result of a plan that was carried out in so many frames, or is carried out nowhere."""
    found = [each for group in plan.groups for each in group.new_slots]
    new_slots, readings = () if plan.is_refused else found, plan.readings
    return Imported(
        frames,
        count_by_status(new_slots),
        plan.rejected,
        plan.rejected_count,
        readings.repeated,
        readings.not_ended,
        readings.without_value,
        plan.in_part,
        () if plan.is_refused else tuple(each for group in plan.groups for each in group.moved),
        sum(each.gaps_over_values for each in found),
        sum(each.blanks_over_values for each in found),
        readings.set_aside,
        readings.blanks_beyond,
        by_reason(gaps for series in readings.series for gaps in series.stated_gaps),
        tuple(rounded_points(readings.series)),
        readings.sheet,
    )


class ReadingsImport:
    """Imports the readings of sources into one org."""

    def __init__(
        self,
        planner: Planner,
        member_client: MemberClient,
        points: Points,
        keys: OwnerKeys,
        chain: DataChain,
        recorder: Callable[[], Recorder],
        frame_context: Callable[[Origin], FrameContext],
        resumed: int = 0,
    ) -> None:
        """`recorder` is called only if there are new slots. `resumed` is the number of frames of an interrupted import

        that were just made final.
        """
        self._planner, self._member_client, self._points, self._keys = planner, member_client, points, keys
        self._chain, self._recorder, self._frame_context = chain, recorder, frame_context
        self._org, self._resumed = member_client.org, resumed

    def run(
        self,
        readings: SourceReadings,
        *,
        keep_good: bool = False,
        on_progress: Callable[[int], None],
        on_rejection: OnRejection | None = None,
        on_plan: Callable[[], None] = lambda: None,
    ) -> Imported:
        """Import the new slots of a source. A rejection stops the whole import.

        Their frames are final on return, but for those that wait for a block that others make (`unanchored`).

        Args:
            readings: the series and rejections of the source.
            keep_good: import the accepted values in spite of rejections, which are still reported.
            on_progress: called with the number of accepted frames of the current group.
            on_rejection: called with every value that contradicts a recorded one, or is of another definition's time.
            on_plan: called when all rejections are known, before anything is registered or signed.

        Raises:
            BadInput, LedgerRefused: as `Planner.plan`. Nothing was written.
        """
        plan = self._planner.plan(readings, keep_good=keep_good, on_rejection=on_rejection)
        on_plan()
        if plan.is_refused:
            return result_of(plan)
        groups = [group for group in plan.groups if any(each.is_new.any() for each in group.new_slots)]
        frames = self._resumed
        if groups:
            self._recorder()
            self._register(groups)
        for group in groups:
            frames += self._record(readings.source, group, on_progress)
        return replace(result_of(plan, frames), unanchored=self._chain.size - self._chain.anchored_size)

    def _register(self, groups: list[PlannedGroup]) -> None:
        bodies = [group.to_register for group in groups if group.to_register is not None]
        if bodies:
            self._keys.make_masters(self._org, [body.group for body in bodies])
            self._member_client.submit(*bodies)

    def _record(self, source: Source, planned: PlannedGroup, on_progress: Callable[[int], None]) -> int:
        """Frame, deliver and anchor the new slots of one group; returns the number of accepted frames."""
        context = self._frame_context(source.origin(group_settings(planned.members)))
        contents = (
            frame_contents(self._stating(planned, version), new_slots, self._keys.agent, self._frame_at)
            for version, new_slots in planned.stated.items()
        )
        return self._recorder().record(chain.from_iterable(contents), context, on_progress)

    def _stating(self, planned: PlannedGroup, version: GroupVersion | None) -> GroupPoints:
        if version is None:
            return self._points.newest(self._org, planned.name)
        return self._points.stated(self._org, version.group, version.n, version.root)

    def _frame_at(self, position: int) -> FrameId:
        return parse_frame(self._chain.upload(position)).frame_id
