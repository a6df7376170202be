"""Opening one group of one frame, with its registered definitions and its window key."""

from __future__ import annotations

from veriwatt.crypto.sealing import ContentKeys
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.header import FrameGroup, FrameHeader
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group


def window_number(known: GroupPoints, header: FrameHeader) -> int:
    """The number of the key window in which the frame lies; raises CrossesKeyWindow when it lies in several."""
    return key_window_of(known.version.key_window, known.version.timezone, header.window)


def open_columns(
    known: GroupPoints, header: FrameHeader, entry: FrameGroup, payload: bytes, suite: int, window_key: bytes
) -> tuple[list[Column], ContentKeys]:
    """The columns of a group, a point each in the order of its definitions, and the keys that disclose leaves of them.

    Args:
        known: the group version whose root `entry` names.
        entry: the header's entry of the group, `payload` what is sealed beside it.
        suite: number of the suite of the key that signs the frame.
        window_key: the key of `window_number`.

    Raises:
        WrongWindowKey: the key is another one than the header commits to.
        SignerLied: the payload is not what the header commits to.
    """
    slots = [slots_of(definition, header.window) for definition in known.definitions]
    return open_group(entry, payload, FrameIdentity.of(header, suite), window_key, slots)
