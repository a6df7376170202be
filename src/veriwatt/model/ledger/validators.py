"""Validators, which sign blocks, and their set, hashed as in CometBFT.

    validator     = [address, public key, power]
    validator set = [validator, ...]

All keys are Ed25519. CometBFT's proposer priority is not part of the hash and is left out.
Spec: docs/spec/light-block.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.ledger.protowire import bytes_field, message_field, root_of, varint_field

ADDRESS_LENGTH = 20
KEY_LENGTH = 32
MAX_TOTAL_POWER = (2**63 - 1) // 8
MAX_VALIDATORS = 10_000


def address_of(public_key: bytes) -> bytes:
    """CometBFT's address of an Ed25519 key: the first 20 bytes of its SHA-256."""
    return sha256(public_key)[:ADDRESS_LENGTH]


@dataclass(frozen=True, slots=True)
class Validator:
    """A signer of blocks with its voting power, 1 or more; the address is derived from the key."""

    address: bytes
    public_key: bytes
    power: int

    def __post_init__(self) -> None:
        if len(self.public_key) != KEY_LENGTH:
            raise Malformed(f"validator: public key is not {KEY_LENGTH} bytes")
        if self.address != address_of(self.public_key):
            raise Malformed(f"validator: address {self.address.hex()} is not that of its public key")
        if not 1 <= self.power <= MAX_TOTAL_POWER:
            raise Malformed(f"validator {self.address.hex()}: power {self.power} is not 1 to {MAX_TOTAL_POWER}")

    @classmethod
    def of(cls, public_key: bytes, power: int) -> Validator:
        return cls(address_of(public_key), public_key, power)

    def fields(self) -> list[Value]:
        return [self.address, self.public_key, self.power]

    @classmethod
    def parse(cls, value: object) -> Validator:
        f = Fields(value, "validator", 3)
        return cls(f.bytes("address", ADDRESS_LENGTH), f.bytes("public key", KEY_LENGTH), f.uint("power"))


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """The validators of one height, in CometBFT's order: by descending power, then by address.

    The order is part of the hash, so it is proven with the set; `of` sorts validators.
    """

    validators: tuple[Validator, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.validators) <= MAX_VALIDATORS:
            raise Malformed(f"validator set: {len(self.validators)} validators, not 1 to {MAX_VALIDATORS}")
        if len(self.by_address()) != len(self.validators):
            raise Malformed("validator set: a validator is listed twice")
        if self.total_power > MAX_TOTAL_POWER:
            raise Malformed(f"validator set: the powers add up to more than {MAX_TOTAL_POWER}")

    @classmethod
    def of(cls, *validators: Validator) -> ValidatorSet:
        """The set of these validators, which may be in any order."""
        return cls(tuple(sorted(validators, key=lambda validator: (-validator.power, validator.address))))

    @property
    def total_power(self) -> int:
        return sum(validator.power for validator in self.validators)

    def by_address(self) -> dict[bytes, Validator]:
        return {validator.address: validator for validator in self.validators}

    def fields(self) -> list[Value]:
        return [validator.fields() for validator in self.validators]

    def to_bytes(self) -> bytes:
        return encode(self.fields())

    @classmethod
    def from_bytes(cls, raw: bytes) -> ValidatorSet:
        return cls.parse(decode(raw, "validator set"))

    @classmethod
    def parse(cls, value: object) -> ValidatorSet:
        return cls(Fields([value], "validator set", 1).each("validators", Validator.parse, MAX_VALIDATORS))


@lru_cache(16)  # one set signs many blocks
def validators_hash(validators: ValidatorSet) -> Digest:
    """The header's commitment to its validators: the root over their keys and powers, in order."""
    return root_of(_simple_validator(validator) for validator in validators.validators)


def _simple_validator(validator: Validator) -> bytes:
    return message_field(1, bytes_field(1, validator.public_key)) + varint_field(2, validator.power)
