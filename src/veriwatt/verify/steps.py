"""The steps by which evidence of a reading is verified, by number and name, and the one that failed.

The numbers are those of docs/spec/evidence.md and of every implementation of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from veriwatt.errors import Malformed, NotProven

STEPS = {
    1: "canonical form",
    2: "one ledger",
    3: "light block",
    4: "trust",
    5: "state",
    6: "anchor",
    7: "data chain",
    8: "passport",
    9: "signature",
    10: "times",
    11: "definition",
    12: "disclosure",
    13: "statuses",
    14: "claim",
}


class StepFailed(NotProven):
    """Evidence that is refused, with the number and name of the first step that failed; the cause is chained."""

    code = "step-failed"

    def __init__(self, *, step: int, why: str) -> None:
        super().__init__(f"step {step} ({STEPS[step]}): {why}")
        self.step, self.name, self.why = step, STEPS[step], why


class Contradiction(NotProven):
    """Two parts of an evidence file, each well-formed, that do not say the same."""

    code = "contradiction"

    def __init__(self, what: str, *, expected: object, found: object) -> None:
        super().__init__(f"{what}: {_shown(expected)} expected, {_shown(found)} found")
        self.what, self.expected, self.found = what, expected, found


class Unproven(NotProven):
    """A rule that well-formed evidence breaks."""

    code = "rule-broken"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@contextmanager
def step(number: int) -> Iterator[None]:
    """Turns whatever a verification expects to go wrong inside into StepFailed with this number."""
    try:
        yield
    except (Malformed, NotProven) as error:
        raise StepFailed(step=number, why=str(error)) from error


def same(what: str, expected: object, found: object) -> None:
    """Raise Contradiction unless the two are equal."""
    if expected != found:
        raise Contradiction(what, expected=expected, found=found)


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
