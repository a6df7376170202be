"""Frames verified in other processes: the same findings, in the same order, as in this one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from veriwatt.cli.bench.rig import ORG, Rig, rig
from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.node.lanes import Lanes
from veriwatt.services.accept import Accepted, all_alone
from veriwatt.services.arrival import Arrival, ArrivedGroup


@pytest.fixture(scope="module")
def built() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture(scope="module")
def lanes(built: Rig) -> Iterator[Lanes]:
    with Lanes(2, built.home.paths.ledger) as running:
        yield running


def test_lanes_find_what_the_node_itself_finds(built: Rig, lanes: Lanes) -> None:
    uploads = built.frames(2)[:33]
    uploads[5] = uploads[5][:-1]
    uploads[20] = uploads[20][:80] + bytes([uploads[20][80] ^ 1]) + uploads[20][81:]

    lanes.send(uploads)
    found = lanes.receive()

    here = list(all_alone(uploads, built.home.room(ORG).facts))
    assert [_told(each) for each in found] == [_told(each) for each in here]
    assert [i for i, each in enumerate(found) if isinstance(each, VeriwattError)] == [5, 20]


def test_what_lanes_verified_is_accepted_in_order(built: Rig, lanes: Lanes) -> None:
    uploads = built.frames(1)
    lanes.send(uploads)
    room = built.home.room(ORG)

    batch = room.acceptance.accept_checked(lanes.receive(), uploads, built.home.clock.now())

    assert [o.position if isinstance(o, Accepted) else o for o in batch.outcomes] == list(range(len(uploads)))


def test_a_lane_that_died_is_unavailable_and_nothing_is_accepted(built: Rig) -> None:
    with Lanes(1, built.home.paths.ledger) as dying:
        dying.send([b"\x82"])
        dying.receive()
        dying.end_processes()
        with pytest.raises(Unavailable):
            dying.send([b"\x82"])
            dying.receive()


def _told(found: Arrival | VeriwattError) -> object:
    """A finding as it can be compared: a lane leaves out of a group what nobody judges."""
    if isinstance(found, VeriwattError):
        return found.code, str(found)
    return found._replace(groups=tuple(ArrivedGroup(g.group, g.definition_root, g.spans) for g in found.groups))
