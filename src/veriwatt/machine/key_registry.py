"""The registry of keys: each key is registered once, for one owner and one purpose."""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey, parse_public_key
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.machine.refusals import KeyExists
from veriwatt.machine.state import State, StateRows
from veriwatt.model.ledger.state_keys import VALIDATORS, address_key, registered_key
from veriwatt.model.ledger.validators import address_of
from veriwatt.model.members.registered_key import key_fields, read_registered_key

VALIDATOR = "validator"


def check_key_free(rows: StateRows, key: PublicKey) -> None:
    """Raise KeyExists if the key was ever registered, by any owner for any purpose."""
    if rows.get(registered_key(key.key_id)) is not None:
        raise KeyExists(key.key_id)


def is_validator_key(rows: StateRows, key: PublicKey) -> bool:
    """Whether the key is registered as a validator's, present or former."""
    return validator_org(rows, key) is not None


def validator_org(rows: StateRows, key: PublicKey) -> str | None:
    """The org that answers for a validator, present or former, "" where none is named; None if the key is of none."""
    raw = rows.get(registered_key(key.key_id))
    if raw is None:
        return None
    f = Fields.versioned(decode(raw, "key record"), "key record", 4)
    return f.text("org") if f.text("owner") == VALIDATOR else None


def org_of_validator(rows: StateRows, public_key: bytes) -> str:
    """The org that answers for the validator with this key; "" where none is named."""
    return validator_org(rows, parse_public_key(ED25519.number, public_key)) or ""


def key_at_address(rows: StateRows, address: bytes) -> PublicKey | None:
    """The key of a validator, present or former, of a ledger that changes them; None where it is not known."""
    raw = rows.get(address_key(address))
    if raw is None:
        return None
    return read_registered_key(Fields.versioned(decode(raw, "address record"), "address record", 3))


def org_at_address(rows: StateRows, address: bytes) -> str:
    """The org that answers for the validator at this address; "" where none is known."""
    key = key_at_address(rows, address)
    return "" if key is None else validator_org(rows, key) or ""


def register_validator(state: State, key: PublicKey, org: str, name: str) -> None:
    """Register the key for ever as a validator's, unless it is one's; `org` answers for it.

    Where validators may change it is found by its address, which is how CometBFT names it.

    Raises:
        KeyExists: the key is registered for something else.
    """
    if not is_validator_key(state, key):
        check_key_free(state, key)
        register_key(state, key, VALIDATOR, org, name)
    if state.get(VALIDATORS) is not None:
        state.put(address_key(address_of(key.raw)), encode([FORMAT, *key_fields(key)]))


def register_key(state: State, key: PublicKey, owner: str, org: str, name: str) -> None:
    """Register the key for ever; `owner` is its purpose: member, terminal, log or validator."""
    state.put(registered_key(key.key_id), encode([FORMAT, owner, org, name]))
