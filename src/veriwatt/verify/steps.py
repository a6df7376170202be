"""The steps by which evidence of a reading is verified, by number and name, and the one that failed.

The numbers are those of docs/spec/evidence.md and of every implementation of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from veriwatt.errors import Malformed, NotProven, VeriwattError

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
    """Evidence that is refused, with the number and name of the first step that failed, and the error that it met."""

    code = "step-failed"

    def __init__(self, *, step: int, cause: VeriwattError) -> None:
        super().__init__(f"step {step} ({STEPS[step]}): {cause}")
        self.step, self.name, self.cause = step, STEPS[step], cause


class Contradiction(NotProven):
    """Two parts of an evidence file, each well-formed, that do not say the same."""

    code = "contradiction"

    def __init__(self, what: str, *, expected: object, found: object) -> None:
        super().__init__(f"{what}: {_shown(expected)} expected, {_shown(found)} found")
        self.what, self.expected, self.found = what, expected, found


@contextmanager
def step(number: int) -> Iterator[None]:
    """Turns whatever a verification expects to go wrong inside into StepFailed with this number."""
    try:
        yield
    except (Malformed, NotProven) as error:
        raise StepFailed(step=number, cause=error) from error


def same(what: str, expected: object, found: object) -> None:
    """Raise Contradiction unless the two are equal."""
    if expected != found:
        raise Contradiction(what, expected=expected, found=found)


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
