"""The witnesses that a trust file lists: whose cosignatures its reader counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.crypto.signing import parse_public_key
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.errors import Malformed
from veriwatt.ids import check_name
from veriwatt.model.ledger.block import ValidatorSet
from veriwatt.model.ledger.cosignature import WitnessKey

MAX_COSIGNERS = 64


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness, and the org that runs it, as the trust file's reader knows it."""

    witness: WitnessKey
    org: str

    def fields(self) -> dict[str, str]:
        return {"name": self.witness.name, "key": self.witness.key.raw.hex(), "org": self.org}


def parse_cosigners(value: object) -> tuple[Cosigner, ...]:
    """The witnesses of a trust file's field; raises Malformed."""
    if not isinstance(value, list) or len(value) > MAX_COSIGNERS:
        raise Malformed(f"not a list of at most {MAX_COSIGNERS}")
    return tuple(_cosigner(each) for each in value)


def parse_orgs(value: object) -> tuple[str, ...]:
    """The orgs of a trust file's field; raises Malformed."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Malformed("not a list of orgs")
    return tuple(check_name(each, "org") for each in value)


def check_cosigners(cosigners: Sequence[Cosigner], operators: Sequence[str], validators: ValidatorSet) -> None:
    """Check the list of a trust file.

    Raises:
        Malformed: a name or key is listed twice, a key is a validator's, witnesses are listed and no operator, or the
            other way round.
    """
    if bool(cosigners) != bool(operators):
        raise Malformed("a trust file names witnesses and the orgs that run the ledger, or neither")
    names = [each.witness.name for each in cosigners]
    keys = [each.witness.key.raw for each in cosigners]
    if len(set(names)) != len(names) or len(set(keys)) != len(keys):
        raise Malformed("a witness is listed twice")
    if list(operators) != sorted(set(operators)) or names != sorted(names):
        raise Malformed("witnesses and operators are not in the order of their names")
    own = {validator.public_key for validator in validators.validators}
    if own.intersection(keys):
        raise Malformed("a witness has the key of a validator")


def _cosigner(value: object) -> Cosigner:
    if not isinstance(value, dict) or set(value) != {"name", "key", "org"}:
        raise Malformed("a witness has name, key and org")
    name, key, org = value["name"], value["key"], value["org"]
    if not isinstance(name, str) or not isinstance(key, str) or not isinstance(org, str):
        raise Malformed("name, key and org of a witness are texts")
    try:
        raw = bytes.fromhex(key)
    except ValueError:
        raise Malformed("the key of a witness is not hexadecimal") from None
    return Cosigner(WitnessKey(name, parse_public_key(ED25519.number, raw)), check_name(org, "org"))
