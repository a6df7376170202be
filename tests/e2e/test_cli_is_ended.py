"""SIGTERM ends a command wherever it comes: also where Python swallows an exception."""

from __future__ import annotations

import signal
import subprocess
import sys

FINALIZER = """
import signal, time
from importlib import import_module

cli = import_module("veriwatt.cli.main")

class Swallows:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

def build(_):
    def command(args):
        it = Swallows()
        del it
        time.sleep(20)
    return command

cli.build = build
cli.main()
"""


def test_a_command_that_is_ended_in_a_finalizer_ends() -> None:
    done = subprocess.run([sys.executable, "-c", FINALIZER], capture_output=True, text=True, timeout=15, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")
