"""Writes root_log.json: the head of a small ledger's root log, and each way in which a log host may lie with it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.reading.root_log_head import prove_root_log_head
from veriwatt.testing.actors import START
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY

OUT = Path(__file__).with_name("root_log.json")


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        world, other = SimWorld(Path(folder) / "own"), SimWorld(Path(folder) / "other", founder="bob")
        old = prove_root_log_head(world.ledger)
        for each in (world, other):
            each.must(each.inspector.certify(each.terminal, START, START + DAY))
        trust, head, foreign = world.trust(), prove_root_log_head(world.ledger), prove_root_log_head(other.ledger)
        with world.ledger.snapshot() as at_head:
            before = at_head.log_proof(ROOT_LOG, head.newest.index - 1)
        at, last = PlacedLeaf(before.leaf, before.index, before.path), head.newest.index
        lies = {
            "step 1: another ledger's": foreign,
            "step 1: another block's commit": replace(head, light=replace(head.light, commit=old.light.commit)),
            "step 2: before the trusted block": old,
            "step 3: a range not in the state": replace(head, state=replace(head.state, values=old.state.values)),
            "step 4: the leaf before the last": replace(head, newest=at),
            "step 4: the leaf before the last as the last": replace(head, newest=replace(at, index=last)),
        }
        newest, now = world.ledger.head(), world.clock.now()
        for each in (world, other):
            each.close()
    return {
        "trust": render(trust).decode(),
        "now": now,
        "head": head.to_bytes().hex(),
        "size": newest.root_log_size,
        "leaf": newest.root_log_leaf.hex(),
        "refused": {name: lie.to_bytes().hex() for name, lie in lies.items()},
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(vectors(), indent=1) + "\n")
    print(f"wrote {OUT.name}")
