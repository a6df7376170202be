"""A verdict on a period on a console: figure, slots and steps by the names that figures have for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from veriwatt.cli.printed_facts import fact_lines

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "evidence.json").read_text(encoding="utf-8"))
FACTS: dict[str, dict[str, Any]] = {case["name"]: case["facts"] for case in VECTORS["cases"] if "facts" in case}


def printed(name: str) -> dict[str, str]:
    lines = [line.strip().partition(" ") for line in fact_lines(FACTS[name])]
    return {fact: words.strip() for fact, _, words in lines}


def test_a_period_names_its_ends_its_direction_and_what_its_owner_states() -> None:
    said = printed("a period: a register over an exchange")
    assert (said["value"], said["direction"], said["stated_by_owner"]) == ("36 kWh", "export", "13 kWh")
    assert (said["steps"], said["complete"], said["slots"]) == (
        "exchanges 1, steps beside a fall 8",
        "no",
        "measured 24",
    )
    assert {"period_start", "period_end"} <= said.keys()


def test_a_period_names_the_slots_that_were_not_measured_or_are_in_no_frame() -> None:
    said = printed("a period: two days without the first frame")
    assert said["slots"] == "measured 85, estimated 5, manual 2, gap 4, not stated 96"
    assert (said["expected"], said["complete"], "steps" in said) == ("192", "no", False)


def test_steps_that_are_all_plain_are_called_so() -> None:
    said = printed("a period: a register")
    assert (said["steps"], "at_least" in said, said["complete"]) == (
        "plain",
        False,
        "yes",
    )  # a later fall may still come
    assert printed("a period: a register up to its last reading")["steps"] == "provisional steps 4"


def test_a_reading_names_its_slot() -> None:
    said = printed("at the checkpoint")
    assert said["value"].endswith(" kWh")
    assert {"slot_start", "slot_end"} <= said.keys()


def test_a_period_without_a_reading_says_so_in_the_place_of_its_value() -> None:
    bare = FACTS["a period: a day"] | {"value": None, "measured": 0, "gap": 96}
    assert "  value                      no reading" in fact_lines(bare)


def test_parts_of_a_fact_that_are_empty_are_left_out() -> None:
    assert printed("at the checkpoint")["certifier"] == "granted_by acme, city, basis independent-majority"
