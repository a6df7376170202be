"""Writes witness.json: a witness asked for one honest history and several false ones.

Two worlds have one chain id and one signing key: an operator with two histories. docs/spec/witness.md has the rules.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.ledger.cosignature import RootCheckpoint, WitnessKey, cosign, write_note
from veriwatt.model.ledger.witness_request import WitnessRequest
from veriwatt.reading.witness_request import witness_request
from veriwatt.testing.actors import START, sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY, MINUTE, SECOND, UtcMillis
from veriwatt.verify.witness import ForkProven, WitnessState, cosign_request, fork_proof, verify_fork

OUT = Path(__file__).with_name("witness.json")
NAME = "west.example/w1"
SIGNER = sim_key(NAME)
WITNESS = WitnessKey(NAME, SIGNER.public)


@dataclass
class Histories:
    """An honest ledger, its twin of the same name, key and beginning, and a ledger of other members."""

    own: SimWorld
    twin: SimWorld
    other: SimWorld

    @classmethod
    def made(cls, folder: Path) -> Histories:
        return cls(SimWorld(folder / "own"), SimWorld(folder / "twin"), SimWorld(folder / "other", founder="bob"))

    def close(self) -> None:
        for each in (self.own, self.twin, self.other):
            each.close()


def grow(world: SimWorld, days: int) -> None:
    """A block with one transaction, which differs by `days`."""
    world.must(world.inspector.certify(world.terminal, START, START + days * DAY))


def fresh(world: SimWorld, minutes: int = 2) -> None:
    """An empty block: another height, the same state."""
    world.clock.advance_to(world.clock.now() + minutes * MINUTE)
    world.ledger.sign_fresh_head()


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        histories = Histories.made(Path(folder) / "forks")
        try:
            asked = [*_asked(histories), *_idle(SimWorld(Path(folder) / "idle"), SimWorld(Path(folder) / "idle twin"))]
        finally:
            histories.close()
        forks = {each["name"]: each.pop("fork") for each in asked if "fork" in each}
        return {
            "witness": {"name": NAME, "key": str(WITNESS)},
            "known answer": _known_answer(),
            "asked": asked,
            "forks": forks,
        }


def _known_answer() -> dict[str, object]:
    signer = Ed25519Signer(bytes(range(32)))
    witness = WitnessKey("witness.example/known", signer.public)
    checkpoint = RootCheckpoint("works-8c7b1f40a3d25e96", 41, sha256(b"root"))
    made = cosign(checkpoint, witness.name, signer, 1_767_225_600)
    return {
        "seed": bytes(range(32)).hex(),
        "key": str(witness),
        "signed": f"cosignature/v1\ntime 1767225600\n{checkpoint.text()}",
        "note": write_note(checkpoint, [made.line(witness)]),
    }


def _asked(worlds: Histories) -> list[dict[str, Any]]:
    own, twin, other = worlds.own, worlds.twin, worlds.other
    empty = WitnessState(own.trust())
    first, foreign, size = _request(own), _request(other), own.ledger.head().root_log_size
    now = own.clock.now()
    at_first, _ = cosign_request(empty, first, WITNESS, SIGNER, now)
    for world, days in ((own, 1), (twin, 2)):
        grow(world, days)
    fresh(twin)
    fresh(twin)
    last_block, own_last = _request(twin, size), _request(own, size)
    at_last, line = cosign_request(at_first, own_last, WITNESS, SIGNER, own.clock.now())
    fresh(own)
    fresh(own)
    for world, days in ((own, 3), (twin, 4)):
        grow(world, days)
    one_height = _request(twin, size + 1)
    grown, twin_grown = _request(own, size, size + 1), _request(twin, size + 1)
    at_grown, _ = cosign_request(at_last, grown, WITNESS, SIGNER, own.clock.now())
    fresh(twin)
    same_size = _request(twin, size + 1, size + 2)
    grow(twin, 5)
    false_growth = _request(twin, size + 1, size + 2)
    later, now = own.trust(), max(own.clock.now(), twin.clock.now())
    own_line = (line.line(WITNESS)[:-1],)
    put_back = replace(grown, growths=(grown.growths[0], replace(grown.growths[1], lines=own_line)))
    broken = tuple(replace(each, path=tuple(reversed(each.path))) for each in grown.growths)
    (growth,) = twin_grown.growths
    assert growth.next is not None
    own_state = replace(growth.next.leaf, app_hash=Digest(own_last.head.light.header.app_hash))
    false_leaf = replace(growth, next=replace(growth.next, leaf=own_state))
    votes = replace(grown.head, light=replace(grown.head.light, commit=own_last.head.light.commit))
    cases: list[tuple[str, WitnessState, WitnessRequest, UtcMillis]] = [
        ("the first", empty, first, now),
        ("the same again, after a lost answer", at_first, first, now),
        ("grown by one", at_first, own_last, now),
        ("grown by two", at_first, grown, now),
        ("grown by one, of two growths in the request", at_last, grown, now),
        ("put back: before its first", empty, put_back, now),
        ("put back: to its first", at_first, put_back, now),
        ("rule 2: another ledger", at_first, foreign, now),
        ("rule 3: another block's commit", at_first, replace(grown, head=votes), now),
        ("rule 7: a block that is still to come", at_first, grown, START - DAY),
        ("rule 6: a smaller log", at_grown, first, now),
        ("rule 6: no growth from the witness's size", at_first, replace(grown, growths=()), now),
        ("rule 6: a path that leads nowhere", at_first, replace(grown, growths=broken), now),
        ("rule 6: a leaf that is not in the log", at_last, replace(twin_grown, growths=(false_leaf,)), now),
        ("rule 7: before the trusted block", WitnessState(later), first, now),
        ("rule 7: a clock put back", replace(at_first, seconds=now // SECOND + 1), grown, now),
        ("fork: two blocks of one height", at_grown, one_height, now),
        ("fork: the last block exchanged", at_last, last_block, now),
        ("fork: two roots of one size", at_grown, same_size, now),
        ("fork: a growth from another log", at_grown, false_growth, now),
        ("fork: a growth from another last block", at_last, twin_grown, now),
    ]
    return [_case(*each) for each in cases]


def _idle(own: SimWorld, twin: SimWorld) -> list[dict[str, Any]]:
    """Two ledgers of one state, whose validators signed two empty blocks of one height."""
    trust = own.trust()
    fresh(own)
    fresh(twin, 3)
    signed, _ = cosign_request(WitnessState(trust), _request(own), WITNESS, SIGNER, own.clock.now())
    requests = [_request(twin)]
    fresh(twin)
    requests.append(_request(twin))
    now = twin.clock.now()
    own.close()
    twin.close()
    names = ("fork: two empty blocks of one height", "fork: a block that does not name the one before")
    return [_case(name, signed, request, now) for name, request in zip(names, requests, strict=True)]


def _request(world: SimWorld, *sizes: int) -> WitnessRequest:
    return witness_request(world.ledger, {size: [] for size in sizes})


def _case(name: str, state: WitnessState, request: WitnessRequest, now: UtcMillis) -> dict[str, Any]:
    case: dict[str, Any] = {"name": name, "state": _state(state), "request": request.to_bytes().hex(), "now": now}
    try:
        after, cosigned = cosign_request(state, request, WITNESS, SIGNER, now)
    except ForkProven:
        proof = fork_proof(state, request)
        fork = verify_fork(proof, state.trust, now)
        shown = {"proof": proof.to_bytes().hex(), "first": fork.first, "second": fork.second}
        return case | {"refused": "fork-proven", "fork": shown}
    except VeriwattError as error:
        return case | {"refused": error.code}
    checkpoint = after.cosigned
    assert checkpoint is not None
    note = write_note(checkpoint.root_log, [cosigned.line(WITNESS)])
    return case | {"note": note, "after": _state(after)}


def _state(state: WitnessState) -> dict[str, object]:
    head = None if state.head is None else state.head.to_bytes().hex()
    return {"trust": render(state.trust).decode(), "head": head, "seconds": state.seconds}


if __name__ == "__main__":
    OUT.write_text(json.dumps(vectors(), indent=1) + "\n")
    print(f"wrote {OUT.name}")
