"""Writes anchored.json: what is anchored of a small data chain, and each way in which a log host may lie about it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from veriwatt.encoding import encode
from veriwatt.ids import Digest
from veriwatt.loghost.chain_proofs import prove_anchored
from veriwatt.membership.new_ledger import trust_of
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.evidence.trust_file import render
from veriwatt.testing.actors import SimTerminal
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import ORG, SimHost

OUT = Path(__file__).with_name("anchored.json")
POSITION, FRAMES = 1, 5


def vectors() -> dict[str, object]:
    """Three frames are anchored, the terminal has seen a checkpoint of five; then nine are stated to be lost."""
    with TemporaryDirectory() as folder:
        host = SimHost(Path(folder))
        frames = [host.frame() for _ in range(FRAMES)]
        host.accept(*frames[:3])
        old = prove_anchored(host.ledger, host.chain, POSITION, 3)
        host.admit(SimTerminal(ORG, "t2"))
        trust = trust_of(host.ledger, host.ledger.genesis, host.clock.now())
        host.anchor()
        host.accept(*frames[3:])
        proof = prove_anchored(host.ledger, host.chain, POSITION, FRAMES)
        root, lost = host.chain.root(), host.owner.lost(9)
        host.must(host.owner.recover(3, lost))
        later, now = prove_anchored(host.ledger, host.chain, POSITION, FRAMES), host.clock.now()
        host.close()
    boast = CompactRange(1 << 62, (Digest(bytes(32)),))
    assert proof.path is not None
    had, epochs = later.state.values
    lies = {
        "step 1: another block's commit": replace(proof, light=replace(proof.light, commit=old.light.commit)),
        "step 2: before the trusted block": old,
        "step 3: 2**62 frames": replace(proof, state=replace(proof.state, values=(encode(boast.fields()), None))),
        "step 3: no chain": replace(proof, state=replace(proof.state, values=(None, None))),
        "step 3: a log epoch that nobody recorded": replace(proof, state=replace(proof.state, values=(had, epochs))),
        "step 3: no record of the log epoch": replace(later, state=replace(later.state, values=(had, None))),
        "step 4: no path": replace(proof, consistency=()),
        "step 4: another path": replace(proof, consistency=(proof.path[0], *proof.consistency[1:])),
        "step 5: another frame's path": replace(proof, path=proof.path[::-1]),
    }
    return {
        "trust": render(trust).decode(),
        "now": now,
        "org": ORG,
        "position": POSITION,
        "leaf": host.leaf_of(frames[POSITION]).hex(),
        "checkpoint": [FRAMES, root.hex()],
        "anchored": proof.to_bytes().hex(),
        "size": 3,
        "log_epoch": 1,
        "given_up": {
            "anchored": later.to_bytes().hex(),
            "size": 3,
            "log_epoch": 2,
            "kept": 3,
            "lost": [9, lost.root.hex()],
        },
        "refused": {name: lie.to_bytes().hex() for name, lie in lies.items()},
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(vectors(), indent=1) + "\n")
    print(f"wrote {OUT.name}")
