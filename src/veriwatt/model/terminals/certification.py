"""A certification in a passport: an org certified the terminal for a span of time. Spec: docs/spec/passport.md."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.units import UtcMillis

CERTIFICATION_LIMIT = 256
"""The most certifications in one passport."""


@dataclass(frozen=True, slots=True)
class Certification:
    """`org`, by its `member`, certified the terminal for `[valid_from, valid_until)`, in the block with time `at`."""

    org: str
    member: str
    valid_from: UtcMillis
    valid_until: UtcMillis
    at: UtcMillis

    def fields(self) -> list[Value]:
        return [self.org, self.member, self.valid_from, self.valid_until, self.at]

    @classmethod
    def parse(cls, value: object) -> Certification:
        f = Fields(value, "certification", 5)
        return cls(f.name("org"), f.name("member"), f.uint("valid from"), f.uint("valid until"), f.uint("at"))
