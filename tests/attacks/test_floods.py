"""No flood from the address of a valid terminal ends the node, fills its memory, or takes a frame from the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from veriwatt.cli.bench.rig import TERMINALS, rig
from veriwatt.testing.floods.kinds import KINDS
from veriwatt.testing.floods.measure import measure_flood
from veriwatt.testing.floods.served_node import ServedNode, served_node

DESCRIPTORS = 1_024
SECONDS = 4.0
FRAMES = 60
RESIDENT = 450 << 20

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class Flooded:
    """A node for all floods, and the frames of its terminals, of which each flood takes another one."""

    node: ServedNode
    uploads: Sequence[bytes]

    def of_terminal(self, number: int) -> Sequence[bytes]:
        return self.uploads[number::TERMINALS]


@pytest.fixture(scope="module")
def flooded() -> Iterator[Flooded]:
    with rig() as built:
        uploads, root = built.frames(FRAMES), built.home.paths.root
        built.home.close()
        with served_node(root, DESCRIPTORS) as node:
            yield Flooded(node, uploads)


@pytest.mark.parametrize("kind", KINDS)
def test_a_valid_terminal_goes_on_under_a_flood_from_its_own_address(flooded: Flooded, kind: str) -> None:
    uploads = flooded.of_terminal(list(KINDS).index(kind))
    found = measure_flood(flooded.node, kind, seed=1, seconds=SECONDS, uploads=uploads)
    assert found.sent > 0
    assert found.alive
    assert found.lost == 0
    assert found.acknowledged > 3, found.failures
    assert found.resident < RESIDENT
