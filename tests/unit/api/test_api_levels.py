"""What a tank holds is a level: API, commands and page convert it to nothing, and say why."""

from __future__ import annotations

import pytest

from tests.e2e.cli_home import Cli
from tests.served_home import ServedHome, imported_home
from tests.unit.api.conftest import Served, serve
from tests.unit.api.test_api_answers import ask
from veriwatt.web.words import LANGUAGES, catalogue

MAPPING = """\
[file]
timestamp = "time"
format = "%Y-%m-%d %H:%M"
clock = "+08:00"
stamp = "start"

[[point]]
id = "tank"
column = "tank"
energy = "natural_gas"
kind = "instant"
unit = "m3"
slot = "1h"
country = "CN"
"""
ASKED = "points/tank/totals?from=2025-12-29&to=2026-01-05&every=1w"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    days = [*(f"2025-12-{day}" for day in (29, 30, 31)), *(f"2026-01-{day:02}" for day in range(1, 5))]
    rows = "\n".join(["time,tank", *(f"{d} {h:02}:00,1000" for d in days for h in range(24))])
    return ServedHome(imported_home(tmp_path_factory.mktemp("tank"), rows, MAPPING), [])


def test_the_api_answers_the_mean_and_why_it_converts_to_nothing(home: ServedHome) -> None:
    async def scenario(served: Served) -> None:
        answer, *refused = await ask(
            served, f"{ASKED}&also=co2,kgce", *(f"{ASKED}&as={measure}" for measure in ("co2", "kgce"))
        )
        assert answer["total"]["value"] == "1000.000"
        assert {each["why_not"]["code"] for each in answer["also"].values()} == {"not-a-flow"}
        assert {each["value"] for each in answer["also"].values()} == {None}
        assert {(each["status"], each["type"]) for each in refused} == {(404, "urn:veriwatt:error:not-a-flow")}

    serve(home, scenario)


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_the_command_refuses_with_the_same_reason(home: ServedHome, form: str) -> None:
    span = ("--from", "2025-12-29", "--to", "2026-01-05", "--as", "co2", form)
    done = Cli(home.root.parent).run("query", "tank", *span, "--home", home.root, expect=1)
    assert "not-a-flow" in done.stderr
    assert "kg" not in done.stdout


def test_the_tiles_have_words_for_it_in_every_language() -> None:
    assert all("why.not-a-flow" in catalogue(language) for language in LANGUAGES)
