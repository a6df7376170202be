"""Open the groups of frames with points and passports from the ledger and keys from the owner's agent."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.metering.open_columns import open_columns, window_number
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.readmodel.points import Points


class GroupOpener:
    """Opens groups of frames with keys that the owner's agent gives for `purpose`."""

    def __init__(
        self, points: Points, agent: KeyAgent, purpose: Purpose, passport_of: Callable[[str, str], Passport]
    ) -> None:
        self._points, self._agent, self._purpose, self._passport_of = points, agent, purpose, passport_of

    def open(self, frame: Frame, entry: FrameGroup, payload: bytes) -> list[Column]:
        """The columns of one group, one for each point.

        Raises:
            NotFound: the agent has no key of the group, or its definitions are not registered.
            KeyRefused: the agent refuses the key.
            NotProven: the payload is not what the header commits to (`sealed_group`).
        """
        header = frame.header
        known = self._points.with_root(header.org, entry.group, entry.definition_root)
        key = self._agent.window_key(header.org, entry.group, window_number(known, header), self._purpose)
        signing = self._passport_of(header.org, header.terminal).key_for(header.number).key
        return open_columns(known, header, entry, payload, signing.suite.number, key)[0]

    def timezone(self, frame: Frame, entry: FrameGroup) -> str:
        """The zone of a group's points; raises NotFound if its definitions are not registered."""
        return self._points.with_root(frame.header.org, entry.group, entry.definition_root).version.timezone

    def record_openings(self) -> None:
        """Record the openings since the last call."""
        self._agent.record_openings()
