"""What frames state of one point, slot by slot, and whether a slot counts: by the naive calendar and the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from veriwatt.encoding import Value
from veriwatt.testing.soundness.false_proof import FalseProof, require
from veriwatt.testing.soundness.timeline_truth import Series, series_of
from veriwatt.testing.soundness.truth import Truth, in_one_window, is_reading
from veriwatt.testing.soundness.workshop import Registered, Workshop

BESIDE_VALUES = ("terminal", "parent", "data_code")


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot as a frame states it; `value` is None for a gap, `instant` where it states none."""

    start: int
    end: int
    status: int
    value: int | None
    instant: int | None = field(default=None, compare=False)


class PointSlots:
    """The slots of one point in the frames of a workshop, all of which are anchored."""

    def __init__(self, shop: Workshop, truth: Truth, point: str) -> None:
        self.shop, self.point, self._truth = shop, point, truth
        self.series = series_of(point, shop.versions)
        self._of_frame: dict[int, list[Slot]] = {}
        self._counting: dict[int, list[Slot]] = {}

    def version(self, position: int) -> Registered:
        """The group version that the frame names."""
        group = self.shop.frames[position].draft.groups[0]
        found = self.shop.version(group.group, group.version)
        assert found is not None
        return found

    def definition(self, position: int) -> dict[str, Value]:
        version = self.version(position)
        return version.definitions[version.index(self.point)]

    def of_frame(self, position: int) -> list[Slot]:
        """The slots that the frame states."""
        if position not in self._of_frame:
            draft, version = self.shop.frames[position].draft, self.version(position)
            leaves = draft.groups[0].columns[version.index(self.point)]
            places = version.days.slots(str(self.definition(position)["slot"]), draft.start, draft.end)
            stated = [
                each
                for leaf in leaves
                for each in zip(leaf.statuses, leaf.values, leaf.instants or [None] * len(leaf.values), strict=True)
            ]
            self._of_frame[position] = [
                Slot(start, end, status, value, instant)
                for (start, end), (status, value, instant) in zip(places, stated, strict=True)
                if status
            ]
        return self._of_frame[position]

    def within(self, position: int, span: tuple[int, int]) -> list[Slot]:
        return [slot for slot in self.of_frame(position) if span[0] <= slot.start and slot.end <= span[1]]

    def check(self, position: int, slots: Sequence[Slot]) -> None:
        """Raise FalseProof unless the frame may be built on, and each of these slots counts."""
        self._truth.check_frame(position)
        draft, version, own = self.shop.frames[position].draft, self.version(position), self.definition(position)
        anchored = self.shop.anchored[position].time
        meter = draft.origin[0] == "meter"
        require(in_one_window(version, (draft.start, draft.end)), "a window in two key windows")
        require(draft.collected_at <= anchored, "collected after the anchor's header")
        require(not meter or own["terminal"] == draft.terminal, "origin meter by another terminal")
        for slot in slots:
            require(slot.end <= min(anchored, draft.collected_at if meter else anchored), "a slot that is not over")
            require(is_reading(slot.value, own), "a value that the definition rules out")
            series = next((each for each in self.series if each.covers(slot.start)), None)
            require(series is not None and series.definition == own, "another definition was in force")
            assert series is not None
            require(
                (series.version.group, series.version.n <= version.n) == (version.group, True), "an earlier version"
            )

    def counting(self, positions: Iterable[int], span: tuple[int, int]) -> dict[int, Slot]:
        """The slots of the span that these frames state and that count; of several versions the last."""
        found: dict[int, Slot] = {}
        for position in positions:
            if position not in self._counting:
                self._counting[position] = [slot for slot in self.of_frame(position) if self._counts(position, slot)]
            slots = self._counting[position]
            found |= {slot.start: slot for slot in slots if span[0] <= slot.start and slot.end <= span[1]}
        return found

    def _counts(self, position: int, slot: Slot) -> bool:
        try:
            self.check(position, [slot])
        except FalseProof:
            return False
        return True

    def run(self, t: int) -> list[Series]:
        """The series around `t` whose values mean the same, one after the other; empty where none covers it."""
        at = next((n for n, each in enumerate(self.series) if each.covers(t)), None)
        if at is None:
            return []
        first = last = at
        while first and means(self.series[first - 1].definition) == means(self.series[at].definition):
            first -= 1
        while last + 1 < len(self.series) and means(self.series[last + 1].definition) == means(
            self.series[at].definition
        ):
            last += 1
        return self.series[first : last + 1]


def means(definition: dict[str, Value]) -> dict[str, Value]:
    """What a value means under a definition: all but the fields beside."""
    return {name: value for name, value in definition.items() if name not in BESIDE_VALUES}
