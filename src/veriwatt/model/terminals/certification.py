"""A certification in a passport: an org certified the terminal for a span of time. Spec: docs/spec/passport.md."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.model.members.org_role import NO_AUTHORITY, Authority
from veriwatt.units import UtcMillis

CERTIFICATION_LIMIT = 256
"""The most certifications in one passport."""


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

    def fields(self) -> list[Value]:
        authority = NO_AUTHORITY if self.authority is None else self.authority.fields()
        return [self.org, self.member, self.valid_from, self.valid_until, self.at, *authority]

    @classmethod
    def parse(cls, value: object) -> Certification:
        f = Fields(value, "certification", 8)
        org, member, start = f.name("org"), f.name("member"), f.uint("valid from")
        return cls(org, member, start, f.uint("valid until"), f.uint("at"), Authority.read(f))
