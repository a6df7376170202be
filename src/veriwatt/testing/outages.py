"""Outages of one node, each a function of a home, frames to post and a seed: what was lost, and how long it took.

The home is one that no process has open, and `uploads` are frames that its log host will accept, in order. Nothing
that was acknowledged may be lost: a frame with a receipt is *known* at the same position afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic, sleep

from veriwatt.errors import Unavailable
from veriwatt.testing.node_process import Answered, NodeProcess, until
from veriwatt.testing.small_disk import SmallDisk
from veriwatt.units import DAY, HOUR

STARTS = 60
"""Of a node whose disk fails one sync in five; about one start in four succeeds."""

TALLY = "failed_syncs"

HOLD = """
import sys, time
from pathlib import Path
from veriwatt.node.home import Home
with Home(Path(sys.argv[1])):
    print("opened", flush=True)
    time.sleep(3600)
"""


SET_CLOCK = """
import sys
from pathlib import Path
offset = Path(sys.argv[1])
from veriwatt.system.clock import SystemClock
real = SystemClock.now
SystemClock.now = lambda clock: real(clock) + int(offset.read_text())
sys.argv[1:] = sys.argv[2:]
from veriwatt.cli import main
main()
"""

JUMPS = (-2 * HOUR, 0, DAY, 0, -DAY, 0)


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage: acknowledged frames, those of them that were lost, and times in seconds.

    `answered` is the longest time until a post or `/healthz` was answered during the outage, `recovered` the time from
    its end until every frame was accepted.
    """

    name: str
    acknowledged: int
    lost: int
    answered: float
    recovered: float


class Receipts:
    """The positions of the frames that were acknowledged."""

    def __init__(self, uploads: Sequence[bytes]) -> None:
        self._uploads = uploads
        self.positions: dict[int, int] = {}

    def post(self, node: NodeProcess, first: int, end: int) -> Answered:
        """Post the frames [first, end), and remember those that were acknowledged."""
        answer = node.post(self._uploads[first:end])
        if answer.status == 200:
            for at, frame in enumerate(answer.json()["frames"], first):
                if frame["position"] is not None:
                    self.positions.setdefault(at, frame["position"])
        return answer

    def post_all(self, node: NodeProcess, within: float = 120) -> float:
        """Post every frame until all are acknowledged; returns the seconds that it took."""
        count = len(self._uploads)
        return until(lambda: self.post(node, 0, count).status == 200 and len(self.positions) == count, within)

    def lost(self, node: NodeProcess) -> int:
        """How many acknowledged frames are not known at their position now."""
        frames = node.post(self._uploads).json()["frames"]
        return sum(frames[at]["position"] != position for at, position in self.positions.items())


