"""Writes evidence_witnesses.json: evidence whose state witnesses cosigned, and what readers who list them make of it.

docs/spec/witness.md has the rules, under "In evidence".
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.vectors.evidence_edits import ClaimVectors, case_of, written
from veriwatt.model.evidence.cosigned import CosignedPart
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.evidence.trusted_cosigners import Cosigner
from veriwatt.model.ledger.cosignature import Cosignature, RootCheckpoint, WitnessKey, cosign
from veriwatt.reading.evidence.cosigned import cosigned_evidence
from veriwatt.reading.witness_request import checkpoint_at
from veriwatt.testing.actors import START, sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY, SECOND, UtcMillis

EAST, NORTH, WEST = "east.example/w2", "north.example/w3", "west.example/w1"


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        world = SimWorld(Path(folder), "witnessed")
        try:
            return written([_cosigned(world)])
        finally:
            world.close()


def _cosigned(world: SimWorld) -> ClaimVectors:
    world.day(0)
    world.anchor()
    made, trust = world.evidence(0, 41), world.trust()
    for days in (1, 2):
        world.must(world.inspector.certify(world.terminal, START, START + days * DAY))
    size, now = world.ledger.head().root_log_size, world.clock.now()
    checkpoint, smaller = checkpoint_at(world.ledger, size), checkpoint_at(world.ledger, size - 1)
    three = [_signed(checkpoint, name, now) for name in (EAST, NORTH, WEST)]
    whole = cosigned_evidence(world.ledger, made, {size: three}).cosigned
    assert whole is not None
    alone = replace(whole, cosignatures=(three[2],))
    before = made.light.header
    parts: dict[str, CosignedPart] = {
        "cosigned by three": whole,
        "cosigned by one": alone,
        "cosigned ten seconds ahead": replace(alone, cosignatures=(_signed(checkpoint, WEST, now + 10 * SECOND),)),
        "step 4: another log's cosignature": replace(
            alone, cosignatures=(_signed(replace(checkpoint, chain="sim-0123456789abcdef"), WEST, now),)
        ),
        "step 4: a smaller log's cosignature": replace(alone, cosignatures=(_signed(smaller, WEST, now),)),
        "step 4: the leaf of a block before": replace(whole, height=before.height - 1),
        "step 4: the leaf of a time before": replace(whole, time=before.time_ms - 1),
        "step 4: another time for the leaf": replace(whole, time=whole.time + 1),
        "step 4: another index": replace(whole, index=whole.index + 1),
        "step 4: a path cut short": replace(whole, path=whole.path[:-1]),
    }
    files = {name: replace(made, cosigned=part).to_bytes() for name, part in parts.items()}
    files["cosigned by none"] = made.to_bytes()
    listing = {"west": _listing(trust, {WEST: "west"}, "acme")}
    trusts = {
        **listing,
        "no witness": trust,
        "west, which runs the ledger": _listing(trust, {WEST: "west"}, "west"),
        "three of two orgs": _listing(trust, {EAST: "east", NORTH: "west", WEST: "west"}, "acme"),
        "west with another key": _listing(trust, {WEST: "west"}, "acme", "impostor "),
    }
    cases = [case_of(name, name, "west", now) for name in files]
    for name in ("no witness", "west, which runs the ledger", "three of two orgs"):
        cases.append(case_of(f"cosigned by three, read with: {name}", "cosigned by three", name, now))
    cases.append(case_of("step 4: the key of an impostor", "cosigned by three", "west with another key", now))
    cases.append(case_of("cosigned, without a trust file", "cosigned by three", None, now))
    return ClaimVectors(files, trusts, cases)


def _signed(checkpoint: RootCheckpoint, name: str, now: UtcMillis) -> Cosignature:
    return cosign(checkpoint, name, sim_key(name), now // SECOND)


def _listing(trust: Trust, orgs: dict[str, str], operator: str, keys: str = "") -> Trust:
    listed = (Cosigner(WitnessKey(name, sim_key(keys + name).public), org) for name, org in sorted(orgs.items()))
    return replace(trust, cosigners=tuple(listed), operators=(operator,))


if __name__ == "__main__":
    Path(__file__).with_name("evidence_witnesses.json").write_text(json.dumps(vectors(), indent=1) + "\n")
