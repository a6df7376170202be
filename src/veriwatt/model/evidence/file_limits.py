"""How large an evidence file may be, so that nothing recorded later makes it larger than a file may be.

What renewing keeps is limited by its maker's choice of frames; everything else in a file follows from the ledger, and
the state machine bounds each record of it. `MAX_EVIDENCE` is more than the sum (docs/spec/evidence.md, "Size").
"""

from __future__ import annotations

from veriwatt.errors import Malformed

MAX_FRAMES = 6_144
"""The most frames of a file: one each quarter of an hour for 48 days, the longest period and a register's slots from
seven days before it to nine days after it, and corrections of a third of them."""

MAX_TERMINALS = 8
"""The most terminals of the frames of a file."""

MAX_VERSIONS = 256
"""The most group versions that the frames of a file name."""

MAX_KEPT = 4 << 20
"""The most bytes of what renewing keeps: claim, frames, data chain, and the group versions."""

MAX_EVIDENCE = 48 << 20
"""The most bytes of a file."""

MAX_ITEMS = 1 << 22
"""The most items of a file, for a reader's memory: small items take far more of it than bytes."""


class NotInOneFile(Malformed):
    """A claim that rests on more than one evidence file holds; a shorter period rests on less."""

    code = "not-in-one-file"

    def __init__(self, what: str, found: int, most: int) -> None:
        super().__init__(
            f"an evidence file has at most {most} {what}, and this one needs {found}: choose a shorter period"
        )
        self.what, self.found, self.most = what, found, most


def check_most(what: str, found: int, most: int) -> None:
    """Raises NotInOneFile if there are more than a file may have."""
    if found > most:
        raise NotInOneFile(what, found, most)
