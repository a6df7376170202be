from __future__ import annotations

from dataclasses import replace

import pytest

from veriwatt.errors import Malformed, WrongFormat
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.version import EARLIEST, MACHINE_VERSION
from veriwatt.model.ledger.genesis import Founder
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import SimMember, sim_genesis

ANN = SimMember("acme", "ann")
GENESIS = sim_genesis(ANN)


def test_any_change_of_the_document_is_another_chain() -> None:
    for other in (replace(GENESIS, time=GENESIS.time + 1), replace(GENESIS, expiry_horizon=9)):
        assert other.chain_id != GENESIS.chain_id


def test_a_chain_id_fits_the_fifty_characters_of_cometbft() -> None:
    assert len(replace(GENESIS, name="a" * 33).chain_id) == 50
    for name in ("a" * 34, "", "A", "a_b", "-a", "a-"):
        with pytest.raises(Malformed):
            replace(GENESIS, name=name)


def test_keys_orgs_and_members_are_named_once_and_each_org_has_an_owner() -> None:
    founder = GENESIS.founders[0]
    with pytest.raises(Malformed):
        replace(GENESIS, founders=(founder, Founder("bolt", "Bolt", founder.members)))
    with pytest.raises(Malformed):
        replace(GENESIS, founders=(founder, replace(founder, members=(SimMember("acme", "x").new,))))
    with pytest.raises(Malformed):
        Founder("acme", "Acme", (SimMember("acme", "rae", Role.READER).new,))
    with pytest.raises(Malformed):
        replace(GENESIS, validators=())


def test_a_genesis_for_another_machine_is_refused_with_a_remedy() -> None:
    for version in (EARLIEST - 1, MACHINE_VERSION + 1):
        with pytest.raises(WrongFormat, match="run a veriwatt release"):
            genesis_rows(replace(GENESIS, machine_version=version))
