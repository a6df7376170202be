"""A slot is proven only under the definition in force at its start, by the terminal that the definition names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.encoding import Value, encode
from veriwatt.errors import VeriwattError
from veriwatt.testing.actors import START
from veriwatt.testing.soundness.drafts import FrameDraft, GroupDraft, LeafDraft, sign_draft
from veriwatt.testing.soundness.evidence_maker import EvidenceMaker, Shown
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR, MINUTE, Days, honest_days
from veriwatt.testing.soundness.sites import definition
from veriwatt.testing.soundness.workshop import ORG, Registered, Workshop
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed

DAYS = honest_days("UTC", 0, 2025, 2035)
FIRST = START + 30 * DAY
"""The day from which "main" is defined; its definition is changed as of the day after."""

EAST = honest_days("+08:00", 0, 2025, 2035)
POINT = definition("main", "15m", "UTC", 0)
FAR_AHEAD = FIRST + 365 * DAY


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """Version 1 from FIRST on; version 2, registered before, doubles the multiplier from FIRST + 1 day on."""
    made = Workshop(tmp_path, FIRST)
    assert made.define("plant", "day", DAYS, [POINT], FIRST).ok
    assert made.define("plant", "day", DAYS, [{**POINT, "multiplier": [2, 0]}], FIRST + DAY).ok
    return made


def frame(shop: Workshop, version: Registered, start: int, **changes: object) -> FrameDraft:
    """An honest frame of the day from `start` on, but for what is changed."""
    starts = [begin for begin, _ in DAYS.slots("15m", start, start + DAY)]
    leaf = LeafDraft("main", starts[0], tuple(range(len(starts))), b"\x01" * len(starts))
    group = GroupDraft(version.group, version.n, version.root, ((leaf,),))
    head = shop.ledger.head()
    honest = FrameDraft(
        shop.ledger.chain_id,
        ORG,
        "t1",
        1,
        1,
        len(shop.frames) + 1,
        bytes(32),
        start,
        start + DAY,
        start + DAY + MINUTE,
        ("meter",),
        (group,),
        head.root_log_size,
        bytes(head.root_log_leaf),
    )
    return replace(honest, **changes)  # type: ignore[arg-type]


def anchored(shop: Workshop, draft: FrameDraft) -> int:
    """The position of the frame, signed and on the ledger two minutes after its window."""
    shop.append([sign_draft(draft, shop.terminals[draft.terminal].key)])
    shop.anchor(draft.end + 2 * MINUTE)
    return len(shop.frames) - 1


def reading(shop: Workshop, version: Registered, position: int, number: int = 40) -> ProvenReading:
    """What evidence of a slot of the frame proves under this version."""
    start = shop.frames[position].draft.start + 15 * MINUTE * number
    raw: list[Value] = list(version.definitions[0].values())
    with shop.ledger.snapshot() as now:
        shown = Shown(position, 0, version, 0, (number // 96,))
        file = EvidenceMaker(shop, now).reading(start, encode(raw), shown, "main")
    proven = verify_evidence(encode(file), shop.trust(), shop.now)
    assert isinstance(proven, ProvenReading)
    return proven


def code_of(build: Callable[[], object]) -> str:
    with pytest.raises(StepFailed) as refused:
        build()
    cause = refused.value.__cause__
    assert isinstance(cause, VeriwattError)
    return cause.code


def test_the_definition_in_force_is_proven_on_both_sides_of_its_replacement(shop: Workshop) -> None:
    first, second = shop.versions
    for version, start in ((first, FIRST), (second, FIRST + DAY)):
        assert reading(shop, version, anchored(shop, frame(shop, version, start))).value == "0.040"


def test_a_replaced_definition_does_not_pass_by_naming_no_root_log_leaf(shop: Workshop) -> None:
    first, _ = shop.versions
    position = anchored(shop, frame(shop, first, FIRST + DAY, root_log_size=0, root_log_leaf=bytes(32)))
    assert code_of(lambda: reading(shop, first, position)) == "definition-replaced"


def test_nor_by_a_decoy_version_of_the_far_future(shop: Workshop) -> None:
    first = shop.versions[0]
    assert shop.define("plant", "day", DAYS, [{**POINT, "multiplier": [3, 0]}], FAR_AHEAD).ok
    position = anchored(shop, frame(shop, first, FIRST + DAY))
    assert code_of(lambda: reading(shop, first, position)) == "definition-replaced"
    decoy = shop.versions[-1]
    position = anchored(shop, frame(shop, decoy, FIRST + 2 * DAY))
    assert code_of(lambda: reading(shop, decoy, position)) == "definition-replaced"


def test_nor_by_a_window_of_thirty_days_that_begins_before_the_replacement(shop: Workshop) -> None:
    first = shop.versions[0]
    position = anchored(shop, frame(shop, first, FIRST, end=FIRST + 30 * DAY, collected_at=FIRST + 30 * DAY + MINUTE))
    assert code_of(lambda: reading(shop, first, position)) == "several-key-windows"


def test_a_later_registration_unsays_nothing_that_is_anchored(shop: Workshop) -> None:
    first = shop.versions[0]
    position = anchored(shop, frame(shop, first, FIRST))
    for effective in (FIRST, FIRST - DAY, FIRST + DAY):
        assert not shop.define("plant", "day", DAYS, [{**POINT, "multiplier": [5, 0]}], effective).ok
    shop.define("plant", "day", DAYS, [{**POINT, "multiplier": [5, 0]}], FIRST + 3 * DAY)
    assert reading(shop, first, position).value == "0.040"


def test_a_file_beside_the_meters_terminal_says_that_it_is_one(shop: Workshop) -> None:
    first = shop.versions[0]
    origin = ("file", bytes(32), "readings.csv", bytes(32))
    proven = reading(shop, first, anchored(shop, frame(shop, first, FIRST, terminal="t2", origin=origin)))
    assert "file" in [caveat.code for caveat in proven.caveats(shop.trust(), shop.now)]


def test_a_frame_under_a_number_that_is_contradicted_or_void_proves_nothing_and_an_earlier_one_says_so(
    shop: Workshop,
) -> None:
    first = shop.versions[0]
    draft = frame(shop, first, FIRST)
    position = anchored(shop, draft)
    twin = sign_draft(replace(draft, prev=b"\x01" * 32), shop.terminals["t1"].key)
    assert shop.contradict(shop.frames[position], twin).ok
    shop.append([twin])
    shop.anchor(shop.now + MINUTE)
    assert code_of(lambda: reading(shop, first, position + 1)) == "number-contradicted"
    earlier = reading(shop, first, position)
    assert "contradicted" in [caveat.code for caveat in earlier.caveats(shop.trust(), shop.now)]
    void = sign_draft(frame(shop, first, FIRST), shop.terminals["t1"].key)
    assert shop.void(void).ok
    shop.append([void])
    shop.anchor(shop.now + MINUTE)
    assert code_of(lambda: reading(shop, first, position + 2)) == "number-void"


def caveats_under(folder: Path, days: Days, slot: str = "day", *, window: str = "day") -> list[str]:
    """The caveats of a reading of a point at +08:00 whose group was registered with this calendar."""
    shop = Workshop(folder, FIRST)
    east = definition("main", slot, "+08:00", 0)
    today = days.day_at(FIRST)
    assert today is not None
    first = next(at for at in range(today, 0, -1) if days.slot_at(slot, days.starts[at]) is not None)
    span = days.slot_at(slot, days.starts[first])
    assert span is not None
    assert shop.define("plant", window, days, [east], span[0]).ok
    version = shop.versions[-1]
    group = GroupDraft("plant", version.n, version.root, ((LeafDraft("main", span[0], (7,), b"\x01"),),))
    draft = replace(frame(shop, version, span[0]), end=span[1], collected_at=span[1] + MINUTE, groups=(group,))
    proven = reading(shop, version, anchored(shop, draft), 0)
    assert (proven.slot.span.start, proven.slot.span.end) == span
    return [caveat.code for caveat in proven.caveats(shop.trust(), shop.now)]


def test_the_calendar_of_the_zone_needs_no_caveat(tmp_path: Path) -> None:
    assert "calendar-differs" not in caveats_under(tmp_path, EAST)


def test_a_day_that_ends_otherwise_than_in_its_zone_says_so(tmp_path: Path) -> None:
    today = EAST.day_at(FIRST)
    assert today is not None
    later = tuple(start + HOUR for start in EAST.starts[today + 1 :])
    assert "calendar-differs" in caveats_under(tmp_path, Days(EAST.first, (*EAST.starts[: today + 1], *later)))


def test_days_under_the_dates_of_those_before_say_so(tmp_path: Path) -> None:
    shifted = Days(EAST.first - 1, EAST.starts)
    assert "calendar-differs" in caveats_under(tmp_path, shifted, "month", window="month")
