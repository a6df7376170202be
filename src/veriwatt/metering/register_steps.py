"""The steps of a register by column, from each kept reading to the next (docs/spec/slots-and-periods.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.register_track import Mantissas, StepKind, Times


@dataclass(frozen=True, slots=True)
class Fall:
    """A fall, open or not: by how much, to which reading, and the first of those whose steps it casts doubt on.

    `since` is its own reading where it casts doubt on no other. `unseen`: slots before it have no kept reading, so that
    the register may have fallen by more and risen again.
    """

    at: int
    height: int
    since: int
    unseen: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """For every reading the step that ends with it.

    `advance[i]` is what reading i adds, 0 if not `counted[i]`; `kinds[i]` are its StepKind bits; `bridged[i]`: between
    its two readings lies a slot without a kept reading. An outlier, and the first reading, has no step. `unchecked`: no
    rate bounds the steps of a register that runs backward, or begins anew each day, so that a wrong reading may count.
    """

    stamps: Times
    advance: Mantissas
    counted: NDArray[np.bool_]
    kinds: Times
    bridged: NDArray[np.bool_]
    falls: tuple[Fall, ...]
    without_exchanges: Steps | None = None
    unchecked: bool = False

    def of_kind(self, kind: StepKind) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self.kinds & kind) != 0
        return found

    def multiplied(self, factor: int) -> Steps:
        """The same steps at a finer scale."""
        falls = tuple(replace(fall, height=fall.height * factor) for fall in self.falls)
        without = self.without_exchanges and self.without_exchanges.multiplied(factor)
        return replace(self, advance=multiplied(self.advance, factor), falls=falls, without_exchanges=without)

    def since(self, first: int) -> Steps:
        """The steps of the readings from number `first` on."""
        kept = slice(first, None)
        later = [f for f in self.falls if f.at >= first]
        falls = tuple(replace(f, at=f.at - first, since=max(f.since - first, 0)) for f in later)
        without = self.without_exchanges and self.without_exchanges.since(first)
        return Steps(
            self.stamps[kept],
            self.advance[kept],
            self.counted[kept],
            self.kinds[kept],
            self.bridged[kept],
            falls,
            without,
            self.unchecked,
        )

    def beside(self, without: Steps) -> Steps:
        """These steps of an exchange's statement, where `without` are those without it.

        A step that is another one without the statement is the owner's word, and marked so; where either may still
        change, or depends on a slot that is not stated, so is this one. A mark of a later fall makes no other step of
        it: it may come to both, long after the step has settled. One that is the same step has the marks of either.
        """
        open_still = StepKind.PROVISIONAL | StepKind.NOT_STATED
        marks = StepKind.FALL | StepKind.BESIDE_FALL
        other_kind = (self.kinds ^ without.kinds) & ~(StepKind.EXCHANGE | marks | open_still)
        differs = (self.counted != without.counted) | (other_kind != 0)
        differs |= np.asarray(self.advance != without.advance, np.bool_)
        kinds = self.kinds | (without.kinds & open_still)
        kinds |= np.where(differs, StepKind.EXCHANGE, without.kinds & marks)
        return replace(self, kinds=kinds, without_exchanges=without)


def join_steps(parts: Sequence[Steps]) -> Steps:
    """The steps of several series, one after the other."""
    if len(parts) == 1:
        return parts[0]
    falls, before = list[Fall](), 0
    for part in parts:
        falls += (replace(f, at=before + f.at, since=before + f.since) for f in part.falls)
        before += len(part.stamps)
    none, no = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    exchanged = any(part.without_exchanges for part in parts)
    return Steps(
        np.concatenate([none, *(part.stamps for part in parts)]),
        np.concatenate([none, *(part.advance for part in parts)]),
        np.concatenate([no, *(part.counted for part in parts)]),
        np.concatenate([none, *(part.kinds for part in parts)]),
        np.concatenate([no, *(part.bridged for part in parts)]),
        tuple(falls),
        join_steps([part.without_exchanges or part for part in parts]) if exchanged else None,
        any(part.unchecked for part in parts),
    )


def multiplied(values: Mantissas, factor: int) -> Mantissas:
    """The values times a factor, exact beyond 64 bits."""
    return values if factor == 1 else values.astype(object) * factor
