"""The check of a spooled frame that is not in the data chain yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey, verify_signature
from veriwatt.encoding import decode
from veriwatt.errors import NotProven
from veriwatt.ids import FrameId
from veriwatt.model.frames.header import FrameHeader, parse_header
from veriwatt.model.frames.signing import unsigned_envelope
from veriwatt.model.terminals.passport import Passport
from veriwatt.terminal.spool.spool_rows import RawFrame
from veriwatt.terminal.spool.spooled_frame import FrameState


@dataclass(frozen=True, slots=True)
class NextFrame:
    """The frame of a row whose header, id, signature and payloads agree."""

    frame_id: FrameId
    prev: FrameId


def check_row(row: RawFrame, passport: Passport, chains: Sequence[str]) -> NextFrame:
    """The frame in a row, when its columns agree with its signed header.

    Raises:
        Malformed: header or payloads do not parse.
        NotProven: a column contradicts the header, or the signature is not the terminal's.
    """
    if type(row.header) is not bytes or type(row.payloads) is not bytes:
        raise NotProven("header or payloads are not bytes")
    header = parse_header(row.header)
    key = passport.key_for(header.number).key
    signed = unsigned_envelope(row.header, key).signed_bytes()
    frame_id = FrameId(sha256(signed))
    if header.chain not in chains or (header.org, header.terminal) != (passport.org, passport.terminal):
        raise NotProven("its header is of another terminal or chain")
    if (*header.number, header.window.end) != (row.epoch, row.seq, row.window_end):
        raise NotProven("epoch, seq or window_end are not those of the header")
    if row.frame_id != frame_id:
        raise NotProven("frame_id is not the id of the header")
    _check_signature(row, key, signed)
    _check_payloads(row.payloads, header)
    return NextFrame(frame_id, FrameId(header.prev))


def _check_signature(row: RawFrame, key: PublicKey, signed: bytes) -> None:
    if row.state == FrameState.PREPARED:
        if row.signature is not None:
            raise NotProven("it is signed, and marked as not signed")
    elif type(row.signature) is bytes:
        verify_signature(key, signed, row.signature, "the spooled frame")
    else:
        raise NotProven("it is marked as signed, and has no signature")


def _check_payloads(raw: bytes, header: FrameHeader) -> None:
    payloads = decode(raw, "payloads")
    hashes = [sha256(p) if isinstance(p, bytes) else None for p in payloads] if isinstance(payloads, list) else []
    if hashes != [group.payload_hash for group in header.groups]:
        raise NotProven("its payloads are not those that the header hashes")
