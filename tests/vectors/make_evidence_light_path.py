"""Writes evidence_light_path.json: evidence of a network over changes of validators, and what its readers make of it.

docs/spec/evidence.md has the rules, in steps 1, 3 and 4 and under "Finality".
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.vectors.evidence_edits import ClaimVectors, Way, case_of, flipped, get, put, written
from veriwatt.encoding import Value
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.evidence.light_path import path_fields
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.led import led_evidence
from veriwatt.testing.actors import sim_validator
from veriwatt.testing.council import sealed
from veriwatt.testing.council_world import CouncilWorld
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY
from veriwatt.units import DAY, MINUTE

PATH = (10,)
APP_HASH, EVIDENCE_HASH, VOTES, VALIDATORS = (10, 0, 8), (10, 0, 10), (10, 0, 15), (10, 1, 16)
ORGS = ("acme", "city", "metro", "west")


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        network = CouncilWorld(Path(folder), name="changing")
        try:
            return written([_changing(network)])
        finally:
            network.world.close()


def _changing(network: CouncilWorld) -> ClaimVectors:
    world = network.world
    world.day(0)
    world.anchor()
    world.clock.advance_to(FIRST_DAY + 2 * DAY + MINUTE)
    made, first = world.evidence(0, 41), world.trust()
    for _ in range(6):
        network.change_a_validator()
    network.go_on()
    later, now = world.trust(), network.now
    led = led_evidence(network.ledger, refresh(network.ledger, made), first)
    raw = led.to_bytes()
    path, votes, validators = (listed(raw, way) for way in (PATH, VOTES, VALIDATORS))
    first_vote = next(at for at, each in enumerate(votes) if each is not None)
    known = next(at for at, each in enumerate(validators) if isinstance(each, int))
    vote, own = (*VOTES, first_vote, 2), led.path[1].validators.validators
    strangers = sealed(led.path[0].header, [sim_validator(90 + n) for n in range(4)])
    checkpoint = network.light(first.header.height)
    twin = sealed(replace(checkpoint.header, app_hash=bytes(32)), network.council(first.header.height))
    files = {
        "made then": made.to_bytes(),
        "renewed": replace(led, path=()).to_bytes(),
        "renewed, and led to from the first trust file": raw,
        "step 1: the path in another order": put(raw, PATH, list(reversed(path))),
        "step 1: an empty path": put(raw, PATH, []),
        "step 1: the file's own block in its path": put(raw, PATH, path_fields([led.light], led.light)),
        "step 1: a block in its whole form": put(raw, PATH, [each.fields() for each in led.path]),
        "step 1: a hash that is left out elsewhere": put(raw, EVIDENCE_HASH, EMPTY_ROOT),
        "step 1: a validator listed twice": put(raw, (*VALIDATORS, known), [own[known].public_key, own[known].power]),
        "step 1: a place that no validator has": put(raw, (*VALIDATORS, known), 99),
        "step 1: a vote too few": put(raw, VOTES, votes[:-1]),
        "step 3: a block signed by strangers": replace(led, path=(strangers, *led.path[1:])).to_bytes(),
        "step 3: an altered header on the way": put(raw, APP_HASH, flipped(get(raw, APP_HASH))),
        "step 3: an altered vote on the way": put(raw, vote, flipped(get(raw, vote))),
        "step 3: one vote more left out": put(raw, VOTES, [*votes[:first_vote], None, *votes[first_vote + 1 :]]),
        "step 4: the first block left out": replace(led, path=led.path[1:]).to_bytes(),
        "step 4: another block at the checkpoint": replace(led, path=(twin, *led.path)).to_bytes(),
    }
    assert len(led.path) > 1
    assert led.path[0].header.evidence_hash == EMPTY_ROOT
    assert None in votes
    trusts = {
        "of then": first,
        "of then, of four orgs": _named(first, *ORGS),
        "of then, two of them the owner's": _named(first, "acme", "acme", "city", "west"),
        "later": later,
        "later, of four orgs": _named(later, *ORGS),
        "later, two of them the owner's": _named(later, "acme", "acme", "city", "west"),
    }
    cases = [case_of(name, name, "of then", now) for name in list(files)[3:]]
    for name in list(files)[:3]:
        for trust in trusts:
            refused = "step 4: " if name == "renewed" and trust.startswith("of then") else ""
            cases.append(case_of(f"{refused}{name}, read with: {trust}", name, trust, now))
    end = first.header.time_ms + first.trust_period_ms
    cases.append(case_of("step 4: the trust period has ended", list(files)[2], "of then", end))
    cases.append(case_of("led to, without a trust file", list(files)[2], None, now))
    return ClaimVectors(files, trusts, cases)


def listed(raw: bytes, way: Way) -> list[Value]:
    found = get(raw, way)
    assert isinstance(found, list)
    return found


def _named(trust: Trust, *orgs: str) -> Trust:
    return replace(trust, validator_orgs=orgs)


if __name__ == "__main__":
    Path(__file__).with_name("evidence_light_path.json").write_text(json.dumps(vectors(), indent=1) + "\n")
