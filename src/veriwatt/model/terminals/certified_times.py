"""Which certification of a terminal counts at a time: the strongest valid one. Spec: docs/spec/passport.md."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush

from veriwatt.model.terminals.certification import Certification, weakest
from veriwatt.model.terminals.passport import CLOCK_MARGIN, Passport
from veriwatt.units import UtcMillis


class CertifiedTimes:
    """The strongest certification of a terminal at every time; made in one pass, so that many times can be asked."""

    def __init__(self, passport: Passport) -> None:
        self._passport = passport
        ranked = sorted(passport.certifications, key=lambda each: each.strength(passport.org), reverse=True)
        later = sorted(range(len(ranked)), key=lambda rank: ranked[rank].valid_from, reverse=True)
        self._changes = sorted({t for each in ranked for t in (each.valid_from, each.valid_until)})
        self._strongest = list[Certification | None]()
        valid = list[int]()
        for t in self._changes:
            while later and ranked[later[-1]].valid_from == t:
                heappush(valid, later.pop())
            while valid and ranked[valid[0]].valid_until <= t:
                heappop(valid)
            self._strongest.append(ranked[valid[0]] if valid else None)

    def at(self, t: UtcMillis) -> Certification | None:
        """The strongest of the certifications that are valid at `t`, of equals the earliest; None if none is."""
        change = bisect_right(self._changes, t) - 1
        return self._strongest[change] if change >= 0 else None

    def weakest(self, moments: Sequence[UtcMillis]) -> Certification | None:
        """The weakest of the certifications at these times; None where at one of them there is none.

        A terminal has no certification before its enrolment.
        """
        enrolled = self._passport.enrolled_at - CLOCK_MARGIN
        return weakest([self.at(t) if t >= enrolled else None for t in moments], self._passport.org)
