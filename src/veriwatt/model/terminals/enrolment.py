"""The transactions that give a terminal its passport: enrol, certify. `revocation.py` has those that end its trust.

    enrol body   = [terminal, suite, key, protection, model, firmware, proof]
    certify body = [org, terminal, valid from, valid until]

The proof is a signature over `enrolment_bytes` by the terminal's key: it proves possession of the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.crypto.signing import Protection, PublicKey, Signer
from veriwatt.encoding import Fields, Value, encode, protected_header, to_be_signed
from veriwatt.errors import Malformed
from veriwatt.model.members.registered_key import key_fields, read_new_key
from veriwatt.units import UtcMillis

CONTENT_TYPE = "veriwatt/enrolment"
TEXT_LIMIT = 128


@dataclass(frozen=True, slots=True)
class Enrol:
    """Body of kind "enrol": a terminal of the signer's org with its key and the proof of possession."""

    kind: ClassVar[str] = "enrol"
    terminal: str
    key: PublicKey
    protection: Protection
    model: str
    firmware: str
    proof: bytes

    def fields(self) -> list[Value]:
        return [self.terminal, *key_fields(self.key), self.protection.value, self.model, self.firmware, self.proof]

    @classmethod
    def parse(cls, value: object) -> Enrol:
        f = Fields(value, "enrol", 7)
        return cls(
            f.name("terminal"),
            read_new_key(f),
            parse_protection(f.text("protection")),
            f.text("model", TEXT_LIMIT),
            f.text("firmware", TEXT_LIMIT),
            f.bytes("proof", 256),
        )


@dataclass(frozen=True, slots=True)
class Certify:
    """Body of kind "certify": the signer certifies a terminal for `[valid_from, valid_until)`."""

    kind: ClassVar[str] = "certify"
    org: str
    terminal: str
    valid_from: UtcMillis
    valid_until: UtcMillis

    def fields(self) -> list[Value]:
        return [self.org, self.terminal, self.valid_from, self.valid_until]

    @classmethod
    def parse(cls, value: object) -> Certify:
        f = Fields(value, "certify", 4)
        return cls(f.name("org"), f.name("terminal"), f.uint("valid from"), f.uint("valid until"))


def enrolment_bytes(chain: str, org: str, terminal: str, key: PublicKey) -> bytes:
    """The bytes that a terminal's key signs as proof of possession; they bind chain, org and name."""
    payload = encode([chain, org, terminal, *key_fields(key)])
    return to_be_signed(protected_header(key.suite.cose_algorithm, CONTENT_TYPE, key.key_id), payload)


def enrol(terminal_key: Signer, chain: str, org: str, terminal: str, model: str, firmware: str) -> Enrol:
    """The body that enrols `terminal_key` as `terminal`, with the proof of possession."""
    proof = terminal_key.sign(enrolment_bytes(chain, org, terminal, terminal_key.public))
    return Enrol(terminal, terminal_key.public, terminal_key.protection, model, firmware, proof)


def parse_protection(text: str) -> Protection:
    try:
        return Protection(text)
    except ValueError:
        names = " ".join(protection.value for protection in Protection)
        raise Malformed(f"unknown key protection {text!r}; known: {names}") from None
