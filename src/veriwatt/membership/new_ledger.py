"""The genesis and the trust file of a new ledger."""

from __future__ import annotations

from veriwatt.crypto.signing import Signer
from veriwatt.encoding import decode
from veriwatt.errors import Corrupted
from veriwatt.machine.key_registry import org_of_validator
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.genesis import Founder, Genesis, GenesisValidator
from veriwatt.model.ledger.predecessor import parse_line
from veriwatt.model.ledger.state_keys import PREDECESSORS, ROOT_LOG
from veriwatt.model.members.organisation import NewMember, Role
from veriwatt.ports.ledger import Ledger
from veriwatt.units import UtcMillis

OWNER = "owner"
"""The name of an org's first member."""


def make_genesis(name: str, org: str, title: str, consensus: Signer, owner: Signer, now: UtcMillis) -> Genesis:
    """The genesis of a ledger with one signer and one founding org."""
    founder = Founder(org, title, (NewMember(OWNER, Role.OWNER, owner.public),))
    return Genesis(name, now, MACHINE_VERSION, (GenesisValidator(consensus.public, 1),), (founder,))


def trust_of(ledger: Ledger, genesis: Genesis, now: UtcMillis) -> Trust:
    """The content of a trust file for this ledger, with the newest proven block as its checkpoint."""
    with ledger.snapshot() as newest:
        proof = newest.prove([ROOT_LOG, PREDECESSORS])
        orgs = tuple(org_of_validator(newest, each.public_key) for each in proof.light.validators.validators)
    raw = proof.values[ROOT_LOG]
    if raw is None:
        raise Corrupted("the ledger's state has no root log")
    size = CompactRange.parse(decode(raw, "root log")).size
    light = proof.light
    return Trust(
        genesis.genesis_hash,
        genesis.machine_version,
        light.header,
        light.validators,
        size,
        now,
        validator_orgs=orgs if any(orgs) else (),
        predecessors=parse_line(proof.values[PREDECESSORS]),
    )
