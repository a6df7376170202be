"""A frame in quarantine: canonical CBOR [why, upload]. It is evidence against its terminal and never deleted."""

from __future__ import annotations

from veriwatt.encoding import Fields, decode, encode


def quarantined_bytes(why: str, upload: bytes) -> bytes:
    """The file of an upload that was refused for the reason with code `why`."""
    return encode([why, upload])


def read_quarantined(raw: bytes) -> tuple[str, bytes]:
    """Why, and the upload; raises Malformed for another file."""
    f = Fields(decode(raw, "quarantined frame"), "quarantined frame", 2)
    return f.text("why"), f.bytes("upload")
