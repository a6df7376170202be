"""A terminal goes over to another ledger only where its own one proves that it goes on there.

The rules are those of docs/spec/terminal-questions.md, "When the ledger moved".
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, NotProven
from veriwatt.ledger.embedded.block import Chain, finalise
from veriwatt.ledger.open_ledger import LedgerExport
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import LightBlock, Validator, ValidatorSet
from veriwatt.model.ledger.genesis import Genesis, GenesisValidator
from veriwatt.model.ledger.predecessor import End
from veriwatt.model.ledger.state_keys import CLOSING, ROOT_LOG
from veriwatt.model.ledger.succession import Succession, parse_successions, successions_bytes
from veriwatt.reading.root_log_head import prove_root_log_head
from veriwatt.reading.succession import prove_succession
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.testing.actors import sim_key, sim_validator
from veriwatt.testing.moves import move_world
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import SECOND
from veriwatt.verify.frame_refusals import WrongLedger
from veriwatt.verify.refusals import NotInState, OlderThanTrusted
from veriwatt.verify.succession import verify_succession


class MovedWorld:
    """A world that moved: its proof, its export, and what a terminal trusted before."""

    def __init__(self, folder: Path) -> None:
        self.world = SimWorld(folder / "old", founders=1, certifier="acme")
        self.world.day(0)
        self.world.anchor()
        self.trust = self.world.trust()
        with self.world.ledger.snapshot() as now:
            self.before = now.prove([CLOSING, ROOT_LOG])
        self.old, self.export = move_world(self.world, folder / "new")
        self.proof = prove_succession(self.export, self.world.ledger)

    def refused(self, proof: Succession, trust: Trust | None = None) -> Exception:
        with pytest.raises((Malformed, NotProven)) as refused:
            verify_succession(Succession.from_bytes(proof.to_bytes()), trust or self.trust, self.world.clock.now())
        return refused.value

    def first_block(self, genesis: Genesis, *, height: int | None = None) -> LightBlock:
        """A first block of a ledger of this genesis, signed by the true successor's validator."""
        chain = Chain.of(genesis)
        header = chain.next_header(None, genesis.time, (), self.export.end().app_hash)
        block = finalise(replace(header, height=height or header.height), (), (), sim_validator())
        return LightBlock(block.header, block.commit, chain.validators)

    def with_end(self, **changes: object) -> Succession:
        """The proof with another end of the predecessor, and a first block of that genesis."""
        end: End = replace(self.export.end(), **changes)  # type: ignore[arg-type]
        genesis = self.proof.genesis.plan.ended_at(end)
        return replace(self.proof, genesis=genesis, first=self.first_block(genesis))


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> MovedWorld:
    return MovedWorld(tmp_path_factory.mktemp("moved"))


def test_the_trust_goes_over_to_the_first_block_of_the_successor(moved: MovedWorld) -> None:
    new = verify_succession(moved.proof, moved.trust, moved.world.clock.now())
    assert new.chain_id == moved.world.ledger.chain_id
    assert new.header.height == moved.export.end().height + 1
    assert [each.chain_id for each in new.predecessors] == [moved.old.chain_id]
    assert new.root_log_size == moved.export.end().root_log_size + 1


def test_a_ledger_that_goes_on_has_no_successor(moved: MovedWorld) -> None:
    values = tuple(moved.before.values.values())
    going_on = replace(moved.proof, state=StatePart(values, moved.before.proof), last=moved.before.light)
    assert isinstance(moved.refused(going_on), NotInState)


def test_a_successor_of_the_log_hosts_choice_is_refused(moved: MovedWorld) -> None:
    end = moved.export.end()
    plan = moved.proof.genesis.plan
    own = replace(plan, validators=(GenesisValidator(sim_key("thief").public, 1),)).ended_at(end)
    chain = Chain.of(own)
    block = finalise(chain.next_header(None, own.time, (), end.app_hash), (), (), sim_key("thief"))
    theirs = LightBlock(block.header, block.commit, chain.validators)
    assert "plan hash" in str(moved.refused(replace(moved.proof, genesis=own, first=theirs)))
    renamed = replace(plan, name="rival").ended_at(end)
    assert "plan hash" in str(moved.refused(replace(moved.proof, genesis=renamed, first=moved.first_block(renamed))))


