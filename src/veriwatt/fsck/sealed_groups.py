"""The check of sealed groups with the owner's keys: each is opened and compared with its signed header."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from veriwatt.counted import counted
from veriwatt.errors import NotFound, VeriwattError
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.readings import ReadingsCheck
from veriwatt.fsck.report import Findings
from veriwatt.model.frames.header import FrameGroup
from veriwatt.ports.key_agent import GroupKeyMissing, KeyRefused
from veriwatt.readmodel.group_opener import GroupOpener, OpenedGroup

REMEDY = "put the newest copy of keys/ back"


class SealedGroupsCheck:
    """A `ChainCheck`. A group whose key is missing is not compared; opened columns go on to the check of the view."""

    def __init__(self, folder: Path, opener: GroupOpener, readings: ReadingsCheck | None, findings: Findings) -> None:
        self._folder, self._opener, self._readings, self._findings = folder, opener, readings, findings
        self._without_key: Counter[str] = Counter()

    def check_frame(self, positioned: PositionedFrame) -> None:
        header, payloads = positioned.frame.header, positioned.frame.payloads
        try:
            opened = [self._open(positioned, *each) for each in zip(header.groups, payloads, strict=True)]
        except (GroupKeyMissing, KeyRefused) as error:
            self._without_key[error.group] += 1
            if self._readings is not None:
                self._readings.stop(positioned.position, str(error))
            return
        if self._readings is not None:
            for entry, each in zip(header.groups, opened, strict=True):
                self._readings.take(positioned, entry.group, each)

    def skip(self, start: int, end: int) -> None:
        if self._readings is not None:
            self._readings.skip(start, end)

    def finish(self) -> None:
        self._opener.record_openings()
        if self._without_key:
            groups = "; ".join(
                f"group {group} of {counted(n, 'frame', 'frames')}" for group, n in self._without_key.items()
            )
            self._findings.not_compared(self._folder, f"the key store here has no key that opens {groups}; {REMEDY}")
        if self._readings is not None:
            self._readings.finish()

    def _open(self, positioned: PositionedFrame, entry: FrameGroup, payload: bytes) -> OpenedGroup | None:
        try:
            opened = self._opener.open(positioned.frame, entry, payload)
        except (GroupKeyMissing, KeyRefused):
            raise
        except NotFound:  # of the group on the ledger, which the check of frames reports
            return None
        except VeriwattError as error:
            self._findings.problem(self._folder, f"frame {positioned.position}: {error}")
            return None
        self._findings.counts["groups_opened"] += 1
        return opened
