"""A number in an address that is too long, or in other digits, is a bad request: never an error of the server."""

from __future__ import annotations

import re
from itertools import product
from urllib.parse import quote

from tests.unit.api.conftest import Play, Served

NUMBERS = ("9" * 5_000, "-" + "9" * 5_000, "٣", "1e9999", "²")


def test_no_number_in_an_address_fails_the_server(play: Play) -> None:
    async def scenario(served: Served) -> None:
        asked = 0
        async with served.client() as client:
            for path, methods in served.api.openapi()["paths"].items():
                names = [each["name"] for each in methods.get("get", {}).get("parameters", ())]
                for name, number in product(names, NUMBERS):
                    given = dict.fromkeys(names, "1") | {name: number}
                    address = re.sub(r"\{(\w+)\}", lambda match: quote(given[match[1]], safe=""), path)  # noqa: B023
                    answer = await client.get(address, params=given)
                    assert answer.status_code < 500, (path, name, number[:9], answer.text[:200])
                    asked += 1
        assert asked > 50

    play(scenario)
