"""The parts that C2SP signed notes share: key hashes, signature lines, numbers and base64 in their one spelling.

    a signature line = — NAME base64(key hash (4) ‖ signature)

Format: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed
from veriwatt.units import parse_count

KEY_HASH_LENGTH = 4


def note_key_hash(name: str, key: bytes) -> bytes:
    """The four bytes by which a signature line names its key.

    Args:
        key: the byte of its type, and the public key.
    """
    return sha256(name.encode() + b"\n" + key)[:KEY_HASH_LENGTH]


def signature_line(name: str, key_hash: bytes, signature: bytes) -> str:
    """The line, with its line feed."""
    return f"— {name} {b64encode(key_hash + signature).decode()}\n"


def parse_signature_line(line: str, what: str) -> tuple[str, bytes, bytes]:
    """Name, key hash and signature of a line without its line feed; raises Malformed, naming `what`."""
    dash, _, rest = line.partition(" ")
    name, separator, signed = rest.rpartition(" ")
    raw = parse_base64(signed, what)
    if dash != "—" or not separator or len(raw) < KEY_HASH_LENGTH:
        raise Malformed(f"{what}: not a signature line")
    return name, raw[:KEY_HASH_LENGTH], raw[KEY_HASH_LENGTH:]


def parse_number(text: str, what: str, prefix: str = "") -> int:
    """The number after `prefix`; whether it is in its one spelling, the caller sees by writing it again."""
    if not text.startswith(prefix):
        raise Malformed(f"{what}: {text!r} is not {prefix}and a number")
    return parse_count(text.removeprefix(prefix))


def parse_base64(text: str, what: str) -> bytes:
    """The bytes of a base64 text in its one spelling; raises Malformed, naming `what`."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"{what}: a line is not base64") from None
    if b64encode(raw).decode() != text:
        raise Malformed(f"{what}: a line is not in the one spelling of its base64")
    return raw
