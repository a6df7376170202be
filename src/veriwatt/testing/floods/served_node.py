"""A node in a process of its own, with a limit of descriptors, watched from outside."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from veriwatt.errors import Unavailable

COMMAND = (sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run")
PROC = Path("/proc")


@dataclass(slots=True)
class ServedNode:
    """A node that answers at `port` of 127.0.0.1."""

    process: subprocess.Popen[str]
    port: int

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def resident(self) -> int:
        """Bytes of memory that the node and its helpers have now; 0 once it has ended."""
        return resident_of(self.process.pid)


@contextmanager
def served_node(
    home: Path, descriptors: int, more: Sequence[str] = (), log: Path | None = None
) -> Iterator[ServedNode]:
    """Serve the home with at most `descriptors` open files, soft and hard; its log goes to `log`."""
    limited = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "node"]
    command = [*limited, *COMMAND, "--home", str(home), "--listen", "127.0.0.1:0", *more]
    with (log or Path(os.devnull)).open("ab") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    try:
        port = urlsplit(process.stdout.readline().strip()).port
        if port is None:
            raise Unavailable("the node did not start")
        yield ServedNode(process, port)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def resident_of(pid: int) -> int:
    """Bytes of memory that a process and its descendants have now."""
    return sum(_resident(each) for each in _family(pid))


def processor_time_of(pid: int) -> float:
    """Seconds of a processor that a process and its descendants have used."""
    return sum(map(_processor_time, _family(pid)))


def _family(pid: int) -> list[int]:
    try:
        children = (PROC / f"{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in _family(int(child)))]


def _processor_time(pid: int) -> float:
    try:
        fields = (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # proc(5): utime and stime


def _resident(pid: int) -> int:
    try:
        return int((PROC / f"{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0
