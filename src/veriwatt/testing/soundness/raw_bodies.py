"""Bodies of transactions as plain fields, so that the machine alone decides what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from veriwatt.encoding import Value


@dataclass(frozen=True)
class RawBody:
    """The body of a transaction as its fields, whatever they are."""

    kind: ClassVar[str]
    body: list[Value]

    def fields(self) -> list[Value]:
        return self.body

    @classmethod
    def parse(cls, value: object) -> Self:
        raise NotImplementedError


class RawPoints(RawBody):
    """The next version of a group."""

    kind = "points"


class RawEquivocation(RawBody):
    """Two signed headers of one number."""

    kind = "equivocation"


class RawExchange(RawBody):
    """An exchange of a register's meter."""

    kind = "exchange"


class RawVoid(RawBody):
    """A number that is given up."""

    kind = "void"
