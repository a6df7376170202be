"""The admission of a terminal: what it shows at the beginning of its next TLS handshake, where nothing else names it.

    Veriwatt-Admission: ADMISSION         a field of an answer on a connection on which a frame was accepted
    veriwatt-admission/ADMISSION          one of the protocols that a later handshake offers (ALPN, RFC 7301)

    ADMISSION = 32 lower-case hexadecimal digits

Spec: docs/spec/frame-upload.md, "Admission".
"""

from __future__ import annotations

import re
from typing import Final

FIELD: Final = "veriwatt-admission"
"""The name of the header field."""

BYTES: Final = 16
"""Drawn at random for each, so that nobody can guess one."""

_FORM: Final = re.compile("[0-9a-f]{32}")
_SHOWN: Final = re.compile(rb"veriwatt-admission/([0-9a-f]{32})")


def is_admission(text: str) -> bool:
    """Whether the text has the form of an admission."""
    return _FORM.fullmatch(text) is not None


def protocol_of(admission: str) -> str:
    """The protocol to offer in a handshake."""
    return f"{FIELD}/{admission}"


def shown_in(hello: bytes) -> str:
    """The admission in the first bytes of a handshake; empty for none.

    It is not looked for at its place in the message: it is none unless it was given, wherever it stands.
    """
    found = _SHOWN.search(hello)
    return found[1].decode() if found else ""