def test_one_plan_makes_one_ledger_even_for_its_own_validators(moved: MovedWorld) -> None:
    end = moved.export.end()
    for proof in (
        moved.with_end(header_hash=sha256(b"another header")),
        moved.with_end(time=end.time + SECOND),
        moved.with_end(height=end.height + 1),
        moved.with_end(app_hash=sha256(b"another state")),
        moved.with_end(root_log_size=end.root_log_size - 1),
        moved.with_end(root_log_root=sha256(b"another log")),
    ):
        assert "of the end" in str(moved.refused(proof))


def test_a_state_that_was_never_the_ledgers_is_refused(moved: MovedWorld) -> None:
    state = moved.proof.state
    for values in ((None, state.values[1]), (state.values[0], None), (state.values[1], state.values[0])):
        moved.refused(replace(moved.proof, state=replace(state, values=values)))
    light = moved.proof.last
    forged = finalise(replace(light.header, app_hash=sha256(b"forged")), (), (), sim_key("stranger"))
    moved.refused(replace(moved.proof, last=LightBlock(forged.header, forged.commit, light.validators)))


def test_the_first_block_is_the_first_and_its_validators_are_the_plans(moved: MovedWorld) -> None:
    genesis = moved.proof.genesis
    later = moved.first_block(genesis, height=genesis.first_height + 1)
    assert "height of the successor" in str(moved.refused(replace(moved.proof, first=later)))
    stranger = replace(Chain.of(genesis), validators=_alone("stranger"))
    block = finalise(stranger.next_header(None, genesis.time, (), sha256(b"state")), (), (), sim_key("stranger"))
    strangers = LightBlock(block.header, block.commit, stranger.validators)
    assert "validators of the first block" in str(moved.refused(replace(moved.proof, first=strangers)))
    moved.refused(replace(moved.proof, first=moved.proof.last))


def _alone(name: str) -> ValidatorSet:
    return ValidatorSet.of(Validator.of(sim_key(name).public.raw, 1))


def test_a_proof_of_another_ledger_leads_nowhere(moved: MovedWorld, tmp_path: Path) -> None:
    other = MovedWorld(tmp_path)
    assert other.trust.chain_id == moved.trust.chain_id, "the worlds are alike, to the last key"
    stranger = SimWorld(tmp_path / "third", name="third", founders=1, certifier="acme")
    moved.refused(moved.proof, stranger.trust())


def test_an_older_proof_than_what_is_trusted_is_refused(moved: MovedWorld) -> None:
    later = replace(moved.trust, header=replace(moved.trust.header, height=moved.export.end().height + 5))
    assert isinstance(moved.refused(moved.proof, later), OlderThanTrusted)


def test_a_terminal_stays_with_its_ledger_until_a_proof_leads_on_and_then_across_restarts(moved: MovedWorld) -> None:
    saved: list[Trust] = []
    head = TrustedHead(moved.trust, None, lambda _: None, saved.append)
    raw, now = prove_root_log_head(moved.world.ledger).to_bytes(), moved.world.clock.now()
    with pytest.raises(WrongLedger):
        head.take(raw, now)
    assert not head.follow((), now)
    with pytest.raises((Malformed, NotProven)):
        head.follow((moved.with_end(time=1).to_bytes(),), now)
    assert (saved, head.chain_id) == ([], moved.old.chain_id)
    assert head.follow(parse_successions(successions_bytes((moved.proof.to_bytes(),))), now)
    head.take(raw, now)
    (trust,) = saved
    again = TrustedHead(trust, None, lambda _: None)
    again.take(raw, now)
    assert again.newest() == head.newest()
    with pytest.raises(WrongLedger):
        again.take(prove_root_log_head(moved.old).to_bytes(), now)


def test_an_export_is_no_proof_for_a_terminal_and_a_proof_is_small(moved: MovedWorld) -> None:
    assert len(moved.proof.to_bytes()) < 8_000
    assert isinstance(moved.export, LedgerExport)
    with pytest.raises(Malformed):
        Succession.from_bytes(moved.export.to_bytes())
