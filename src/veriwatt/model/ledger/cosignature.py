"""Checkpoints of the root log, and a witness's cosignature of one: C2SP `cosignature/v1`.

    chain id                                the origin
    size, decimal
    root, base64
    (an empty line)
    — NAME base64(key hash (4) ‖ seconds (8) ‖ signature (64))

Signed are a line "cosignature/v1", a line "time SECONDS" and the three lines of the checkpoint. A key is of suite 1:
C2SP has no other. Spec: docs/spec/witness.md; formats: c2sp.org/tlog-cosignature, c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass

from veriwatt.crypto.signing import PublicKey, Signer, parse_public_key, verify_signature
from veriwatt.crypto.suites.ed25519 import ED25519, SIGNATURE_LENGTH
from veriwatt.encoding import Fields, Value
from veriwatt.errors import BadInput, Malformed
from veriwatt.ids import Digest
from veriwatt.model.chain.signed_note import (
    note_key_hash,
    parse_base64,
    parse_number,
    parse_signature_line,
    signature_line,
)
from veriwatt.units import SECOND, UtcMillis

MAX_COSIGNATURES = 16
"""Cosignatures of one checkpoint in a file or a request."""

_TYPE = b"\x04"
_TIME_LENGTH = 8
_MAX_SECONDS = 2**53
_NAME = re.compile(r"[!-*,-~]{1,64}")  # printable ASCII without blank and "+"
_WHAT = "cosigned checkpoint"


@dataclass(frozen=True, slots=True)
class RootCheckpoint:
    """Size and root of the root log of the ledger `chain`."""

    chain: str
    size: int
    root: Digest

    def text(self) -> str:
        return f"{self.chain}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def __str__(self) -> str:
        return f"{self.size} leaves, root {self.root}"


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and public key.

    Raises:
        Malformed: the name is not 1 to 64 printable ASCII characters without blank and plus sign.
    """

    name: str
    key: PublicKey

    def __post_init__(self) -> None:
        check_witness_name(self.name)
        if self.key.suite is not ED25519:
            raise Malformed(f"witness {self.name}: its key is not of suite {ED25519.number}")

    @property
    def key_hash(self) -> bytes:
        return note_key_hash(self.name, _TYPE + self.key.raw)

    def __str__(self) -> str:
        """The witness key as C2SP writes it."""
        return f"{self.name}+{self.key_hash.hex()}+{b64encode(_TYPE + self.key.raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Parse a witness key; raises Malformed for another spelling, type or key hash."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Malformed(f"{text!r} is no witness key: NAME+HASH+KEY")
        raw = parse_base64(parts[2], "witness key")
        if raw[:1] != _TYPE:
            raise Malformed(f"the key of {parts[0]!r} is not one for cosignatures (type 4)")
        key = cls(parts[0], parse_public_key(ED25519.number, raw[1:]))
        if str(key) != text:
            raise Malformed(f"{text!r} is no witness key: its hash is not that of its name and key")
        return key


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One witness's signature of a root checkpoint at `seconds`, POSIX time; nothing is verified."""

    name: str
    seconds: int
    signature: bytes

    @property
    def time(self) -> UtcMillis:
        return self.seconds * SECOND

    def verify(self, checkpoint: RootCheckpoint, witness: WitnessKey) -> None:
        """Raise BadSignature unless the witness's key signed the checkpoint at this time."""
        what = f"the cosignature of {witness.name} on {checkpoint.chain}"
        verify_signature(witness.key, _signed_bytes(checkpoint, self.seconds), self.signature, what)

    def line(self, witness: WitnessKey) -> str:
        """The signature line of a note, with its line feed."""
        time = self.seconds.to_bytes(_TIME_LENGTH, "big")
        return signature_line(self.name, witness.key_hash, time + self.signature)

    def fields(self) -> list[Value]:
        return [self.name, self.seconds, self.signature]

    @classmethod
    def parse(cls, value: object) -> Cosignature:
        f = Fields(value, "cosignature", 3)
        name = check_witness_name(f.text("name"))
        made = cls(name, f.uint("seconds", _MAX_SECONDS), f.bytes("signature", SIGNATURE_LENGTH))
        if len(made.signature) != SIGNATURE_LENGTH:
            raise Malformed("cosignature: the signature is not 64 bytes")
        return made


def cosign(checkpoint: RootCheckpoint, name: str, signer: Signer, seconds: int) -> Cosignature:
    """Sign a checkpoint as the witness `name`; whether it may be signed, `verify.witness` decides."""
    return Cosignature(name, seconds, signer.sign(_signed_bytes(checkpoint, seconds)))


def write_note(checkpoint: RootCheckpoint, lines: list[str]) -> str:
    """The signed note of a checkpoint with these signature lines."""
    return f"{checkpoint.text()}\n{''.join(lines)}"


def parse_note(note: str) -> tuple[RootCheckpoint, list[str]]:
    """The checkpoint and its signature lines, without their line feeds; nothing is verified.

    Raises:
        Malformed: it is not a note of a root checkpoint in its one spelling.
    """
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) != 3 or not signatures.endswith("\n"):
        raise Malformed(f"{_WHAT}: not a signed note of a root log")
    checkpoint = RootCheckpoint(lines[0], parse_number(lines[1], _WHAT), Digest(parse_base64(lines[2], _WHAT)))
    if checkpoint.text() != text + "\n":
        raise Malformed(f"{_WHAT}: another spelling")
    return checkpoint, signatures[:-1].split("\n")


def cosignature_in(lines: list[str], witness: WitnessKey) -> Cosignature | None:
    """The cosignature under the name and key hash of this witness; None if there is none. Nothing is verified.

    Raises:
        Malformed: a line is no signature line, or that of this witness is no cosignature.
    """
    for line in lines:
        name, key_hash, signed = parse_signature_line(line, _WHAT)
        if (name, key_hash) == (witness.name, witness.key_hash):
            seconds, signature = int.from_bytes(signed[:_TIME_LENGTH], "big"), signed[_TIME_LENGTH:]
            return Cosignature.parse([name, seconds, signature])
    return None


def check_witness_name(name: str) -> str:
    """Return `name` if it is one of a witness; raises BadInput."""
    if _NAME.fullmatch(name) is None:
        why = "is not 1 to 64 printable ASCII characters without blank and +"
        raise BadInput(where="name of a witness", value=name, why=why)
    return name


def _signed_bytes(checkpoint: RootCheckpoint, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{checkpoint.text()}".encode()
