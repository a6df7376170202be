"""Ledgers that end, and the genesis documents of their successors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from weakref import finalize

from veriwatt.crypto.signing import PublicKey
from veriwatt.ledger.open_ledger import LedgerExport, create_ledger, export_ledger
from veriwatt.machine.governance.queries import agenda, proposal
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.model.governance.parameters import Parameters
from veriwatt.model.governance.rule_decisions import CloseLedger
from veriwatt.model.ledger.genesis import Genesis, GenesisValidator
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.ports.ledger import Ledger, LedgerEngine, submit
from veriwatt.testing.actors import SimMember, sim_validator
from veriwatt.testing.worlds import SimWorld


def sim_plan(
    before: Genesis, name: str = "net", *, validators: Sequence[int] = (0,), parameters: Parameters | None = None
) -> Genesis:
    """The plan of a successor with these simulated validators."""
    return plan_of(before, name, *(sim_validator(at).public for at in validators), parameters=parameters)


def plan_of(before: Genesis, name: str, *validators: PublicKey, parameters: Parameters | None = None) -> Genesis:
    """The plan of a successor with these validators."""
    return Genesis(
        name,
        0,
        MACHINE_VERSION,
        tuple(GenesisValidator(key, 1) for key in validators),
        (),
        parameters=parameters,
        predecessor=Predecessor(before.chain_id, before.genesis_hash, None),
    )


def close(ledger: Ledger, plan: Genesis, *owners: SimMember) -> tuple[Genesis, LedgerExport]:
    """Let the founders' owners end the ledger; returns the successor's genesis, and the export of the end."""
    first, *others = owners
    results = list(submit(ledger, [first.propose(CloseLedger(plan.genesis_hash))]))
    for owner in others:
        made = proposal(ledger, agenda(ledger).count)
        assert made is not None
        results += submit(ledger, [owner.vote(made)])
    assert all(result.ok for result in results), results
    export = export_ledger(ledger)
    return plan.ended_at(export.end()), export


def move_world(world: SimWorld, folder: Path, name: str = "net") -> tuple[LedgerEngine, LedgerExport]:
    """Move a world of one founder to an embedded ledger in `folder`; returns the old one, still open, and its end.

    Its data chain goes on; what its terminal signs from then on is for the new ledger.
    """
    folder.mkdir(parents=True)
    old, plan = world.ledger, sim_plan(world.genesis, name)
    genesis, export = close(old, plan, *world.founders)
    world.genesis, world.ledger = genesis, create_ledger(folder, genesis, sim_validator(), world.clock, export)
    finalize(world, world.ledger.close)
    for member in world.founders:
        member.chain = genesis.chain_id
    return old, export
