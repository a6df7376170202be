"""Who certified a reading, by what authority, and which caveats its terminal's standing gives it.

Spec: docs/spec/evidence.md, step 8 and caveats 4, 5 and 10.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from veriwatt.testing.soundness.false_proof import require
from veriwatt.testing.soundness.naive_calendar import MINUTE
from veriwatt.testing.soundness.standing_truth import Certified, Standing
from veriwatt.testing.soundness.workshop import ORG

CLOCKS_APART = 10 * MINUTE
"""How much earlier than its key's registration a frame may say that it was collected."""

CAVEATS = frozenset(
    (
        "not-certified",
        "own-org",
        "single-founder",
        "granted-by-owner",
        "admitted-by-owner",
        "retired",
        "compromised",
        "answered",
        "anchored-after-certification",
        "certified-afterwards",
    )
)
"""The codes of all caveats that follow from a terminal's standing."""


class CertifiedTruth:
    """Judges certification and standing of readings of terminals whose keys were registered at `enrolled`."""

    def __init__(self, standing: Standing, enrolled: int) -> None:
        self._standing, self._enrolled = standing, enrolled

    def check(self, facts: Mapping[str, Any], caveats: Collection[str]) -> None:
        """Raise FalseProof unless the facts name a certification that covers the reading, and all caveats are there."""
        told = {name: facts[name] for name in ("certified_by", "certifier")}
        ways = [each for each in self._ways(facts) if _named(each) == told]
        require(bool(ways), "certified otherwise")
        said = {code for code in caveats if code in CAVEATS}
        wanted = [self._caveats(facts, each) for each in ways]
        require(said in wanted, f"caveats {sorted(said)}, not {[sorted(each) for each in wanted]}")

    def check_period(self, facts: Mapping[str, Any], frames: Sequence[tuple[str, Sequence[int]]]) -> None:
        """Raise FalseProof unless the facts of a period name the weakest certification of all its frames.

        Args:
            frames: of each the terminal, and the moments at which it must have been certified.
        """
        told = {name: facts[name] for name in ("certified_by", "certifier")}
        ways = [each for terminal, moments in frames for each in self._at(terminal, moments)]
        ranks = [-1 if each is None else each.rank for each in ways]
        weakest = [_named(each) for each, rank in zip(ways, ranks, strict=True) if rank == min(ranks)]
        require(told in weakest, f"a period certified by {told}, not {weakest[0]}")

    def during(self, terminal: str, start: int, end: int) -> Sequence[int]:
        """The moments that stand for all of the time from `start` on until before `end`."""
        return [start, *self._standing.changes(terminal, start, end)]

    def of(self, facts: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """The facts of a certification that covers the reading, and the caveats."""
        certified = self._ways(facts)[0]
        return _named(certified), self._caveats(facts, certified)

    def _ways(self, facts: Mapping[str, Any]) -> Sequence[Certified | None]:
        """The certifications of the reading's moments, each as good as the other; None if at one there was none."""
        moments = [facts["collected_at"]]
        if facts["origin"]["kind"] == "meter":
            moments += [facts["end"]]
            if facts["kind"] == "interval":
                moments += self.during(facts["terminal"], facts["start"], facts["end"])
            moments += [] if facts["instant"] is None else [facts["instant"]]
        return self._at(facts["terminal"], moments)

    def _at(self, terminal: str, moments: Sequence[int]) -> Sequence[Certified | None]:
        enrolled = min(moments) >= self._enrolled - CLOCKS_APART
        return (self._standing.certifications(terminal, moments) if enrolled else []) or [None]

    def _caveats(self, facts: Mapping[str, Any], certified: Certified | None) -> set[str]:
        meter = facts["origin"]["kind"] == "meter"
        read = facts["end"] if meter else facts["collected_at"]
        retired = self._standing.retired.get(facts["terminal"])
        reported = self._standing.reported.get(facts["terminal"])
        compromised = reported is not None and reported.since <= facts["anchored_not_later_than"]
        authority = None if certified is None else certified.authority
        collected, terminal = facts["collected_at"], facts["terminal"]
        ends = [facts["end"], *([facts["start"]] if facts["kind"] == "interval" else [])] if meter else [collected]
        ends += [facts["instant"]] if meter and facts["instant"] is not None else []
        helds = [(end, self._standing.certified_at(terminal, end)) for end in ends] if certified else []
        anchored = facts["anchored_block_time"]
        ended = None if certified is None else self._standing.ended(terminal, collected, anchored, certified)
        told = {
            "not-certified": certified is None,
            "own-org": certified is not None and authority is None,
            "retired": retired is not None and max(read, collected) > retired.time,
            "compromised": compromised,
            "answered": compromised and reported is not None and reported.answered,
            "anchored-after-certification": ended is not None and anchored >= ended,
            "certified-afterwards": any(held is not None and held.at > end for end, held in helds),
        }
        if authority is not None:
            basis = authority["basis"]
            told["single-founder"] = basis == "single-founder"
            told["granted-by-owner"] = basis == "independent-majority" and authority["granted_by"] == ORG
            told["admitted-by-owner"] = authority["admitted_by"] == ORG
        return {code for code, holds in told.items() if holds}


def _named(certified: Certified | None) -> dict[str, Any]:
    """How facts name a certification."""
    if certified is None:
        return {"certified_by": None, "certifier": None}
    return {"certified_by": certified.org, "certifier": certified.authority}
