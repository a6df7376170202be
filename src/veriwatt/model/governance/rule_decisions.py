"""Decisions about the ledger itself: its validators, parameters and factor tables, and an upgrade of its machine.

    factors    = [digest, name, in force]
    validators = [[[suite, key, power] ...]]      by ascending keys; power 0 removes
    parameters = [[[name, value] ...]]            by ascending names
    upgrade    = [height, machine version]        0 and 0 cancel

    validators record = [2, [[suite, key, power] ...]]
    factors record    = [2, digest, name, in force, proposal, height, time]
    upgrade record    = [2, height, machine version, proposal]

Spec: docs/spec/government.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from veriwatt.crypto.signing import PublicKey
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.governance.parameters import Parameters
from veriwatt.model.ledger.validators import MAX_TOTAL_POWER
from veriwatt.model.members.organisation import TITLE_LIMIT
from veriwatt.model.members.registered_key import key_fields, read_new_key
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

MOST_CHANGES = 64
"""The most validators that one decision changes."""

MOST_VALIDATORS = 100
"""The most validators of a ledger that changes them."""


@dataclass(frozen=True, slots=True)
class ValidatorPower:
    """A validator's key and its voting power; in a change 0 removes it."""

    key: PublicKey
    power: int

    def fields(self) -> list[Value]:
        return [*key_fields(self.key), self.power]

    @classmethod
    def parse(cls, value: object) -> ValidatorPower:
        f = Fields(value, "validator", 3)
        key = read_new_key(f)
        if key.suite is not ED25519:
            raise Malformed(f"validator: its key is of suite {key.suite.number}, not {ED25519.number}")
        return cls(key, f.uint("power", MAX_TOTAL_POWER))


@dataclass(frozen=True, slots=True)
class ChangeValidators:
    """The powers that the validators named have from two blocks later on; the others keep theirs."""

    kind: ClassVar[str] = "validators"
    changes: tuple[ValidatorPower, ...]

    def __post_init__(self) -> None:
        if not self.changes or not _ascending(self.changes):
            raise Malformed("validators: the keys are not ascending, each once, and at least one")

    def fields(self) -> list[Value]:
        return [[each.fields() for each in self.changes]]

    @classmethod
    def parse(cls, value: object) -> ChangeValidators:
        return cls(Fields(value, "validators", 1).each("changes", ValidatorPower.parse, MOST_CHANGES))


@dataclass(frozen=True, slots=True)
class ChangeParameters:
    """The values that the parameters named have from then on; the others keep theirs."""

    kind: ClassVar[str] = "parameters"
    values: Parameters

    def fields(self) -> list[Value]:
        return [self.values.fields()]

    @classmethod
    def parse(cls, value: object) -> ChangeParameters:
        return cls(Parameters.parse(Fields(value, "parameters", 1).raw()))


@dataclass(frozen=True, slots=True)
class RegisterFactors:
    """A table of factors, named by its digest, comes into force for all orgs, or ceases to be in force."""

    kind: ClassVar[str] = "factors"
    digest: Digest
    name: str
    in_force: bool = True

    def fields(self) -> list[Value]:
        return [self.digest, self.name, self.in_force]

    @classmethod
    def parse(cls, value: object) -> RegisterFactors:
        f = Fields(value, "factors", 3)
        digest, name = f.digest("digest", Digest), check_title(f.text("name", TITLE_LIMIT), "factors: name")
        if not name:
            raise Malformed("factors: the table has no name")
        return cls(digest, name, f.bool("in force"))


@dataclass(frozen=True, slots=True)
class ScheduleUpgrade:
    """From `height` on a machine of `version` or a later one executes the blocks; both 0 cancel what is scheduled."""

    kind: ClassVar[str] = "upgrade"
    height: int
    version: int

    def __post_init__(self) -> None:
        if (self.height == 0) != (self.version == 0):
            raise Malformed("upgrade: height and version are both 0, or neither is")

    @property
    def cancels(self) -> bool:
        return self.height == 0

    def fields(self) -> list[Value]:
        return [self.height, self.version]

    @classmethod
    def parse(cls, value: object) -> ScheduleUpgrade:
        f = Fields(value, "upgrade", 2)
        return cls(f.uint("height"), f.uint("machine version"))


@dataclass(frozen=True, slots=True)
class CloseLedger:
    """The ledger ends, and goes on as the one whose genesis has this plan hash (docs/spec/genesis.md)."""

    kind: ClassVar[str] = "close"
    plan: Digest

    def fields(self) -> list[Value]:
        return [self.plan]

    @classmethod
    def parse(cls, value: object) -> CloseLedger:
        f = Fields(value, "close", 1)
        return cls(f.digest("plan hash", Digest))


@dataclass(frozen=True, slots=True)
class FactorsRecord:
    """A table of factors in the state, and the proposal that put it into force, or out of it."""

    digest: Digest
    name: str
    in_force: bool
    proposal: int
    height: int
    time: UtcMillis

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.digest, self.name, self.in_force, self.proposal, self.height, self.time])

    @classmethod
    def from_bytes(cls, raw: bytes) -> FactorsRecord:
        f = Fields.versioned(decode(raw, "factors record"), "factors record", 7)
        digest, name, in_force = f.digest("digest", Digest), f.text("name", TITLE_LIMIT), f.bool("in force")
        return cls(digest, name, in_force, f.uint("proposal"), f.uint("height"), f.uint("time"))


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The upgrade that is scheduled."""

    height: int
    version: int
    proposal: int

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.height, self.version, self.proposal])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Upgrade:
        f = Fields.versioned(decode(raw, "upgrade record"), "upgrade record", 4)
        return cls(f.uint("height"), f.uint("machine version"), f.uint("proposal"))


def validators_bytes(validators: Sequence[ValidatorPower]) -> bytes:
    """The record of these validators, in any order."""
    return encode([FORMAT, [each.fields() for each in sorted(validators, key=_key_of)]])


def parse_validators(raw: bytes) -> tuple[ValidatorPower, ...]:
    """The validators of a record, by ascending keys."""
    f = Fields.versioned(decode(raw, "validators record"), "validators record", 2)
    return f.each("validators", ValidatorPower.parse, MOST_VALIDATORS)


def _key_of(validator: ValidatorPower) -> bytes:
    return validator.key.raw


def _ascending(validators: Sequence[ValidatorPower]) -> bool:
    keys = [each.key.raw for each in validators]
    return keys == sorted(set(keys))
