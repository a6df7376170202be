"""The numbered steps that every claim shares, and the error that names the step that failed.

The numbers are those of docs/spec/evidence.md, for every implementation. A kind of claim adds its own steps from 11
onward.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from veriwatt.errors import NotProven, VeriwattError

PROOF_STEPS = {
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
}
"""Steps 1 to 5 are the state proof, steps 6 to 10 the proof of each frame."""


class StepFailed(NotProven):
    """Evidence is refused: number and name of the first step that failed, and the error in that step."""

    code = "step-failed"

    def __init__(self, *, step: int, name: str, cause: VeriwattError) -> None:
        super().__init__(f"step {step} ({name}): {cause}")
        self.step, self.name, self.cause = step, name, cause


class Contradiction(NotProven):
    """Two well-formed parts state different values of one thing."""

    code = "contradiction"

    def __init__(self, what: str, *, expected: object, found: object) -> None:
        super().__init__(f"{what}: {_printed(expected)} expected, {_printed(found)} found")
        self.what, self.expected, self.found = what, expected, found


@contextmanager
def step(number: int, names: Mapping[int, str] = PROOF_STEPS) -> Iterator[None]:
    """Turn every error of ours from inside the block into StepFailed with this number and its name."""
    try:
        yield
    except VeriwattError as error:
        raise StepFailed(step=number, name=names[number], cause=error) from error


def require_equal(what: str, expected: object, found: object) -> None:
    """Raise Contradiction unless the two are equal."""
    if expected != found:
        raise Contradiction(what, expected=expected, found=found)


def _printed(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
