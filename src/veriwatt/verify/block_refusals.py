"""Errors of light blocks: a commit of another block, too few signers, a trusted block that is too old."""

from __future__ import annotations

from veriwatt.errors import NotProven


class WrongBlock(NotProven):
    """A block that its commit, its predecessor or its reader contradicts."""

    code = "wrong-block"

    def __init__(self, *, what: str, expected: object, found: object) -> None:
        super().__init__(f"block: {what} is {_plain(found)}, expected {_plain(expected)}")
        self.what, self.expected, self.found = what, expected, found


class NotEnoughPower(NotProven):
    """Two thirds or less of a block's own validators, by power, signed it."""

    code = "not-enough-power"

    def __init__(self, *, height: int, signed: int, total: int) -> None:
        super().__init__(
            f"block {height} is signed by {signed} of {total} voting power; more than two thirds are needed"
        )
        self.height, self.signed, self.total = height, signed, total


class NotEnoughTrust(NotProven):
    """A third or less of the trusted validators, by power, signed a later block; try a block in between."""

    code = "not-enough-trust"

    def __init__(self, *, height: int, signed: int, total: int) -> None:
        super().__init__(
            f"block {height} is signed by {signed} of {total} of the trusted voting power; more than a third is needed"
        )
        self.height, self.signed, self.total = height, signed, total


class TrustExpired(NotProven):
    """The trusted block is too old to verify a later block from it: renew the trust file."""

    code = "trust-expired"

    def __init__(self, *, height: int, until: int, now: int) -> None:
        super().__init__(f"trust in block {height} ended at {until} ms, and it is {now} ms; refresh the trust file")
        self.height, self.until, self.now = height, until, now


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
