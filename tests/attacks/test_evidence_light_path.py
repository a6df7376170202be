"""Evidence over twenty changes of validators: what leads to it, and what former validators can make of their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.errors import NotProven
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.light_path import MAX_PATH_BLOCKS
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.ledger.block import Header, LightBlock
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.led import CannotLead, led_evidence
from veriwatt.testing.actors import sim_validator
from veriwatt.testing.council import sealed
from veriwatt.testing.council_story import Story, forked, offered, tell_story
from veriwatt.testing.council_world import CouncilWorld
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict

LIMIT = 12_000
"""Bytes of a reading's evidence under four validators."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    told = tell_story(tmp_path_factory.mktemp("network") / "a")
    assert 8 <= told.evidence.light.header.height <= 14
    return told


def refused(found: VerificationOutcome) -> tuple[int, str]:
    assert found.verdict is Verdict.REFUSED
    assert found.failed is not None
    return found.failed.step, found.failed.code


class TestTwentyChangesLater:
    def test_the_file_of_then_is_proven_by_the_trust_file_of_then_inside_its_period(self, story: Story) -> None:
        assert story.outcome(story.evidence, story.first).verdict is Verdict.PROVEN

    def test_by_a_later_trust_file_it_is_consistent_until_it_is_renewed(self, story: Story) -> None:
        for later in (story.between, story.last):
            found = story.outcome(story.evidence, later)
            assert (found.verdict, "refresh-needed" in str(found.fields())) == (Verdict.CONSISTENT, True)
            renewed = story.renewed(later)
            assert story.outcome(renewed, later).verdict is Verdict.PROVEN
            assert len(renewed.to_bytes()) <= LIMIT

    def test_a_renewed_file_leads_from_the_first_trust_file_to_the_last_validators(self, story: Story) -> None:
        bare = replace(story.renewed(story.first), path=())
        assert refused(story.outcome(bare, story.first)) == (4, "not-enough-trust")

        led = story.renewed(story.first)
        assert led.path
        assert len(led.to_bytes()) <= LIMIT
        for reader in (story.first, story.between, story.last):
            assert story.outcome(led, reader).verdict is Verdict.PROVEN

    def test_every_height_in_between_can_be_its_readers_checkpoint(self, story: Story) -> None:
        led, network = story.renewed(story.first), story.network
        for height in range(story.first.header.height, led.light.header.height + 1):
            light = network.light(height)
            reader = replace(story.first, header=light.header, validators=light.validators)
            assert story.outcome(led, reader).verdict is Verdict.PROVEN, height

    def test_outside_the_trust_period_it_is_not_proven_and_says_why(self, story: Story) -> None:
        short = replace(story.first, trust_period_days=1)
        end = short.header.time_ms + short.trust_period_ms
        led = story.renewed(story.first)
        assert story.outcome(led, short, end - 1).verdict is Verdict.PROVEN
        assert refused(story.outcome(led, short, end)) == (4, "trust-expired")

    def test_nothing_is_made_for_a_reader_whose_trust_has_ended(self, story: Story) -> None:
        short = replace(story.first, trust_period_days=1)
        network = story.network
        network.world.clock.advance_to(short.header.time_ms + short.trust_period_ms)
        network.go_on()
        with pytest.raises(CannotLead, match="ledger trust"):
            led_evidence(network.ledger, refresh(network.ledger, story.evidence), short)


@pytest.fixture(scope="module", params=["below the checkpoint", "above it", "far above it"])
def fork(
    story: Story, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[CouncilWorld, Evidence[ReadingClaim]]]:
    top = story.last.header.height
    height = {"below the checkpoint": 0, "above it": top + 1, "far above it": top + 40}[request.param]
    network, evidence = forked(story, tmp_path_factory.mktemp("fork"), height)
    yield network, evidence
    network.world.close()


class TestALongRangeFork:
    """All former validators sign another history with the keys that they still have."""

    def test_is_never_proven(self, story: Story, fork: tuple[CouncilWorld, Evidence[ReadingClaim]]) -> None:
        network, evidence = fork
        for forged, reader, now in offered(story, network, evidence):
            assert verification_outcome(forged.to_bytes(), reader, now).verdict is not Verdict.PROVEN

    def test_nor_renewed_by_the_honest_ledger(
        self, story: Story, fork: tuple[CouncilWorld, Evidence[ReadingClaim]]
    ) -> None:
        _, evidence = fork
        renewed = refresh(story.network.ledger, evidence)
        with pytest.raises(StepFailed):
            verify_evidence(renewed.to_bytes(), story.last, story.now)

    def test_nor_led_to_by_its_own_ledger(
        self, story: Story, fork: tuple[CouncilWorld, Evidence[ReadingClaim]]
    ) -> None:
        network, evidence = fork
        if network.ledger.head().height >= story.last.header.height:
            with pytest.raises(NotProven, match="checkpoint's height"):
                led_evidence(network.ledger, evidence, story.last)


