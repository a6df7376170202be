"""The check of sealed groups with the owner's keys: each is opened and compared with its signed header."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import NotFound, VeriwattError
from veriwatt.fsck.follower import Placed
from veriwatt.fsck.readings import ReadingsCheck
from veriwatt.fsck.report import Findings
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.header import FrameGroup
from veriwatt.ports.key_agent import KeyRefused
from veriwatt.readmodel.group_opener import GroupOpener


class SealedGroupsCheck:
    """A `Follower`. Skips groups whose keys are missing; passes opened columns to the check of the readings view."""

    def __init__(self, folder: Path, opener: GroupOpener, readings: ReadingsCheck | None, findings: Findings) -> None:
        self._folder, self._opener, self._readings, self._findings = folder, opener, readings, findings

    def follow(self, placed: Placed) -> None:
        for entry, payload in zip(placed.frame.header.groups, placed.frame.payloads, strict=True):
            columns = self._open(placed, entry, payload)
            if self._readings is not None:
                self._readings.take(placed, entry.group, columns)

    def lose(self, start: int, end: int) -> None:
        if self._readings is not None:
            self._readings.lose(start, end)

    def finish(self) -> None:
        self._opener.record_openings()
        if self._readings is not None:
            self._readings.finish()

    def _open(self, placed: Placed, entry: FrameGroup, payload: bytes) -> list[Column]:
        try:
            columns = self._opener.open(placed.frame, entry, payload).columns
        except (NotFound, KeyRefused):
            return []
        except VeriwattError as error:
            self._findings.problem(self._folder, f"frame {placed.position}: {error}")
            return []
        self._findings.counts["groups_opened"] += 1
        return columns
