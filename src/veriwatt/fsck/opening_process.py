"""The opening of sealed groups in a process of its own: it takes most of the time of a check, and shares nothing.

Both processes walk the chains, each with a snapshot of its own; this one opens every group and compares the readings
view, the other one does all the rest. The question, with the passphrase, goes in on stdin, and the findings come out
on stdout.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.fsck.audited_ledger import AuditedLedger
from veriwatt.fsck.chains import Shared, Work, check_chain
from veriwatt.fsck.genesis_files import open_key_store
from veriwatt.fsck.objects import Objects
from veriwatt.fsck.report import Findings
from veriwatt.home.paths import HomePaths
from veriwatt.ledger.open_ledger import open_reader
from veriwatt.readmodel.readings_view_file import ReadingsViewFile
from veriwatt.units import UtcMillis

COUNTED_HERE = ("groups_opened", "readings")


@dataclass(frozen=True, slots=True)
class Openings:
    """What is asked: to open the groups of these orgs' frames, and to compare the copy of the view, if any."""

    root: Path
    passphrase: bytes | None
    view: Path | None
    orgs: tuple[str, ...]
    now: UtcMillis


class OpeningProcess:
    """One process that answers `asked`; it ends with `finish`, or is ended by `close`."""

    def __init__(self, asked: Openings) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self._root = asked.root
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        if self._process.stdin is not None:
            self._process.stdin.write(pickle.dumps(asked))
            self._process.stdin.close()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def finish(self, findings: Findings) -> None:
        """Wait for the findings, and add them."""
        raw = b"" if self._process.stdout is None else self._process.stdout.read()
        if self._process.wait() or not raw:
            why = f"the process that opens the sealed groups ended with status {self._process.returncode}"
            findings.not_compared(HomePaths(self._root).chains, why)
            return
        findings.add(pickle.loads(raw), COUNTED_HERE)  # noqa: S301 - our own process wrote it


def check_openings(asked: Openings) -> Findings:
    """Open every group of the orgs' frames, and compare the view."""
    paths, findings = HomePaths(asked.root), Findings(asked.root)
    with ExitStack() as stack:
        ledger = stack.enter_context(open_reader(paths.ledger))
        view = None if asked.view is None else stack.enter_context(ReadingsViewFile(asked.view))
        if view is not None and not view.use(ledger.chain_id):
            raise Unavailable(f"{asked.view}: the copy has changed")
        shared = Shared(
            paths,
            ledger,
            AuditedLedger(ledger),
            Objects(paths.objects, findings),
            open_key_store(paths, asked.passphrase, findings),
            None,
            view,
            {},
            asked.now,
            findings,
            lambda _what, _done, _total: None,
            Work.OPENINGS,
        )
        for org in asked.orgs:
            try:
                check_chain(org, shared)
            except VeriwattError as error:
                findings.failed(paths.chain(org), error, before="not opened to its end: ")
    return findings


if __name__ == "__main__":
    sys.stdout.buffer.write(pickle.dumps(check_openings(pickle.load(sys.stdin.buffer))))  # noqa: S301 - as above