class TestAnOwnerOfHalfTheValidators:
    """Two of the first four are the plant's own. With them it signs blocks that were never on the ledger."""

    def test_its_false_block_comes_with_the_name_of_who_could_have_made_it(self, story: Story, tmp_path: Path) -> None:
        own = [sim_validator(0), sim_validator(1)]
        fork, evidence = forked(story, tmp_path / "fork", story.first.header.height + 2, own)
        keys = [each.public.raw for each in own]
        named = tuple(
            "acme" if each.public_key in keys else f"city-{at}"
            for at, each in enumerate(story.first.validators.validators)
        )
        reader = replace(story.first, validator_orgs=named)
        found = verification_outcome(evidence.to_bytes(), reader, fork.now)
        assert found.verdict is Verdict.PROVEN, "more than a third of the trusted power signed it"
        told = {each.code: each.values for each in found.caveats}
        assert told["power-of-org"] == {"org": "acme", "power": 2, "total": 2}
        later = verification_outcome(evidence.to_bytes(), replace(story.last, validator_orgs=()), fork.now)
        assert later.verdict is not Verdict.PROVEN
        fork.world.close()

    def test_what_all_four_signed_says_so_too(self, story: Story) -> None:
        found = story.outcome(story.renewed(story.first), story.first)
        assert {"bft", "power-unnamed"} <= {each.code for each in found.caveats}


Edit = Callable[[Sequence[LightBlock], Story], Sequence[LightBlock]]


def _first(edit: Callable[[LightBlock], LightBlock]) -> Edit:
    return lambda path, _: [edit(path[0]), *path[1:]]


def _header(edit: Callable[[Header], Header]) -> Edit:
    return _first(lambda block: replace(block, header=edit(block.header)))


def _stranger(path: Sequence[LightBlock], _: Story) -> Sequence[LightBlock]:
    """Signed in order, by validators of the forger's own."""
    return [sealed(path[0].header, [sim_validator(90 + n) for n in range(4)]), *path[1:]]


def _twin(path: Sequence[LightBlock], story: Story) -> Sequence[LightBlock]:
    """Another block at the checkpoint's height, signed by its own validators."""
    light = story.network.light(story.first.header.height)
    signers = story.network.council(light.header.height)
    return [sealed(replace(light.header, app_hash=bytes(32)), signers), *path]


def _at_height(block: LightBlock, height: int) -> LightBlock:
    return replace(block, header=replace(block.header, height=height))


def _few_votes(block: LightBlock) -> LightBlock:
    absent = type(block.commit.signatures[0]).absent()
    votes = (absent, absent, *block.commit.signatures[2:])
    return replace(block, commit=replace(block.commit, signatures=votes))


ATTACKS: dict[str, tuple[int, Edit]] = {
    "the first block left out": (4, lambda path, _: path[1:]),
    "the last block left out": (4, lambda path, _: path[:-1]),
    "in another order": (1, lambda path, _: [path[1], path[0], *path[2:]]),
    "a block twice": (1, lambda path, _: [path[0], *path]),
    "the file's own block in the path": (1, lambda path, s: [*path, s.renewed(s.first).light]),
    "too many blocks": (1, lambda path, _: [_at_height(path[0], 1 + n) for n in range(MAX_PATH_BLOCKS + 1)]),
    "signed by strangers": (3, _stranger),
    "another block at the checkpoint": (4, _twin),
    "votes of one half": (3, _first(_few_votes)),
    "votes of another block": (3, lambda path, _: [replace(path[0], commit=path[1].commit), *path[1:]]),
    "validators of another block": (3, lambda path, _: [replace(path[0], validators=path[1].validators), *path[1:]]),
    "at another height": (3, _header(lambda h: replace(h, height=h.height - 1))),
    "of another time": (3, _header(lambda h: replace(h, time=replace(h.time, nanos=h.time.nanos + 1)))),
    "another app hash": (3, _header(lambda h: replace(h, app_hash=bytes(32)))),
    "other validators announced": (3, _header(lambda h: replace(h, next_validators_hash=h.validators_hash))),
}


class TestThePath:
    @pytest.mark.parametrize("name", ATTACKS)
    def test_an_edit_is_refused_at_its_step(self, story: Story, name: str) -> None:
        step, edit = ATTACKS[name]
        led = story.renewed(story.first)
        raw = replace_path(led, edit(led.path, story))
        found = verification_outcome(raw, story.first, story.now)
        assert refused(found)[0] == step

    def test_a_newer_reader_refuses_an_edit_of_a_block_that_it_does_not_need(self, story: Story) -> None:
        led = story.renewed(story.first)
        raw = replace_path(led, _first(_few_votes)(led.path, story))
        assert refused(verification_outcome(raw, story.last, story.now))[0] == 3

    def test_no_byte_of_it_can_be_flipped(self, story: Story) -> None:
        led = story.renewed(story.first)
        raw = led.to_bytes()
        begin = len(replace(led, path=()).to_bytes())
        for at in range(begin - 1, len(raw), 11):
            altered = raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :]
            found = verification_outcome(altered, story.last, story.now)
            assert found.verdict is Verdict.REFUSED, f"byte {at} flipped, and not refused"


def replace_path(evidence: Evidence[ReadingClaim], path: Sequence[LightBlock]) -> bytes:
    """The file with this path, which its own maker would not write."""
    evidence = replace(evidence, path=())
    object.__setattr__(evidence, "path", tuple(path))
    return evidence.to_bytes()
