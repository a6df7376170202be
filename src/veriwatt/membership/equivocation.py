"""Two files that contradict each other become an `equivocation`: uploads, quarantined frames, evidence.

Anyone who has both can submit them; no file is believed but for the signatures of the terminal's key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from veriwatt.errors import BadInput, Malformed, NotFound
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.header import FrameHeader, parse_header
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.quarantined import read_quarantined
from veriwatt.model.frames.signing import unsigned_envelope
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader
from veriwatt.ports.ledger import Ledger
from veriwatt.verify.claims.kinds import parse_evidence


def find_equivocation(ledger: Ledger, one: bytes, other: bytes) -> ReportEquivocation:
    """The equivocation that these two files prove, with its signatures verified.

    Raises:
        BadInput: a file holds no signed header.
        NotFound: no header of the one contradicts one of the other.
        RecordNotFound: the terminal is not enrolled on this ledger.
        Malformed, BadSignature: the terminal's key did not sign one of them as a frame.
    """
    for a, b in product(_headers(ledger, one, "the first file"), _headers(ledger, other, "the second file")):
        here, there = a.stated(), b.stated()
        if _number(here) == _number(there) and a.signed != b.signed:
            key = present_passport(ledger, here.org, here.terminal).key_for(here.number).key
            a.check_signed_by(key)
            b.check_signed_by(key)
            return ReportEquivocation(here.org, here.terminal, a, b)
    raise NotFound("the files do not hold two different headers with one number of one terminal")


def _number(header: FrameHeader) -> tuple[str, str, FrameNumber]:
    return header.org, header.terminal, header.number


def _headers(ledger: Ledger, raw: bytes, where: str) -> Sequence[SignedHeader]:
    """The signed headers in an upload, a quarantined frame or an evidence file."""
    for read in (_of_upload, _of_quarantined, lambda data: tuple(_of_evidence(ledger, data))):
        try:
            return read(raw)
        except Malformed:
            continue
    remedy = "give an upload, a file from the quarantine, or evidence"
    raise BadInput(where=where, value=None, why="it holds no signed header of a frame", remedy=remedy)


def _of_upload(raw: bytes) -> tuple[SignedHeader, ...]:
    return (SignedHeader.of(parse_frame(raw).envelope),)


def _of_quarantined(raw: bytes) -> tuple[SignedHeader, ...]:
    return _of_upload(read_quarantined(raw)[1])


def _of_evidence(ledger: Ledger, raw: bytes) -> Iterator[SignedHeader]:
    """Evidence leaves the protected header out: it follows from the key of the passport."""
    for part in parse_evidence(raw).proofs.frames:
        header = parse_header(part.header)
        key = present_passport(ledger, header.org, header.terminal).key_for(header.number).key
        yield SignedHeader(unsigned_envelope(part.header, key).protected, part.header, part.signature)
