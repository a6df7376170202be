"""A world whose blocks four validators sign, one of which at a time can be changed for another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from veriwatt.crypto.signing import Signer
from veriwatt.model.ledger.block import LightBlock
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.testing.actors import SimTerminal, sim_validator
from veriwatt.testing.council import CouncilLedger
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import UtcMillis


class CouncilWorld:
    """A `SimWorld` on a simulated network.

    Args:
        folder: where the ledger's file goes.
        signers: those who sign all blocks, where they never change; else simulated validators 0 to 3 begin.
        name: of the ledger.
    """

    def __init__(self, folder: Path, signers: Sequence[Signer] = (), name: str = "sim") -> None:
        self.world, self._changed_at, self._signers = SimWorld(folder, name), list[int](), signers
        self.world.ledger = CouncilLedger(self.world.ledger, self.council)
        self._names = (f"more-{at}" for at in count())

    def council(self, height: int) -> Sequence[Signer]:
        first = sum(at <= height for at in self._changed_at)
        return self._signers or [sim_validator(first + n) for n in range(4)]

    @property
    def ledger(self) -> LedgerEngine:
        return self.world.ledger

    @property
    def now(self) -> UtcMillis:
        return self.world.clock.now()

    def go_on(self) -> None:
        """Two blocks more."""
        self.world.must(self.world.owner.enrol(SimTerminal("acme", next(self._names))))

    def change_a_validator(self) -> None:
        """The one with the lowest number goes, and a new one comes, two blocks after the newest."""
        self._changed_at.append(self.ledger.head().height + 2)
        self.go_on()

    def light(self, height: int) -> LightBlock:
        return self.ledger.light_block(height)
