"""The check of sealed groups with the owner's keys: each is opened and compared with its signed header."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import NotFound, VeriwattError
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.readings import ReadingsCheck
from veriwatt.fsck.report import Findings
from veriwatt.model.frames.header import FrameGroup
from veriwatt.ports.key_agent import KeyRefused
from veriwatt.readmodel.group_opener import GroupOpener, OpenedGroup


class SealedGroupsCheck:
    """A `ChainCheck`. Skips groups whose keys are missing; passes opened columns to the check of the readings view."""

    def __init__(self, folder: Path, opener: GroupOpener, readings: ReadingsCheck | None, findings: Findings) -> None:
        self._folder, self._opener, self._readings, self._findings = folder, opener, readings, findings

    def check_frame(self, positioned: PositionedFrame) -> None:
        for entry, payload in zip(positioned.frame.header.groups, positioned.frame.payloads, strict=True):
            opened = self._open(positioned, entry, payload)
            if self._readings is not None:
                self._readings.take(positioned, entry.group, opened)

    def skip(self, start: int, end: int) -> None:
        if self._readings is not None:
            self._readings.skip(start, end)

    def finish(self) -> None:
        self._opener.record_openings()
        if self._readings is not None:
            self._readings.finish()

    def _open(self, positioned: PositionedFrame, entry: FrameGroup, payload: bytes) -> OpenedGroup | None:
        try:
            opened = self._opener.open(positioned.frame, entry, payload)
        except (NotFound, KeyRefused):
            return None
        except VeriwattError as error:
            self._findings.problem(self._folder, f"frame {positioned.position}: {error}")
            return None
        self._findings.counts["groups_opened"] += 1
        return opened
