"""A line to one process that can be cut without a word: a network namespace of its own, joined to ours by two devices.

A cut line loses every packet in silence, as a pulled cable does; nothing is refused and no connection ends. Root alone
can make one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from veriwatt.errors import Unavailable

OURS, THEIRS = "10.213.77.1", "10.213.77.2"
"""The addresses at the two ends of the line."""

_DEVICE, _THEIR_DEVICE = f"vw{os.getpid()}a", f"vw{os.getpid()}b"

_CLONE_FS = 0x200


class Line:
    """The line between this process's network and that of process `pid`, which only sleeps."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def cut(self) -> None:
        _ip("link", "set", _DEVICE, "down")

    def mend(self) -> None:
        _ip("link", "set", _DEVICE, "up")


@contextmanager
def line() -> Iterator[Line]:
    """A line that is whole; gone at the end of the block.

    Raises:
        Unavailable: this machine does not let us make one.
    """
    if os.geteuid() or not all(map(shutil.which, ("ip", "unshare", "nsenter"))):
        raise Unavailable("a network of its own is made by root alone, with ip, unshare and nsenter")
    holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "ip link set lo up && exec sleep 100000"])
    try:
        _wait_for_namespace(holder)
        _ip("link", "add", _DEVICE, "type", "veth", "peer", "name", _THEIR_DEVICE, "netns", str(holder.pid))
        _ip("addr", "add", f"{OURS}/30", "dev", _DEVICE)
        _ip("link", "set", _DEVICE, "up")
        within = ("nsenter", "-t", str(holder.pid), "-n", "--")
        _ip("addr", "add", f"{THEIRS}/30", "dev", _THEIR_DEVICE, within=within)
        _ip("link", "set", _THEIR_DEVICE, "up", within=within)
        yield Line(holder.pid)
    finally:
        holder.kill()
        holder.wait()
        subprocess.run(["ip", "link", "del", _DEVICE], capture_output=True, check=False)


def enter(pid: int, kind: str) -> None:
    """Let this thread, and those that it starts, live in the namespace of that kind ("net", "mnt") of process `pid`."""
    libc = ctypes.CDLL(None, use_errno=True)
    opened = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        # a mount namespace is for a thread whose root and working folder are its own
        if libc.unshare(_CLONE_FS) or libc.setns(opened, 0):
            number = ctypes.get_errno()
            raise Unavailable(f"cannot enter the {kind} namespace of process {pid}: {os.strerror(number)}")
    finally:
        os.close(opened)


def _wait_for_namespace(holder: subprocess.Popen[bytes]) -> None:
    ours = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{holder.pid}/ns/net").readlink() == ours:
        if holder.poll() is not None:
            raise Unavailable("this machine does not let us make a network of its own")
        sleep(0.02)


def _ip(*arguments: str, within: Sequence[str] = ()) -> None:
    done = subprocess.run([*within, "ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
