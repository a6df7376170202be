"""However requests of two histories are mixed, a witness cosigns one alone, and every fork that it names is proven."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.cosignature import WitnessKey
from veriwatt.model.ledger.witness_request import WitnessRequest
from veriwatt.reading.witness_request import witness_request
from veriwatt.testing.actors import START, sim_key
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY, MINUTE
from veriwatt.verify.witness import ForkProven, WitnessState, checkpoint_of, cosign_request, fork_proof, verify_fork

SIGNER = sim_key("west")
WITNESS = WitnessKey("west.example/w1", SIGNER.public)
BLOCKS = 5
"""Blocks of each history after they part."""


@dataclass(frozen=True)
class Histories:
    """The requests of two histories with one beginning, the oldest first; `common` app hashes are of both."""

    trust: Trust
    requests: tuple[tuple[WitnessRequest, ...], tuple[WitnessRequest, ...]]
    common: frozenset[Digest]
    now: int


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Histories:
    folder = tmp_path_factory.mktemp("histories")
    worlds = SimWorld(folder / "one"), SimWorld(folder / "other")
    trust, made = worlds[0].trust(), (list[WitnessRequest](), list[WitnessRequest]())
    for world, requests, days in zip(worlds, made, (1, 2), strict=True):
        requests.append(asked(world))
        for block in range(BLOCKS):
            world.must(world.inspector.certify(world.terminal, START, START + (2 * block + days) * DAY))
            requests.append(asked(world))
            if block % 2 == days % 2:  # an empty block too, so that heights and sizes differ between the two
                world.clock.advance_to(world.clock.now() + 2 * MINUTE)
                world.ledger.sign_fresh_head()
                requests.append(asked(world))
    now = max(world.clock.now() for world in worlds)
    for world in worlds:
        world.close()
    states = [{checkpoint_of(each.head).app_hash for each in requests} for requests in made]
    return Histories(trust, (tuple(made[0]), tuple(made[1])), frozenset(states[0] & states[1]), now)


def asked(world: SimWorld) -> WitnessRequest:
    """A request that shows the growth from every size: whatever the witness saw last, it can judge."""
    return witness_request(world.ledger, {size: [] for size in range(1, world.ledger.head().root_log_size + 1)})


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_witness_cosigns_one_history_alone(histories: Histories, data: st.DataObject) -> None:
    longest = max(len(each) for each in histories.requests)
    order = st.lists(st.tuples(st.integers(0, 1), st.integers(0, longest - 1)), min_size=1, max_size=12)
    state, sides = WitnessState(histories.trust), set[int]()
    sizes = [0]
    for side, at in data.draw(order):
        requests = histories.requests[side]
        request = requests[min(at, len(requests) - 1)]
        try:
            state, _ = cosign_request(state, request, WITNESS, SIGNER, histories.now)
        except ForkProven:
            proof = fork_proof(state, request)
            assert isinstance(verify_fork(proof, histories.trust, histories.now), ForkProven)
            continue
        except VeriwattError:
            continue
        cosigned = checkpoint_of(request.head)
        sizes.append(cosigned.root_log.size)
        if cosigned.app_hash not in histories.common:
            sides.add(side)
    assert len(sides) <= 1
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("side", [0, 1])
def test_an_honest_history_is_cosigned_from_any_size_to_any_later_one(histories: Histories, side: int) -> None:
    requests = histories.requests[side]
    for first in range(len(requests)):
        state, _ = cosign_request(WitnessState(histories.trust), requests[first], WITNESS, SIGNER, histories.now)
        for later in requests[first:]:
            after, _ = cosign_request(state, later, WITNESS, SIGNER, histories.now)
            assert after.head == later.head