def stopped_command(root: Path, uploads: Sequence[bytes], seed: int, seconds: float) -> Outage:
    """A command that has the home is stopped for `seconds`, then goes on and ends."""
    node, receipts, random = NodeProcess.start(root), Receipts(uploads), Random(seed)
    try:
        receipts.post(node, 0, random.randrange(1, len(uploads)))
        with subprocess.Popen([sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE) as command:
            assert command.stdout is not None
            command.stdout.readline()
            os.kill(command.pid, signal.SIGSTOP)
            answered, until_then = 0.0, monotonic() + seconds
            while monotonic() < until_then:
                answered = max(answered, node.health().seconds, receipts.post(node, 0, len(uploads)).seconds)
            os.kill(command.pid, signal.SIGCONT)
            command.kill()
        recovered = receipts.post_all(node)
        return Outage("stopped command", len(receipts.positions), receipts.lost(node), answered, recovered)
    finally:
        node.stop()


def clock_jumps(root: Path, uploads: Sequence[bytes], seed: int, seconds: float) -> Outage:
    """The node's clock is set back and forward, `seconds` at each time, while frames are posted.

    Raises:
        Unavailable: a clock that was set back was not told in `/healthz`.
    """
    offset, receipts, random = root.parent / "offset", Receipts(uploads), Random(seed)
    offset.write_text("0")
    node = NodeProcess.start(root, cli=[sys.executable, "-c", SET_CLOCK, str(offset)])
    answered = 0.0
    try:
        for jump in JUMPS:
            _set_clock(offset, jump)
            until_then = monotonic() + seconds
            while monotonic() < until_then:
                posted = receipts.post(node, 0, random.randrange(1, len(uploads)))
                answered = max(answered, node.health().seconds, posted.seconds)
                sleep(0.1)
            if jump < 0:
                until(lambda: node.health().json().get("failing", {}).get("clock") == "clock-set-back", within=20)
        recovered = receipts.post_all(node)
        return Outage("clock jumps", len(receipts.positions), receipts.lost(node), answered, recovered)
    finally:
        node.stop()


def _set_clock(offset: Path, to: int) -> None:
    fresh = offset.with_suffix(".new")
    fresh.write_text(str(to))
    fresh.replace(offset)


def full_disk(disk: SmallDisk, root: Path, uploads: Sequence[bytes], seed: int, seconds: float) -> Outage:
    """The disk with the home is full for `seconds`."""
    node, random = NodeProcess.start(root, within=disk.within), Random(seed)
    receipts = Receipts(uploads)
    try:
        receipts.post(node, 0, random.randrange(1, len(uploads)))
        disk.fill()
        answered, until_then = 0.0, monotonic() + seconds
        while monotonic() < until_then:
            answered = max(answered, node.health().seconds, receipts.post(node, 0, len(uploads)).seconds)
            sleep(0.1)
        disk.free()
        recovered = receipts.post_all(node)
        return Outage("full disk", len(receipts.positions), receipts.lost(node), answered, recovered)
    finally:
        node.stop()


def failing_disk(folder: Path, count: int, seed: int, part: str = "/") -> list[str]:
    """The command before a node's whose syncs of files under paths with `part` fail, `count` of them, one in five.

    Raises:
        Unavailable: this machine has no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Unavailable("syncs are made to fail by a small C library, and this machine has no C compiler")
    library = folder / "failing_syncs.so"
    source = Path(__file__).with_name("failing_syncs.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    settings = [f"FAILING_SYNCS={count},5,{seed},{part}", f"FAILED_SYNCS={folder / TALLY}"]
    return ["env", f"LD_PRELOAD={library}", *settings]


def syncs_failed(folder: Path) -> int:
    """How many syncs have failed of processes that `failing_disk` was put before, with the same folder."""
    tally = folder / TALLY
    return tally.stat().st_size if tally.exists() else 0


def failed_syncs(root: Path, uploads: Sequence[bytes], seed: int, count: int, part: str = "/") -> Outage:
    """Syncs of the node's process fail at random; a node that ends is started again, as a supervisor does.

    Args:
        root: the home.
        uploads: frames that it will accept.
        seed: decides which syncs fail.
        count: syncs that fail, at most, in each run of the node.
        part: they are syncs of files whose path has this part.
    """
    receipts, answered, starts = Receipts(uploads), 0.0, 1
    node = _started_on_failing_disk(root, count, seed, part)
    try:
        for at in range(len(uploads)):
            answered = max(answered, receipts.post(node, 0, at + 1).seconds, node.health().seconds)
            sleep(0.3)
            if node.process.poll() is not None:
                node, starts = _started_on_failing_disk(root, count, seed + starts, part), starts + 1
        node.stop(signal.SIGKILL)
        node = NodeProcess.start(root)
        recovered = receipts.post_all(node)
        return Outage("failed syncs", len(receipts.positions), receipts.lost(node), answered, recovered)
    finally:
        node.stop()


def _started_on_failing_disk(root: Path, count: int, seed: int, part: str) -> NodeProcess:
    """A node whose syncs fail; one that fails in its start is started again."""
    for attempt in range(STARTS):
        with suppress(Unavailable):
            return NodeProcess.start(root, within=failing_disk(root.parent, count, seed + 1000 * attempt, part))
    raise Unavailable(f"the node ended in each of {STARTS} starts")
