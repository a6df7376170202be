"""Open the groups of frames with points and passports from the ledger and keys from the owner's agent."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.crypto.sealing import ContentKeys
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_window_of
from veriwatt.metering.slots import slots_of_all
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.verify.frame_checks import FrameLedger


@dataclass(frozen=True, slots=True, eq=False)
class OpenedGroup:
    """A group of a frame: a column for each of its points, in their order, and the keys that disclose leaves."""

    points: GroupPoints
    columns: list[Column]
    keys: ContentKeys


class GroupOpener:
    """Opens groups of accepted frames with keys that the owner's agent gives for `purpose`."""

    def __init__(self, ledger: FrameLedger, agent: KeyAgent, purpose: Purpose) -> None:
        self._ledger, self._agent, self._purpose = ledger, agent, purpose

    def open(self, frame: Frame, entry: FrameGroup, payload: bytes) -> OpenedGroup:
        """One group of a frame; `payload` is what is sealed beside the header's `entry`.

        Raises:
            NotFound: the agent has no key of the group, or its definitions are not registered.
            KeyRefused: the agent refuses the key.
            NotProven: the payload is not what the header commits to (`sealed_group`).
        """
        header = frame.header
        points = self._ledger.group_points(header.org, entry.group, entry.version, entry.definition_root)
        version = points.version
        number = key_window_of(version.key_window, version.calendar, header.window)
        slots = slots_of_all(version.calendar, points.definitions, header.window)
        window_key = self._agent.window_key(header.org, entry.group, number, self._purpose)
        signing = self._ledger.passport(header.org, header.terminal).key_for(header.number).key
        identity = FrameIdentity.of(header, signing.suite.number)
        return OpenedGroup(points, *open_group(entry, payload, identity, window_key, slots))

    def record_openings(self) -> None:
        """Record the openings since the last call."""
        self._agent.record_openings()
