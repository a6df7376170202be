"""The load of `bench ledger`: every anchor becomes final, and what makes the anchors is not taken for the ledger's."""

from __future__ import annotations

from pathlib import Path
from time import thread_time

import pytest

from veriwatt.cli.bench.anchor_load import FRAMES, admit_orgs, send_anchors
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.membership.new_ledger import make_genesis
from veriwatt.testing.actors import START, sim_validator
from veriwatt.testing.clocks import SimClock

ROUNDS = 3
KEYS = {f"org{at}": bytes([at]) * 32 for at in range(1, 5)}


@pytest.mark.parametrize("bundled", [False, True])
def test_a_load_anchors_all_of_it_and_says_what_it_took_itself(tmp_path: Path, *, bundled: bool) -> None:
    founder = Ed25519Signer(KEYS["org1"])
    genesis = make_genesis("bench", "org1", "org1", sim_validator(), founder, START)
    with EmbeddedLedger.create(tmp_path / "ledger.db", genesis, sim_validator(), SimClock(START)) as ledger:
        admit_orgs(ledger, "org1", KEYS)
        before = thread_time()
        found = send_anchors(ledger, KEYS, ROUNDS, bundled)
        spent = thread_time() - before
        assert [data_chain(ledger, org).size for org in KEYS] == [ROUNDS * FRAMES] * len(KEYS)
    assert len(found.finality) == ROUNDS * len(KEYS)
    assert 0 < found.bare < found.aside < spent
