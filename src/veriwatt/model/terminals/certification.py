"""A certification in a passport: an org certified the terminal for a span of time. Spec: docs/spec/passport.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.model.members.org_role import NO_AUTHORITY, Authority, Strength
from veriwatt.units import UtcMillis

MOST_CERTIFICATIONS = 64
"""The most certifications by one org in one passport, so that no org takes another's place."""

CERTIFICATION_ROOM = 8 << 10
"""The most bytes of the certifications by one org in one passport, so that evidence with it has a bound."""


@dataclass(frozen=True, slots=True)
class Certification:
    """`org`, by its `member`, certified the terminal for `[valid_from, valid_until)`, in the block with time `at`.

    `authority` is the one that `org` had then; None where it is the terminal's own org.
    """

    org: str
    member: str
    valid_from: UtcMillis
    valid_until: UtcMillis
    at: UtcMillis
    authority: Authority | None = None

    def holds_at(self, t: UtcMillis) -> bool:
        """Whether it is valid at `t`."""
        return self.valid_from <= t < self.valid_until

    def strength(self, owner: str) -> Strength:
        """How much it counts about a terminal of `owner`: an org's word about its own is the weakest."""
        return () if self.authority is None else self.authority.strength(owner)

    def fields(self) -> list[Value]:
        authority = NO_AUTHORITY if self.authority is None else self.authority.fields()
        return [self.org, self.member, self.valid_from, self.valid_until, self.at, *authority]

    @classmethod
    def parse(cls, value: object) -> Certification:
        f = Fields(value, "certification", 8)
        org, member, start = f.name("org"), f.name("member"), f.uint("valid from")
        return cls(org, member, start, f.uint("valid until"), f.uint("at"), Authority.read(f))


def weakest(certifications: Sequence[Certification | None], owner: str) -> Certification | None:
    """The weakest of one or more, of equals the first; None if one of them is None: nobody certified.

    Args:
        owner: the org of the terminals that they certify.
    """
    held = [each for each in certifications if each is not None]
    return min(held, key=lambda each: each.strength(owner)) if len(held) == len(certifications) else None
