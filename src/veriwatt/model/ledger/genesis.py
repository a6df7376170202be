"""The genesis document: the founders, first validators and limits of a ledger.

    document  = [2, name, time, machine version, [validator ...], [founder ...], limits]
              | [2, name, time, machine version, [validator ...], [], limits, predecessor]
    limits    = [expiry horizon, transaction limit]                  the validators are fixed
              | [expiry horizon, transaction limit, parameters]      they may change by votes
    validator = [suite, key, power]                                  of no org that is named
              | [suite, key, power, org]
    founder   = [org, title, [[member, role, suite, key] ...]]

    chain id     = name "-" first 16 hex digits of the genesis hash
    genesis hash = SHA-256 of the document's bytes
    plan hash    = the same of the document with time 0 and a predecessor without end

Spec: docs/spec/genesis.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.governance.parameters import Parameters
from veriwatt.model.ledger.predecessor import End, Predecessor
from veriwatt.model.members.org_role import FOUNDER_LIMIT
from veriwatt.model.members.organisation import TITLE_LIMIT, NewMember, Role
from veriwatt.model.members.registered_key import key_fields, read_new_key
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

EXPIRY_HORIZON = 10_000
"""The most blocks for which a transaction is valid and its idempotency record is stored."""

TRANSACTION_LIMIT = 1_000_000
"""The most bytes of a transaction, envelope included; below CometBFT's default of 1 MiB."""

_GOVERNED = 3
"""Fields of the limits with the parameters."""

_OF_AN_ORG = 4
"""Fields of a validator whose org is named."""

_FIELDS = 7
"""Fields of the document of a ledger without a predecessor."""

_CHAIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,31}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class GenesisValidator:
    """A validator of the first block, with its voting power, and the org that runs it; "" where none is named."""

    key: PublicKey
    power: int
    org: str = ""

    def fields(self) -> list[Value]:
        return [*key_fields(self.key), self.power, *([self.org] if self.org else [])]

    @classmethod
    def parse(cls, value: object) -> GenesisValidator:
        named = isinstance(value, list) and len(value) == _OF_AN_ORG
        f = Fields(value, "validator", _OF_AN_ORG if named else _OF_AN_ORG - 1)
        return cls(read_new_key(f), f.uint("power", 2**40), f.name("org") if named else "")


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

    `parameters` are those of a ledger whose validators may change (docs/spec/government.md); None fixes them. A ledger
    with a `predecessor` has that one's orgs, and names none.

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
    parameters: Parameters | None = None
    predecessor: Predecessor | None = None

    def __post_init__(self) -> None:
        if _CHAIN_NAME.fullmatch(self.name) is None:
            raise Malformed(f"ledger name {self.name!r} is not 1 to 33 of a-z 0-9 and inner hyphens")
        if not self.validators or any(v.power < 1 for v in self.validators):
            raise Malformed("genesis: it takes at least one validator, each with power")
        if bool(self.founders) == (self.predecessor is not None):
            raise Malformed("genesis: it takes at least one founding org, or a predecessor whose orgs it goes on with")
        end = None if self.predecessor is None else self.predecessor.end
        if self.predecessor is not None and self.time != (0 if end is None else end.time):
            raise Malformed("genesis: its time is not that at which the predecessor ended")
        keys = [v.key for v in self.validators] + [m.key for founder in self.founders for m in founder.members]
        if len({key.key_id for key in keys}) != len(keys):
            raise Malformed("genesis: a key is named twice")
        orgs = {founder.org for founder in self.founders}
        if len(orgs) != len(self.founders):
            raise Malformed("genesis: an org is named twice")
        if self.founders and not orgs.issuperset(v.org for v in self.validators if v.org):
            raise Malformed("genesis: a validator is of an org that is no founder")
        if not 1 <= self.expiry_horizon <= EXPIRY_HORIZON or not 1 <= self.transaction_limit <= TRANSACTION_LIMIT:
            raise Malformed("genesis: a limit is out of range")

    @property
    def genesis_hash(self) -> Digest:
        return sha256(self.to_bytes())

    @property
    def chain_id(self) -> str:
        return f"{self.name}-{self.genesis_hash.hex()[:16]}"

    @property
    def first_height(self) -> int:
        """The height of the first block: 1, or the one after the predecessor's end."""
        return 1 if self.predecessor is None else self.predecessor.ended.height + 1

    @property
    def plan(self) -> Genesis:
        """This genesis as it was before the predecessor ended, for the predecessor to name.

        Raises:
            Malformed: there is no predecessor.
        """
        if self.predecessor is None:
            raise Malformed("genesis: it names no predecessor, so no ledger ends for it")
        return replace(self, time=0, predecessor=replace(self.predecessor, end=None))

    def ended_at(self, end: End) -> Genesis:
        """The genesis that this plan becomes when its predecessor has ended."""
        if self.predecessor is None:
            raise Malformed("genesis: it names no predecessor, so it waits for no end")
        return replace(self, time=end.time, predecessor=replace(self.predecessor, end=end))

    @property
    def plan_hash(self) -> Digest:
        return self.plan.genesis_hash

    def to_bytes(self) -> bytes:
        parameters: list[Value] = [] if self.parameters is None else [self.parameters.fields()]
        return encode(
            [
                FORMAT,
                self.name,
                self.time,
                self.machine_version,
                [v.fields() for v in self.validators],
                [founder.fields() for founder in self.founders],
                [self.expiry_horizon, self.transaction_limit, *parameters],
                *([] if self.predecessor is None else [self.predecessor.fields()]),
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Genesis:
        document = decode(raw, "genesis")
        continues = isinstance(document, list) and len(document) == _FIELDS + 1
        f = Fields.versioned(document, "genesis", _FIELDS + continues)
        name, time, machine = f.text("name", 33), f.uint("time"), f.uint("machine version")
        validators = f.each("validators", GenesisValidator.parse, 1000)
        founders = f.each("founders", Founder.parse, FOUNDER_LIMIT)
        stated = f.raw()
        governed = isinstance(stated, list) and len(stated) == _GOVERNED
        limits = Fields(stated, "genesis: limits", _GOVERNED if governed else _GOVERNED - 1)
        horizon, limit = limits.uint("expiry horizon"), limits.uint("transaction limit")
        parameters = Parameters.parse(limits.raw()) if governed else None
        predecessor = Predecessor.parse(f.raw()) if continues else None
        return cls(name, time, machine, validators, founders, horizon, limit, parameters, predecessor)
