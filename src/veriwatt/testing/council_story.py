"""Evidence made early on a simulated network of four validators, twenty changes of validators later, and its forger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from veriwatt.crypto.signing import Signer
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.led import led_evidence
from veriwatt.testing.council_world import CouncilWorld
from veriwatt.testing.worlds import FIRST_DAY, PLANT
from veriwatt.units import DAY, MINUTE, UtcMillis
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome

CHANGES = 20


@dataclass(frozen=True)
class Story:
    """The evidence, made at about height 10, and trust files: `first` of then, `between` of ten changes later, `last`

    of after all.
    """

    network: CouncilWorld
    evidence: Evidence[ReadingClaim]
    first: Trust
    between: Trust
    last: Trust

    @property
    def now(self) -> UtcMillis:
        return self.network.now

    def renewed(self, trust: Trust) -> Evidence[ReadingClaim]:
        ledger = self.network.ledger
        return led_evidence(ledger, refresh(ledger, self.evidence), trust)

    def outcome(self, evidence: Evidence[ReadingClaim], trust: Trust, now: UtcMillis = 0) -> VerificationOutcome:
        return verification_outcome(evidence.to_bytes(), trust, now or self.now)


def tell_story(folder: Path) -> Story:
    """Play it in a new folder; whoever calls closes `network.world`."""
    network = CouncilWorld(folder)
    world = network.world
    world.day(0)
    world.anchor()
    world.clock.advance_to(FIRST_DAY + 2 * DAY + MINUTE)
    evidence, first = world.evidence(0, 41), world.trust()
    for _ in range(CHANGES // 2):
        network.change_a_validator()
    between = world.trust()
    for _ in range(CHANGES // 2):
        network.change_a_validator()
    network.go_on()
    return Story(network, evidence, first, between, world.trust())


def forked(
    story: Story, folder: Path, height: int, signers: Sequence[Signer] = ()
) -> tuple[CouncilWorld, Evidence[ReadingClaim]]:
    """A second history, up to `height`, under the keys of the first validators alone: another value for the slot."""
    fork = CouncilWorld(folder, signers)
    world = fork.world
    assert fork.ledger.chain_id == story.network.ledger.chain_id
    world.clock.advance_to(FIRST_DAY + DAY + MINUTE)
    frame = world.made(
        world.window(0), {PLANT: [replace(each, values=each.values + 7) for each in world.columns(0)[PLANT]]}
    )
    world.append(frame)
    world.anchor()
    world.clock.advance_to(FIRST_DAY + 2 * DAY + MINUTE)
    while fork.ledger.head().height < height:
        fork.go_on()
    return fork, world.evidence(0, 41)


def offered(
    story: Story, fork: CouncilWorld, evidence: Evidence[ReadingClaim]
) -> list[tuple[Evidence[ReadingClaim], Trust, UtcMillis]]:
    """The forged evidence with every path that its forgers have, its readers after changes, and when they read it."""
    top, last = evidence.light.header.height, story.last.header.height
    own = [fork.light(height) for height in range(top - 3, top)]
    honest = [story.network.light(height) for height in (last - 1, last)]
    found = []
    for path in ((), own, honest, [*honest, *own]):
        below = {each.header.height: each for each in path if each.header.height < top}
        forged = replace(evidence, path=tuple(each for _, each in sorted(below.items())))
        for reader in (story.between, story.last):
            found.append((forged, reader, max(story.now, fork.now) + MINUTE))
            found.append((forged, reader, reader.header.time_ms + reader.trust_period_ms))
    return found
