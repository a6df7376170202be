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

from base64 import b64encode
from dataclasses import dataclass

from veriwatt.crypto.signing import PublicKey, Signer, verify_signature
from veriwatt.encoding import Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.model.chain.signed_note import KEY_HASH_LENGTH, note_key_hash, parse_base64, parse_number, signature_line
from veriwatt.units import UtcMillis


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
        line = signature_line(self.origin, _key_hash(self.origin, signer.public), signer.sign(text.encode()))
        return f"{text}\n{line}"


_WHAT = "checkpoint"

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
    if signed[:KEY_HASH_LENGTH] != _key_hash(origin, key):
        raise Malformed("checkpoint: another key")
    verify_signature(key, checkpoint.text().encode(), signed[KEY_HASH_LENGTH:], f"the checkpoint of {origin}")
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
    size, root = parse_number(lines[1], _WHAT), Digest(parse_base64(lines[2], _WHAT))
    checkpoint = Checkpoint(lines[0], size, root, parse_number(lines[3], _WHAT, "anchored-by "))
    signed = parse_base64(signatures[len(head) : -1], _WHAT)
    if checkpoint.text() != text + "\n" or checkpoint.origin != origin:
        raise Malformed("checkpoint: another origin or spelling")
    return checkpoint, signed


def _key_hash(origin: str, key: PublicKey) -> bytes:
    return note_key_hash(origin, key.suite.note_type + key.raw)
