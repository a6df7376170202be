"""The genesis document: the founders, first validators and limits of a ledger.

    document  = [2, name, time, machine version, [validator ...], [founder ...], [expiry horizon, transaction limit]]
    validator = [suite, key, power]
    founder   = [org, title, [[member, role, suite, key] ...]]

    chain id     = name "-" first 16 hex digits of the genesis hash
    genesis hash = SHA-256 of the document's bytes

Spec: docs/spec/genesis.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.members.org_role import FOUNDER_LIMIT
from veriwatt.model.members.organisation import TITLE_LIMIT, NewMember, Role
from veriwatt.model.members.registered_key import key_fields, read_new_key
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

EXPIRY_HORIZON = 10_000
"""The most blocks for which a transaction is valid and its idempotency record is stored."""

TRANSACTION_LIMIT = 1_000_000
"""The most bytes of a transaction, envelope included; below CometBFT's default of 1 MiB."""

_CHAIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,31}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class GenesisValidator:
    """A validator of the first block, with its voting power."""

    key: PublicKey
    power: int

    def fields(self) -> list[Value]:
        return [*key_fields(self.key), self.power]

    @classmethod
    def parse(cls, value: object) -> GenesisValidator:
        f = Fields(value, "validator", 3)
        return cls(read_new_key(f), f.uint("power", 2**40))


@dataclass(frozen=True, slots=True)
class Founder:
    """An org in the first state, with its members; at least one is an owner."""

    org: str
    title: str
    members: tuple[NewMember, ...]

    def __post_init__(self) -> None:
        if all(member.role is not Role.OWNER for member in self.members):
            raise Malformed(f"genesis: org {self.org} has no owner")
        if len({member.name for member in self.members}) != len(self.members):
            raise Malformed(f"genesis: org {self.org} names a member twice")

    def fields(self) -> list[Value]:
        return [self.org, self.title, [member.fields() for member in self.members]]

    @classmethod
    def parse(cls, value: object) -> Founder:
        f = Fields(value, "founder", 3)
        return cls(
            f.name("org"),
            check_title(f.text("title", TITLE_LIMIT), "genesis: title"),
            f.each("members", NewMember.parse, 1000),
        )


@dataclass(frozen=True, slots=True)
class Genesis:
    """The genesis document. `name` is 1 to 33 of a-z 0-9 and inner hyphens, because CometBFT limits a chain id to 50
    characters.

    Raises:
        Malformed: no validator or founder, a power of 0, a key or org twice, a limit out of range.
    """

    name: str
    time: UtcMillis
    machine_version: int
    validators: tuple[GenesisValidator, ...]
    founders: tuple[Founder, ...]
    expiry_horizon: int = EXPIRY_HORIZON
    transaction_limit: int = TRANSACTION_LIMIT

    def __post_init__(self) -> None:
        if _CHAIN_NAME.fullmatch(self.name) is None:
            raise Malformed(f"ledger name {self.name!r} is not 1 to 33 of a-z 0-9 and inner hyphens")
        if not self.validators or not self.founders or any(v.power < 1 for v in self.validators):
            raise Malformed("genesis: it takes at least one validator, each with power, and one founding org")
        keys = [v.key for v in self.validators] + [m.key for founder in self.founders for m in founder.members]
        if len({key.key_id for key in keys}) != len(keys):
            raise Malformed("genesis: a key is named twice")
        if len({founder.org for founder in self.founders}) != len(self.founders):
            raise Malformed("genesis: an org is named twice")
        if not 1 <= self.expiry_horizon <= EXPIRY_HORIZON or not 1 <= self.transaction_limit <= TRANSACTION_LIMIT:
            raise Malformed("genesis: a limit is out of range")

    @property
    def genesis_hash(self) -> Digest:
        return sha256(self.to_bytes())

    @property
    def chain_id(self) -> str:
        return f"{self.name}-{self.genesis_hash.hex()[:16]}"

    def to_bytes(self) -> bytes:
        return encode(
            [
                FORMAT,
                self.name,
                self.time,
                self.machine_version,
                [v.fields() for v in self.validators],
                [founder.fields() for founder in self.founders],
                [self.expiry_horizon, self.transaction_limit],
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Genesis:
        f = Fields.versioned(decode(raw, "genesis"), "genesis", 7)
        name, time, machine = f.text("name", 33), f.uint("time"), f.uint("machine version")
        validators = f.each("validators", GenesisValidator.parse, 1000)
        founders = f.each("founders", Founder.parse, FOUNDER_LIMIT)
        limits = Fields(f.raw(), "genesis: params", 2)
        horizon, limit = limits.uint("expiry horizon"), limits.uint("transaction limit")
        return cls(name, time, machine, validators, founders, horizon, limit)
