"""Open one group of one frame with its registered definitions and its window key."""

from __future__ import annotations

from veriwatt.crypto.sealing import ContentKeys
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.header import FrameGroup, FrameHeader
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group


def window_number(group: GroupPoints, header: FrameHeader) -> int:
    """The number of the key window that contains the frame; raises CrossesKeyWindow if none does."""
    return key_window_of(group.version.key_window, group.version.timezone, header.window)


def open_columns(
    group: GroupPoints, header: FrameHeader, entry: FrameGroup, payload: bytes, suite: int, window_key: bytes
) -> tuple[list[Column], ContentKeys]:
    """The columns of a group, one for each point in the order of its definitions, and the keys that disclose leaves.

    Args:
        group: the group version whose root `entry` states.
        entry: the header's entry of the group.
        payload: the group's sealed payload.
        suite: number of the suite of the key that signs the frame.
        window_key: the key of `window_number`.

    Raises:
        WrongWindowKey: the header commits to another key.
        CommitmentMismatch: the payload is not what the header commits to.
    """
    slots = [slots_of(definition, header.window) for definition in group.definitions]
    return open_group(entry, payload, FrameIdentity.of(header, suite), window_key, slots)
