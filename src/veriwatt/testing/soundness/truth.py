"""Is what a proven reading says true? Judged from what the adversary did, by the rules of the spec.

    truth = Truth(shop)
    truth.check(facts, caveats)        raises FalseProof
    truth.is_due(told, position)       whether the claim must be proven

It never reads the evidence file: only the verdict's facts, the drafts that were signed, and what the ledger took.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from veriwatt.encoding import Value
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.testing.soundness.cases import Told, slot_of
from veriwatt.testing.soundness.certified_truth import CLOCKS_APART, CertifiedTruth
from veriwatt.testing.soundness.drafts import SLOTS_IN_LEAF, GroupDraft, LeafDraft
from veriwatt.testing.soundness.false_proof import FalseProof, require
from veriwatt.testing.soundness.naive_calendar import honest_days
from veriwatt.testing.soundness.standing_truth import Standing
from veriwatt.testing.soundness.timeline_truth import Series, series_of
from veriwatt.testing.soundness.workshop import Anchored, Registered, Workshop

STATUSES = ("absent", "measured", "estimated", "manual", "gap", "withdrawn")
_YEARS = (2020, 2032)


class Truth:
    """What is true of a workshop's readings, once all its frames are anchored."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._signed = {(frame.frame_id.hex(), at) for at, frame in enumerate(shop.frames)}
        with shop.ledger.snapshot() as now:
            self._root_log = [sha256(b"\0" + raw).digest() for raw in now.log_leaves(ROOT_LOG)]
        self._standing = Standing(shop.cast, shop.deeds)
        self.certified = CertifiedTruth(self._standing, shop.enrolled)
        self._series: dict[str, list[Series]] = {}
        self._values: dict[tuple[str, str], set[tuple[int, int, str, str | None]]] = {}

    def check(self, facts: Mapping[str, Any], caveats: Collection[str]) -> None:
        """Raise FalseProof naming the first thing that is not so."""
        self._check(facts, caveats)
        self._check_alone(facts)

    def _check(self, facts: Mapping[str, Any], caveats: Collection[str]) -> None:
        position = facts["chain_position"]
        require((facts["frame"], position) in self._signed, "no such frame was signed, or not at this position")
        draft, anchored = self._shop.frames[position].draft, self._shop.anchored[position]
        version = self._shop.version(facts["group"], facts["group_version"])
        group = next((each for each in draft.groups if each.group == facts["group"]), None)
        require(version is not None and group is not None, "no such version, or group in the frame")
        assert version is not None
        assert group is not None
        self._check_frame(facts, position)
        self._check_definition(facts, version, group)
        self._check_calendar(facts, version, caveats)
        self._check_times(facts, anchored)
        self._check_value(facts, version, group, (draft.start, draft.end))
        self.certified.check(facts, caveats)
        told = self.is_contradicted(position)
        require(("contradicted" in caveats) == told, "the contradiction is not told")

    def is_due(self, told: Told, position: int) -> bool:
        """Whether the claim of this slot, from the frame at `position`, is true: then it must be proven."""
        draft, anchored = self._shop.frames[position].draft, self._shop.anchored[position]
        group = next(each for each in draft.groups if each.group == told.version.group)
        leaf = group.columns[told.column][told.leaf]
        starts = [start for start, _ in told.version.days.slots(slot_of(told), draft.start, draft.end)]
        place = starts.index(told.start) % SLOTS_IN_LEAF
        slot = told.version.days.slot_at(slot_of(told), told.start)
        own = told.version.definitions[told.column]
        facts = {fact: own[fact] for fact in ("energy", "unit", "kind", "timezone")} | {
            "frame": self._shop.frames[position].frame_id.hex(),
            "group": group.group,
            "group_version": told.version.n,
            "terminal": draft.terminal,
            "epoch": draft.epoch,
            "seq": draft.seq,
            "chain_position": position,
            "point": told.point,
            "start": told.start,
            "end": None if slot is None else slot[1],
            "origin": {"kind": draft.origin[0]},
            "collected_at": draft.collected_at,
            "anchored_block_time": anchored.time,
            "status": STATUSES[leaf.statuses[place]],
            "value": _value_of(leaf, place, own),
            "instant": leaf.instants[place] if leaf.instants else None,
        }
        facts["anchored_not_later_than"] = anchored.time
        certified, standing_caveats = self.certified.of(facts)
        caveats = ["contradicted"] if self.is_contradicted(position) else []
        caveats += standing_caveats
        caveats += ["calendar-differs"]  # honest or not, the calendar is no reason to refuse
        try:
            self._check(facts | certified, caveats)
        except FalseProof:
            return False
        return True

    def _check_frame(self, facts: Mapping[str, Any], position: int) -> None:
        draft = self._shop.frames[position].draft
        require(draft.terminal == facts["terminal"], "another terminal's frame")
        require((draft.epoch, draft.seq) == (facts["epoch"], facts["seq"]), "another number")
        self.check_frame(position)

    def check_frame(self, position: int) -> None:
        """Raise FalseProof unless evidence may be built on the frame at this position."""
        shop, draft = self._shop, self._shop.frames[position].draft
        require(shop.frames[position].genuine, "signed by another key than the terminal's")
        require(draft.org == "acme", "another org's frame")
        require(draft.chain == shop.ledger.chain_id, "a frame of another ledger")
        require(draft.passport_version >= 1, "a passport version that never was")
        if draft.root_log_size:
            named, leaf = draft.root_log_size - 1, draft.root_log_leaf
            require(named < len(self._root_log) and self._root_log[named] == leaf, "a root-log leaf that never was")
        number, height = (draft.epoch, draft.seq), shop.anchored[position].height
        retired = self._standing.retired.get(draft.terminal)
        reported = self._standing.reported.get(draft.terminal)
        if retired is not None and height > retired.height:
            last = number < retired.last or shop.frames[position].frame_id == retired.frame_id
            require(last, "anchored after the retirement, and not by the last frame")
        require(reported is None or height < reported.height, "anchored after the report of compromise")
        self._check_number(position)

    def _check_definition(self, facts: Mapping[str, Any], version: Registered, group: GroupDraft) -> None:
        point, start = facts["point"], facts["start"]
        require((group.version, group.definition_root) == (version.n, version.root), "the frame names another version")
        own = next((each for each in version.definitions if each["id"] == point), None)
        require(own is not None, "the version has no such point")
        assert own is not None
        for fact in ("energy", "unit", "kind", "timezone"):
            require(facts[fact] == own[fact], f"another {fact}")
        series = next((each for each in self._series_of(point) if each.covers(start)), None)
        require(series is not None, "no definition was in force at the slot")
        assert series is not None
        require(series.definition == own, "stated under another definition than the one in force at the slot")
        require(series.version.group == version.group and series.version.n <= version.n, "under an earlier version")
        if facts["origin"]["kind"] == "meter":
            require(own["terminal"] == facts["terminal"], "origin meter by another terminal than the definition names")
        slot = str(own["slot"])
        wanted = version.days.slot_at(slot, start)
        require(wanted == (start, facts["end"]), f"not a slot of the grid: {wanted}")
        require(series.version.days.slot_at(slot, start) in (wanted, None), "not a slot of the calendar in force")

    def _check_calendar(self, facts: Mapping[str, Any], version: Registered, caveats: Collection[str]) -> None:
        """A calendar that is not the zone's, around the slot, is told."""
        own = next(each for each in version.definitions if each["id"] == facts["point"])
        begins = own["day_begins"]
        assert isinstance(begins, int)
        true = honest_days(str(own["timezone"]), begins, *_YEARS)
        first, last = (version.days.day_at(t) for t in (facts["start"], facts["end"] - 1))
        assert first is not None
        assert last is not None
        stated = {version.days.first + at: version.days.starts[at] for at in range(first, last + 2)}
        same = all(true.starts[day - true.first] == start for day, start in stated.items())
        require(same or "calendar-differs" in caveats, "a calendar that is not the zone's, and no word of it")

    def _series_of(self, point: str) -> list[Series]:
        if point not in self._series:
            self._series[point] = series_of(point, self._shop.versions)
        return self._series[point]

    def _check_times(self, facts: Mapping[str, Any], anchored: Anchored) -> None:
        end, collected = facts["end"], facts["collected_at"]
        draft = self._shop.frames[facts["chain_position"]].draft
        require(collected == draft.collected_at, "another time of collection")
        require(facts["anchored_block_time"] == anchored.time, "another time of the anchor's block")
        require(end <= anchored.time, "the slot ends after the anchor's header")
        require(collected <= anchored.time, "collected after the anchor's header")
        require(collected >= self._shop.enrolled - CLOCKS_APART, "collected before the key was registered")
        if facts["origin"]["kind"] == "meter":
            require(end <= collected, "a meter's value collected before its slot ended")
        latest = collected if facts["origin"]["kind"] == "meter" else anchored.time
        require(
            facts["instant"] is None or facts["instant"] <= latest, "a value read after it was collected or anchored"
        )

    def _check_value(
        self, facts: Mapping[str, Any], version: Registered, group: GroupDraft, window: tuple[int, int]
    ) -> None:
        point, start = facts["point"], facts["start"]
        number = version.index(point)
        definition = version.definitions[number]
        require(in_one_window(version, window), "a window in two key windows")
        slots = [begin for begin, _ in version.days.slots(str(definition["slot"]), *window)]
        require(start in slots, "a slot outside the window")
        counts = [slots_of for points, slots_of in group.stated_spans() for _ in range(points)]
        require(
            len(counts) == len(version.definitions) and counts[number] == len(slots), "spans that are not the grid's"
        )
        at = slots.index(start)
        index = sum(-(-count // SLOTS_IN_LEAF) for count in counts[:number]) + at // SLOTS_IN_LEAF
        leaf, place = group.leaves[index], at % SLOTS_IN_LEAF
        code = group.stated_statuses()[sum(counts[:number]) + at]
        require(leaf.point == point and leaf.first == slots[at - place], "another point's leaf, or another slot's")
        require(leaf.statuses[place] == code and STATUSES[code] == facts["status"], "another status")
        require(code in (1, 2, 3, 4), "a status that states nothing")
        value = _value_of(leaf, place, definition)
        require((value is None) == (facts["value"] is None), "a value where there is none, or none where there is one")
        require(value is None or Decimal(value) == Decimal(facts["value"]), "another value")
        require((value is None) == (code == 4), "a gap with a value")
        require(is_reading(leaf.values[place], definition), "a value that the definition rules out")

    def _check_number(self, position: int) -> None:
        height = self._shop.anchored[position].height
        void, contradicted = (each.get(self._number(position)) for each in (self._shop.voided, self._shop.contradicted))
        require(void is None or height < void, "a number that was void")
        require(contradicted is None or height < contradicted, "a number that was contradicted")

    def is_contradicted(self, position: int) -> bool:
        """Whether the ledger has another signed header of the frame's number."""
        number, own = self._number(position), self._shop.frames[position].frame_id.hex()
        return number in self._shop.contradicted or self._shop.voided_frames.get(number, own) != own

    def _number(self, position: int) -> tuple[str, int, int]:
        draft = self._shop.frames[position].draft
        return draft.terminal, draft.epoch, draft.seq

    def _check_alone(self, facts: Mapping[str, Any]) -> None:
        """One frame never gives two values of one point for one instant."""
        said = (facts["start"], facts["end"], facts["status"], facts["value"])
        earlier = self._values.setdefault((facts["frame"], facts["point"]), set())
        for begins, ends, *_ in earlier - {said}:
            require(ends <= said[0] or said[1] <= begins, "two values of one point and instant in one frame")
        earlier.add(said)


def in_one_window(version: Registered, window: tuple[int, int]) -> bool:
    """Whether the window lies in one key window of the version."""
    first = version.days.window_of(version.key_window, window[0])
    return first is not None and first == version.days.window_of(version.key_window, window[1] - 1)


def _value_of(leaf: LeafDraft, place: int, definition: Mapping[str, Value]) -> str | None:
    """The value that a leaf has at a place, in the point's unit; None for a slot that has none."""
    mantissa, scale = leaf.values[place], definition["scale"]
    assert isinstance(scale, int)
    return None if mantissa is None else str(Decimal(mantissa).scaleb(scale))


def is_reading(mantissa: int | None, definition: Mapping[str, Any]) -> bool:
    """Whether a definition with these fields admits the mantissa; a gap is none to admit."""
    if mantissa is None:
        return True
    lowest, highest, width = (definition[name] for name in ("minimum", "maximum", "width"))
    if (lowest is not None and mantissa < lowest) or (highest is not None and mantissa > highest):
        return False
    return mantissa % definition["step"] == 0 and (width is None or 0 <= mantissa < width)
