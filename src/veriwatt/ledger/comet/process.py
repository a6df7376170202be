"""The process of CometBFT, in the folder of its home, and its log."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.system.disk_errors import disk_error_in, full_disk

LOG = "cometbft.log"
LOG_BYTES = 8 << 20
"""A longer log is begun anew at a start, and the old one kept once."""

_PORT_TAKEN = "address already in use"

_FREE_THE_PORT = (
    "end the program that listens there, or give listen or rpc_port under [ledger] in node.toml another port"
)

PATIENCE = 15
"""Seconds in which it ends when it is asked to."""


class CometProcess:
    """A running `cometbft`; it ends by itself when the application's socket does."""

    def __init__(self, program: Path, folder: Path) -> None:
        """Start it; raises Unavailable when it cannot be started."""
        self._log = folder / LOG
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(folder / f"{LOG}.1")
        try:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [program, "start", "--home", "."],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C ends us, and we end it
                )
        except OSError as error:
            raise Unavailable(f"cannot start {program}: {error}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, within that time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """End it, by force if it must be."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        if not self.wait(PATIENCE):
            self._process.kill()
            self._process.wait()

    def full_disk(self) -> Unavailable | None:
        """The error of its disk, if its last lines complain of that, or it is full now."""
        return disk_error_in(self.last_words(), self._log.parent) or full_disk(self._log.parent)

    def last_words(self) -> str:
        """The last lines of its log, each once, and what to do about them where that is known."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        said = "; ".join(dict.fromkeys(lines[-5:]))
        return f"{said}; {_FREE_THE_PORT}" if _PORT_TAKEN in said else said
