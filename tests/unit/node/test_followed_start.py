"""The first start of a node that follows: its copy may be a block behind the peer that has let its org in."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.ledger.follower.copied_ledger import CopiedLedger, create_copy
from veriwatt.machine.members.queries import organisation
from veriwatt.model.members.organisation import AddOrg
from veriwatt.node.followed_start import NotAdmittedYet, copy_admission
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import SimMember
from veriwatt.testing.lying_peers import FollowedWorld
from veriwatt.testing.node_process import until


def test_a_copy_made_before_the_org_was_admitted_is_brought_up_to_date(tmp_path: Path) -> None:
    world = FollowedWorld(tmp_path / "honest")
    world.peer("main")
    file = tmp_path / "copy"
    create_copy(file, world.genesis)
    with world.follow("main") as followed, CopiedLedger(file, followed, "food", world.clock) as ledger:
        for _ in range(2):
            with pytest.raises(NotAdmittedYet):
                copy_admission(ledger, "food")
            assert ledger.is_copied
        submit(world.ledger, [world.ann.sign(AddOrg("food", "Food", SimMember("food", "eve").new))])
        until(lambda: _is_copied(ledger, "food"))  # a peer is asked for its head once a second
        assert organisation(ledger, "food") is not None
    world.close()


def _is_copied(ledger: CopiedLedger, org: str) -> bool:
    try:
        copy_admission(ledger, org)
    except NotAdmittedYet:
        return False
    return True
