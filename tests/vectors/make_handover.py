"""Writes handover.json: a request and a handover with fixed keys. The wrapped part is fixed too: wrapping is random."""

from __future__ import annotations

import json
from pathlib import Path

from veriwatt.crypto.key_tree import cover
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.terminals.handover import (
    HandedGroup,
    HandedVersion,
    Handover,
    RequestedGroup,
    covers_bytes,
    new_request,
)
from veriwatt.testing.actors import sim_key, sim_point

OUT = Path(__file__).with_name("handover.json")
CHAIN = "park-0123456789abcdef"


def main() -> None:
    device, member = sim_key("device"), sim_key("member")
    group = RequestedGroup("electricity", (sim_point("main"), sim_point("hall")))
    request = new_request(device, CHAIN, "works", "t1", "model", "1.0", bytes(range(32)), 1_788_192_000_000, (group,))
    calendar = zone_calendar("+08:00", 0, 2026, 2036)
    versions = (
        HandedVersion(1, 1_785_513_600_000, calendar, (sim_point("main"),)),
        HandedVersion(2, 1_788_278_400_000, calendar, group.definitions),
    )
    handed = (HandedGroup("electricity", KeyWindow.DAY, 20_696, 20_727, versions),)
    handover = Handover(CHAIN, "works", "t1", 2, sim_key("log").public, member.public, handed, b"wrapped elsewhere")
    made = {
        "request": request.sign(device).hex(),
        "handover": handover.sign(member).hex(),
        "info": handover.context.hex(),
        "covers": covers_bytes({"electricity": cover(bytes(range(32)), 20_696, 20_727)}).hex(),
    }
    OUT.write_text(json.dumps(made, indent=1) + "\n")
    print(f"wrote {OUT.name}")


if __name__ == "__main__":
    main()
