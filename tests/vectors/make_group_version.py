"""Writes group_version.json: the second version of a group as it is proven, and each way in which a host may lie."""

from __future__ import annotations

import json
from dataclasses import replace as changed
from pathlib import Path
from tempfile import TemporaryDirectory

from veriwatt.loghost.chain_proofs import prove_group_version
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.points.group import GroupVersion
from veriwatt.testing.actors import START, SimTerminal
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import GROUP, ORG, SimHost
from veriwatt.units import DAY, HOUR, Decimal10

OUT = Path(__file__).with_name("group_version.json")
N, BEGINS = 2, START + 10 * DAY + 16 * HOUR
"""The second version of the group begins at a local midnight at +08:00."""


def vectors() -> dict[str, object]:
    """Group `main` has changed once, and a terminal that knows its first version asks for the next two."""
    with TemporaryDirectory() as folder:
        host = SimHost(Path(folder))
        withheld = prove_group_version(host.ledger, ORG, GROUP, N)
        host.admit(SimTerminal(ORG, "t2"))
        trust = trust_of(host.ledger, host.ledger.genesis, host.clock.now())
        before, *others = host.definitions
        after = changed(before, multiplier=Decimal10(2, 0))
        host.must(host.owner.define(GROUP, after, *others, effective_from=BEGINS))
        proof = prove_group_version(host.ledger, ORG, GROUP, N)
        first = prove_group_version(host.ledger, ORG, GROUP, 1)
        none = prove_group_version(host.ledger, ORG, GROUP, N + 1)
        now = host.clock.now()
        host.close()
    record = proof.state.values[0]
    assert record is not None
    sooner = changed(GroupVersion.from_bytes(record), in_force_from=START).to_bytes()
    lies = {
        "step 1: another block's commit": replace(proof, light=replace(proof.light, commit=withheld.light.commit)),
        "step 2: absent, before the trusted block": withheld,
        "step 3: absent": replace(proof, state=replace(proof.state, values=(None,)), definitions=()),
        "step 3: another beginning": replace(proof, state=replace(proof.state, values=(sooner,))),
        "step 3: the version before": first,
        "step 4: the definitions before": replace(proof, definitions=first.definitions),
        "step 4: no definitions": replace(proof, definitions=()),
        "step 4: in another order": replace(proof, definitions=proof.definitions[::-1]),
    }
    return {
        "trust": render(trust).decode(),
        "now": now,
        "org": ORG,
        "group": GROUP,
        "n": N,
        "in_force_from": BEGINS,
        "definitions": [definition.to_bytes().hex() for definition in (after, *others)],
        "version": proof.to_bytes().hex(),
        "no_version_after_it": none.to_bytes().hex(),
        "refused": {name: lie.to_bytes().hex() for name, lie in lies.items()},
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(vectors(), indent=1) + "\n")
    print(f"wrote {OUT.name}")
