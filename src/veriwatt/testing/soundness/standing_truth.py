"""Who may bind acme, and how its terminals stand: from what the orgs' members tried, by the rules of the spec.

Whether the ledger took a deed is not asked: the rules decide. Spec: docs/spec/transaction.md, "Roles of orgs";
docs/spec/passport.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from veriwatt.model.members.organisation import Role
from veriwatt.model.points.register_record import ReadStep
from veriwatt.testing.soundness.cast import Cast, Deed
from veriwatt.testing.soundness.naive_calendar import DAY
from veriwatt.testing.soundness.workshop import ORG


@dataclass(frozen=True, slots=True)
class Certified:
    """A certification over `[begins, ends)`; `authority` is None for acme's own."""

    org: str
    begins: int
    ends: int
    at: int
    authority: dict[str, str] | None

    @property
    def rank(self) -> int:
        """0 for acme's own; among others the greater, the stronger: by admission, then by votes, then by founding."""
        if self.authority is None:
            return 0
        admitted_by, granted_by, basis = (self.authority[key] for key in ("admitted_by", "granted_by", "basis"))
        bases = ["single-founder", "independent-majority"]
        rank = 1 if admitted_by == ORG else 2
        rank = 2 * rank + (granted_by != ORG)
        rank = len(bases) * rank + bases.index(basis)
        return 2 * rank + (not admitted_by)


@dataclass(frozen=True, slots=True)
class Retired:
    """A retirement, and the number and id of the last frame that the terminal may have sent."""

    height: int
    time: int
    last: tuple[int, int]
    frame_id: bytes


@dataclass(frozen=True, slots=True)
class Reported:
    """A report that a key is compromised from `since` on; `height` is the block of the first one."""

    since: int
    height: int
    answered: bool = False


class Standing:
    """The standing of acme's terminals after some deeds, and the confirmed steps of its registers by point."""

    def __init__(self, cast: Cast, deeds: Sequence[Deed]) -> None:
        self._cast = cast
        self._votes: dict[tuple[str, str], list[str]] = {}
        self.certified: dict[str, list[Certified]] = {}
        self.retired: dict[str, Retired] = {}
        self.reported: dict[str, Reported] = {}
        self.confirmed: dict[str, set[ReadStep]] = {}
        for deed in deeds:
            getattr(self, f"_{deed.what}")(deed)

    def certifications(self, terminal: str, moments: Sequence[int]) -> list[Certified]:
        """Those by which it was certified at all of the moments, of the weakest rank; empty if at one it was not."""
        retired = self.retired.get(terminal)
        if retired is not None and max(moments) > retired.time:
            return []
        found = [self.certified_at(terminal, t) for t in moments]
        known = [each for each in found if each is not None]
        least = min((each.rank for each in known), default=0)
        return [each for each in known if each.rank == least] if len(known) == len(moments) else []

    def certified_at(self, terminal: str, t: int) -> Certified | None:
        """The first one of the highest rank that holds at `t`."""
        found = None
        for each in self.certified.get(terminal, []):
            if each.begins <= t < each.ends and (found is None or each.rank > found.rank):
                found = each
        return found

    def changes(self, terminal: str, start: int, end: int) -> list[int]:
        """The times within a span at which a certification of the terminal begins or ends."""
        times = {t for each in self.certified.get(terminal, []) for t in (each.begins, each.ends)}
        return sorted(t for t in times if start < t < end)

    def ended(self, terminal: str, since: int, anchored: int, weakest: Certified) -> int:
        """When those ended that, registered by the anchor and none weaker, follow one another from `since` on.

        If there is none of them at `since`, when `weakest` ends.
        """
        strong = [c for c in self.certified[terminal] if c.rank >= weakest.rank and c.at <= anchored]
        if not any(each.begins <= since < each.ends for each in strong):
            return weakest.ends
        until = since
        while later := [each.ends for each in strong if each.begins <= until < each.ends]:
            until = max(later)
        return until

    def _vote(self, deed: Deed) -> None:
        role, votes = deed.details[0], self._votes.setdefault((deed.about, str(deed.details[0])), [])
        may = deed.role is Role.OWNER and deed.org in self._electorate(deed.about)[0]
        if may and deed.org not in votes and not self._holds(deed.about, str(role)):
            votes.append(deed.org)

    def _certify(self, deed: Deed) -> None:
        begins, ends = deed.details
        assert isinstance(begins, int)
        assert isinstance(ends, int)
        own = deed.org == ORG
        may = deed.role in (Role.OWNER, Role.METROLOGY) if own else self._binds(deed)
        if may and begins < ends and deed.about not in self.retired and deed.about not in self.reported:
            authority = None if own else self._authority(deed.org, deed.role)
            added = Certified(deed.org, begins, ends, deed.time, authority)
            self.certified.setdefault(deed.about, []).append(added)

    def _report(self, deed: Deed) -> None:
        (since,), own = deed.details, deed.org == ORG
        assert isinstance(since, int)
        before = self.reported.get(deed.about)
        if not (deed.role is Role.OWNER if own else self._binds(deed)):
            return
        if since < deed.time - (0 if own else 30 * DAY):
            return
        if before is None:
            self.reported[deed.about] = Reported(since, deed.height)
        elif not own and since < before.since:
            self.reported[deed.about] = Reported(since, before.height)

    def _answer(self, deed: Deed) -> None:
        if (deed.org, deed.role) == (ORG, Role.OWNER) and deed.about in self.reported:
            self.reported[deed.about] = replace(self.reported[deed.about], answered=True)

    def _retire(self, deed: Deed) -> None:
        last: Any = deed.details
        if deed.about not in self.retired and deed.about not in self.reported:
            self.retired[deed.about] = Retired(deed.height, deed.time, *last)

    def _confirm(self, deed: Deed) -> None:
        (named,) = deed.details
        assert isinstance(named, ReadStep)
        if deed.org != ORG and named.at <= deed.time and self._binds(deed):
            self.confirmed.setdefault(deed.about, set()).add(named)

    def _binds(self, deed: Deed) -> bool:
        """Whether the member's role binds other orgs: the own org holds it too."""
        return deed.role in (Role.METROLOGY, Role.REGULATOR) and self._holds(deed.org, deed.role.value)

    def _holds(self, org: str, role: str) -> bool:
        return len(self._votes.get((org, role), [])) >= self._electorate(org)[1]

    def _electorate(self, candidate: str) -> tuple[list[str], int, str]:
        """Who votes on the candidate's roles, how many votes grant one, and the name of this basis."""
        founders, above = list(self._cast.founders), candidate
        while above not in founders:
            above = self._cast.admitted_by[above]
        if independent := [founder for founder in founders if founder != above]:
            return independent, len(independent) // 2 + 1, "independent-majority"
        return founders, 1, "single-founder"

    def _authority(self, org: str, role: Role) -> dict[str, str]:
        votes, basis = self._votes[org, role.value], self._electorate(org)[2]
        admitted_by = self._cast.admitted_by.get(org, "")
        return {"admitted_by": admitted_by, "granted_by": ", ".join(votes), "basis": basis}
