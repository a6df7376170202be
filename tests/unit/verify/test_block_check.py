"""The check of a block, step by step: whatever is changed in a block, the step that is about it says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from veriwatt.model.ledger.block import CommitSig, LightBlock, TxResult, Validator, ValidatorSet
from veriwatt.ports.ledger import Ledger, submit
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.edits import replace
from veriwatt.testing.queued_ledger import QueuedLedger
from veriwatt.verify.block_check import CHECKS, CHECKS_OF_ITEM, BlockParts, CheckState, check_block, check_item

HEIGHT = 2


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Block 2 holds two transactions, block 4 a bundle; the newest is empty."""
    ann = SimMember("acme", "ann")
    made = QueuedLedger(sim_genesis(ann), sim_validator(), SimClock(START))
    submit(made, [ann.open_log(), ann.enrol(SimTerminal("acme", "t1"))])
    submit(made, [ann.bundle(ann.enrol(SimTerminal("acme", "t2")))])
    return made


def parts(ledger: Ledger, height: int = HEIGHT) -> BlockParts:
    after = None if height == ledger.head().height else ledger.light_block(height + 1)
    items = [(item.raw, item.result) for item in ledger.block(height).items]
    return BlockParts(ledger.chain_id, ledger.light_block(height), items, after)


def states(of: BlockParts) -> dict[str, CheckState]:
    return {step.name: step.state for step in check_block(of)}


def test_every_step_of_every_block_holds(ledger: Ledger) -> None:
    for height in range(1, ledger.head().height):
        assert states(parts(ledger, height)) == dict.fromkeys(CHECKS, CheckState.HOLDS)


def test_what_needs_the_next_header_is_open_at_the_newest_block(ledger: Ledger) -> None:
    found = states(parts(ledger, ledger.head().height))
    assert [name for name, state in found.items() if state is CheckState.OPEN] == ["next block", "results"]
    assert CheckState.FAILED not in found.values()


def test_every_item_is_at_its_place_with_its_result(ledger: Ledger) -> None:
    whole = parts(ledger)
    for place in range(len(whole.items)):
        steps = check_item(whole, place)
        assert [step.name for step in steps] == list(CHECKS_OF_ITEM)
        assert {step.state for step in steps} == {CheckState.HOLDS}
        assert steps[-2].found["index"] == place


def _other_header(of: BlockParts) -> BlockParts:
    return replace(of, light=replace(of.light, header=replace(of.light.header, app_hash=bytes(32))))


def _other_validators(of: BlockParts) -> BlockParts:
    rival = ValidatorSet.of(Validator.of(sim_validator(7).public.raw, 10))
    return replace(of, light=replace(of.light, validators=rival))


def _signatures(of: BlockParts, change: Callable[[CommitSig], CommitSig]) -> BlockParts:
    commit = of.light.commit
    return replace(
        of, light=replace(of.light, commit=replace(commit, signatures=tuple(map(change, commit.signatures))))
    )


def _forged_vote(of: BlockParts) -> BlockParts:
    return _signatures(of, lambda vote: replace(vote, signature=bytes(64)))


def _other_item(of: BlockParts) -> BlockParts:
    (raw, result), *rest = of.items
    return replace(of, items=[(raw[:-1] + bytes([raw[-1] ^ 1]), result), *rest])


def _left_out(of: BlockParts) -> BlockParts:
    return replace(of, items=of.items[:-1])


def _turned_result(of: BlockParts) -> BlockParts:
    (raw, _), *rest = of.items
    return replace(of, items=[(raw, TxResult(1, b"record-exists")), *rest])


def _other_next(of: BlockParts) -> BlockParts:
    assert of.after is not None
    header = of.after.header
    assert header.last_block_id is not None
    named = replace(header, last_block_id=replace(header.last_block_id, hash=header.data_hash))
    return replace(of, after=replace(of.after, header=named))


CHANGES: dict[str, tuple[Callable[[BlockParts], BlockParts], set[str]]] = {
    "a field of the header": (_other_header, {"header hash", "signatures", "next block"}),
    "the validators": (_other_validators, {"validators", "signatures"}),
    "a forged signature": (_forged_vote, {"signatures"}),
    "an item": (_other_item, {"data hash"}),
    "an item left out": (_left_out, {"data hash", "results"}),
    "a result": (_turned_result, {"results"}),
    "the next header": (_other_next, {"next block"}),
    "another chain": (lambda of: replace(of, chain="other-0011223344556677"), {"signatures"}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_part_fails_the_steps_that_are_about_it(ledger: Ledger, what: str) -> None:
    change, failing = CHANGES[what]
    steps = check_block(change(parts(ledger)))
    failed = {step.name: step for step in steps if step.state is CheckState.FAILED}
    assert failed.keys() == failing
    assert all(step.error is not None for step in failed.values())


def test_a_changed_item_is_not_where_it_says(ledger: Ledger) -> None:
    steps = {step.name: step.state for step in check_item(_other_item(parts(ledger)), 0)}
    assert steps["inclusion"] is CheckState.FAILED
    steps = {step.name: step.state for step in check_item(_turned_result(parts(ledger)), 0)}
    assert (steps["inclusion"], steps["result"]) == (CheckState.HOLDS, CheckState.FAILED)


def test_a_commit_with_more_votes_than_validators_fails_and_breaks_nothing(ledger: Ledger) -> None:
    whole = parts(ledger)
    commit = whole.light.commit
    twice: LightBlock = replace(whole.light, commit=replace(commit, signatures=2 * commit.signatures))
    assert states(replace(whole, light=twice))["signatures"] is CheckState.FAILED
