"""Checkpoints of a data chain as C2SP signed notes: the log host's signed statement of size and root.

    origin, one line (`log_epochs.LogName`)
    size, decimal
    root, base64
    anchored-by <UTC milliseconds>
    (an empty line)
    — origin base64(key hash (4) ‖ signature)

A receipt is a checkpoint with an inclusion path. Spec: docs/spec/data-chain.md;
note format: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey, Signer, verify_signature
from veriwatt.encoding import Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.units import UtcMillis, parse_count


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and root of a log, and the ledger time by which an anchor will cover it."""

    origin: str
    size: int
    root: Digest
    anchored_by: UtcMillis

    def text(self) -> str:
        root = b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nanchored-by {self.anchored_by}\n"

    def sign(self, signer: Signer) -> str:
        """The signed note."""
        text = self.text()
        signature = b64encode(_key_hash(self.origin, signer.public) + signer.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {signature}\n"


MAX_PATH = 64
"""Hashes of an inclusion path."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A proof that the frame at `position` is in the log of the checkpoint `note`; `path` leads to its root."""

    note: str
    position: int
    path: tuple[Digest, ...]

    def to_bytes(self) -> bytes:
        return encode([self.note, self.position, list(self.path)])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Receipt:
        return cls.parse(decode(raw, "receipt", 4 + MAX_PATH))

    @classmethod
    def parse(cls, value: object) -> Receipt:
        f = Fields(value, "receipt", 3)
        return cls(f.text("note"), f.uint("position"), f.digests("path", Digest, MAX_PATH))

    def verify(self, leaf: Digest, origin: str, key: PublicKey) -> Checkpoint:
        """Verify the signature and the path of the leaf hash `leaf`; raises NotProven, or returns the checkpoint."""
        checkpoint = open_note(self.note, origin, key)
        verify_inclusion(leaf, self.position, checkpoint.size, self.path, checkpoint.root)
        return checkpoint


def open_note(note: str, origin: str, key: PublicKey) -> Checkpoint:
    """Parse a checkpoint of this origin and verify its signature.

    Raises:
        Malformed: not a canonical checkpoint, or of another origin.
        BadSignature: `key` did not sign it.
    """
    checkpoint, signed = parse_note(note, origin)
    if signed[:4] != _key_hash(origin, key):
        raise Malformed("checkpoint: another key")
    verify_signature(key, checkpoint.text().encode(), signed[4:], f"the checkpoint of {origin}")
    return checkpoint


def parse_note(note: str, origin: str) -> tuple[Checkpoint, bytes]:
    """A checkpoint of this origin, and the key hash and signature that its note bears; nothing is verified.

    Raises:
        Malformed: not a canonical checkpoint, or of another origin.
    """
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    head = f"— {origin} "
    if not separator or len(lines) != 4 or not signatures.startswith(head) or not signatures.endswith("\n"):
        raise Malformed("checkpoint: not a signed note of this origin")
    checkpoint = Checkpoint(lines[0], _number(lines[1]), Digest(_base64(lines[2])), _number(lines[3], "anchored-by "))
    signed = _base64(signatures[len(head) : -1])
    if checkpoint.text() != text + "\n" or checkpoint.origin != origin:
        raise Malformed("checkpoint: another origin or spelling")
    return checkpoint, signed


def _key_hash(origin: str, key: PublicKey) -> bytes:
    return sha256(origin.encode() + b"\n" + key.suite.note_type + key.raw)[:4]


def _number(text: str, prefix: str = "") -> int:
    if not text.startswith(prefix):
        raise Malformed(f"checkpoint: {text!r} is not {prefix}and a number")
    return parse_count(text.removeprefix(prefix))


def _base64(text: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("checkpoint: a line is not base64") from None
    if b64encode(raw).decode() != text:
        raise Malformed("checkpoint: a line is not in the one spelling of its base64")
    return raw
