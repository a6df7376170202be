"""Opening the groups of frames whose keys the node holds."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame, FrameGroup
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group
from veriwatt.model.terminals.passport import Passport
from veriwatt.readmodel.points import Points

WindowKey = Callable[[str, str, int], bytes]
"""The key of (org, group, key window number); NotFound when the node does not hold it."""


class Opener:
    """Opens the groups of frames whose keys the node holds."""

    def __init__(self, points: Points, window_key: WindowKey, passport_of: Callable[[str, str], Passport]) -> None:
        self._points, self._window_key, self._passport_of = points, window_key, passport_of

    def open(self, frame: Frame, entry: FrameGroup, payload: bytes) -> list[Column]:
        """The columns of one group.

        Raises:
            NotFound: the node has no key for the group, or its definitions are unknown.
            NotProven: the payload is not what the header commits to (`sealed_group`).
        """
        header = frame.header
        known = self._points.with_root(header.org, entry.group, entry.definition_root)
        key = self.key_of(known, frame)
        slots = [slots_of(definition, header.window) for definition in known.definitions]
        key_period = self._passport_of(header.org, header.terminal).key_for(header.epoch, header.seq)
        identity = FrameIdentity.of(header, key_period.key.suite.number)
        return open_group(entry, payload, identity, key, slots)[0]

    def timezone(self, frame: Frame, entry: FrameGroup) -> str:
        """The zone of a group's points; NotFound when its definitions are unknown."""
        return self._points.with_root(frame.header.org, entry.group, entry.definition_root).version.timezone

    def key_of(self, known: GroupPoints, frame: Frame) -> bytes:
        version = known.version
        number = key_window_of(version.key_window, version.timezone, frame.header.window)
        return self._window_key(known.org, version.group, number)
