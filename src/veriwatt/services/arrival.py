"""What is judged of a frame that arrives: everything but its values, small enough to pass between processes."""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.crypto.signing import PublicKey
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.frame import Frame, FrameGroup, check_protected
from veriwatt.model.statuses import Spans
from veriwatt.units import Interval, UtcMillis


class ArrivedGroup(NamedTuple):
    """Of a `FrameGroup`, which version of the group it fills and with how many slots of each point."""

    group: str
    definition_root: bytes
    spans: Spans


class Arrival(NamedTuple):
    """A frame whose form, payload hashes and signature hold; `leaf` is its leaf hash in the data chain."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    epoch: int
    seq: int
    prev: bytes
    window: Interval
    collected_at: UtcMillis
    root_log_size: int
    root_log_leaf: bytes
    groups: tuple[ArrivedGroup | FrameGroup, ...]
    frame: FrameId
    leaf: Digest


def verified(frame: Frame, key: PublicKey) -> Arrival:
    """What is judged of a parsed frame, once its signature by `key` holds.

    Raises:
        Malformed: its signature header is not this key's.
        BadSignature: the key did not sign it.
    """
    check_protected(frame, key)
    frame.verify(key)
    h = frame.header
    return Arrival(
        h.chain, h.org, h.terminal, h.passport_version, h.epoch, h.seq, h.prev, h.window, h.collected_at,
        h.root_log_size, h.root_log_leaf, h.groups, frame.frame_id, leaf_hash(frame.leaf_data()),
    )  # fmt: skip
