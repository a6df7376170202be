"""What the ledger records of a frame's number: that it was given up, or that another header has it too.

A record never unsays what was anchored before it. It is confined to its number: a frame that was anchored before the
record's block stays proven with a caveat; a frame with that number anchored later proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.verify.refusals import NumberContradicted, NumberVoid
from veriwatt.verify.verdict import Caveat


def check_number(record: NumberRecord | None, anchored: int) -> None:
    """Raise if the record was on the ledger when the frame was anchored, in block `anchored`.

    Raises:
        NumberVoid: the number was given up before.
        NumberContradicted: two headers with it were submitted before.
    """
    if record is None:
        return
    if record.void is not None and anchored >= record.void.height:
        raise NumberVoid(height=record.void.height)
    if record.equivocation is not None and anchored >= record.equivocation.height:
        raise NumberContradicted(height=record.equivocation.height)


def number_caveats(record: NumberRecord | None, height: int) -> Iterator[Caveat]:
    """Caveats of the version that the number states: what contradicts it, as of `height`."""
    if record is None or record.equivocation is None:
        text = f"version as stated by the signer; no contradiction recorded up to height {height}"
        yield Caveat("version-as-stated", text, {"height": height})
    else:
        at = record.equivocation.height
        yield Caveat("contradicted", f"contradicted at height {at} by a header that was not anchored", {"height": at})
    if record is not None and record.void is not None:
        at = record.void.height
        yield Caveat("voided-later", f"its number was voided at height {at}, after it was anchored", {"height": at})
