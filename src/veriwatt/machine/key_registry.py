"""The registry of keys: each key is registered once, for one owner and one purpose."""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import FORMAT, encode
from veriwatt.machine.refusals import KeyExists
from veriwatt.machine.state import State, StateRows
from veriwatt.model.ledger.state_keys import registered_key


def check_key_free(rows: StateRows, key: PublicKey) -> None:
    """Raise KeyExists if the key was ever registered, by any owner for any purpose."""
    if rows.get(registered_key(key.key_id)) is not None:
        raise KeyExists(key.key_id)


def register_key(state: State, key: PublicKey, owner: str, org: str, name: str) -> None:
    """Register the key for ever; `owner` is its purpose: member, terminal, log or validator."""
    state.put(registered_key(key.key_id), encode([FORMAT, owner, org, name]))
