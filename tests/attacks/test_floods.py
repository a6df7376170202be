"""No flood from the address of a valid terminal ends the node, fills its memory, or takes a frame from the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import pytest

from veriwatt.cli.bench.rig import TERMINALS, rig
from veriwatt.model.terminals.admission import is_admission
from veriwatt.testing.floods.kinds import KINDS, OVER_TLS, trusting_all
from veriwatt.testing.floods.measure import measure_flood
from veriwatt.testing.floods.served_node import ServedNode, served_node
from veriwatt.testing.floods.valid_terminal import ValidTerminal

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


@contextmanager
def served(*more: str) -> Iterator[Flooded]:
    with rig() as built:
        uploads, root = built.frames(FRAMES), built.home.paths.root
        built.home.close()
        with served_node(root, DESCRIPTORS, more) as node:
            yield Flooded(node, uploads)


@pytest.fixture(scope="module")
def flooded() -> Iterator[Flooded]:
    with served() as found:
        yield found


@pytest.fixture(scope="module")
def flooded_over_tls() -> Iterator[Flooded]:
    with served("--tls") as found:
        yield found


@pytest.mark.parametrize("kind", [each for each in KINDS if each not in OVER_TLS])
def test_a_valid_terminal_goes_on_under_a_flood_from_its_own_address(flooded: Flooded, kind: str) -> None:
    goes_on(flooded, kind)


@pytest.mark.parametrize("kind", sorted(OVER_TLS))
def test_a_valid_terminal_goes_on_under_handshakes_without_end(flooded_over_tls: Flooded, kind: str) -> None:
    goes_on(flooded_over_tls, kind)


def test_a_receipt_over_tls_brings_an_admission(flooded_over_tls: Flooded) -> None:
    terminal = ValidTerminal(
        flooded_over_tls.node.port, flooded_over_tls.of_terminal(len(KINDS))[:1], tls=trusting_all()
    )
    terminal.work(time.monotonic() + 60, Event())
    assert terminal.tls is not None
    assert is_admission(terminal.tls.admission)


def goes_on(flooded: Flooded, kind: str) -> None:
    uploads = flooded.of_terminal(list(KINDS).index(kind))
    found = measure_flood(flooded.node, kind, seed=1, seconds=SECONDS, uploads=uploads)
    assert found.sent > 0
    assert found.alive
    assert found.lost == 0
    assert found.acknowledged > 3, found.failures
    assert found.resident < RESIDENT
