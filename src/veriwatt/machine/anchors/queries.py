"""Read data chains and anchors from the rows of a state."""

from __future__ import annotations

from functools import lru_cache

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import Fields, decode
from veriwatt.machine.anchors import state_keys
from veriwatt.machine.state import StateRows, range_at
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.chain.log_epochs import LogEpochs
from veriwatt.model.members.registered_key import read_registered_key


def log_key(rows: StateRows, org: str) -> PublicKey | None:
    """The key that signs the checkpoints of the org's data chain; None if the org has no chain."""
    raw = rows.get(state_keys.log_key_key(org))
    return None if raw is None else _log_key(raw)


def data_chain(rows: StateRows, org: str) -> CompactRange:
    """The anchored part of the org's data chain; empty before the first anchor."""
    return range_at(rows, state_keys.data_chain_key(org))


def anchors(rows: StateRows, org: str) -> CompactRange:
    """The org's log of anchors."""
    return range_at(rows, state_keys.anchors_key(org))


def log_epochs(rows: StateRows, org: str) -> LogEpochs:
    """What the org gave up of its log."""
    return LogEpochs.from_bytes(rows.get(state_keys.log_epochs_key(org)))


@lru_cache(maxsize=1 << 15)  # that a key is a point of the curve takes long to check
def _log_key(raw: bytes) -> PublicKey:
    f = Fields.versioned(decode(raw, "log key record"), "log key record", 3)
    return read_registered_key(f)
