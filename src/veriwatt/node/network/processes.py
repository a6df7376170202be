"""Starting and stopping the nodes of the homes in one folder, each a process that goes on by itself."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import NotFound, Unavailable
from veriwatt.home.home_format import NAME
from veriwatt.home.paths import HomePaths, find_home
from veriwatt.home.settings import load_settings
from veriwatt.ledger.open_ledger import open_reader
from veriwatt.machine.members.queries import organisations
from veriwatt.node.network.state import is_follower, network_state
from veriwatt.system.exclusive_lock import serving_process
from veriwatt.system.files import DiskFiles, open_private, save

START_WITHIN = 180
"""Seconds in which the nodes of a network agree on a block, also on a loaded machine."""

STOP_WITHIN = 120
"""Seconds in which a node stops: it anchors what it accepted before, and waits a minute for the ledger."""

_AGAIN = 0.2

_CODE = re.compile(r" \[[a-z-]+\]$")
"""The code at the end of a command's error: the command that repeats the error has one of its own."""

Begun = Callable[[subprocess.Popen[bytes]], object]
"""Called with the process of each node as soon as it is started."""

_COMMAND = (sys.executable, "-c", "from veriwatt.cli import main; main()")


@dataclass(frozen=True, slots=True)
class StartedNode:
    """A node that was started, and the link that its start printed, which signs in once.

    A node that follows prints none, and answers nobody, before its org is admitted.
    """

    org: str
    home: str
    pid: int
    sign_in: str

    @classmethod
    def of(cls, home: HomePaths) -> StartedNode:
        found = serving_process(home.lock)
        return cls(load_settings(home.settings).org, str(home.root), 0 if found is None else found.pid, _link(home))


def homes_in(folder: Path) -> list[HomePaths]:
    """The homes directly below `folder`, by their names; `folder` itself where it is one.

    Raises:
        NotFound: there is none.
    """
    places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())] if folder.is_dir() else []
    homes = [find_home(place) for place in places if (place / NAME).is_file() and not place.name.startswith(".")]
    if not homes:
        raise NotFound(f"{folder} has no homes of nodes; `veriwatt network init` makes them")
    return homes


def start_nodes(folder: Path, within: float = START_WITHIN, begun: Begun = lambda _: None) -> list[StartedNode]:
    """Start the nodes that do not run, and wait until they answer and agree on a block; followers after the others.

    A follower whose org is not admitted yet is started, and not waited for. `begun` is for a caller who ends the nodes
    with itself.

    Raises:
        Unavailable: a node did not start, or they do not agree in time; those that run go on.
    """
    homes, deadline = homes_in(folder), time.monotonic() + within
    full = [home for home in homes if not is_follower(home)]
    followers = [home for home in homes if home not in full]
    _start(full, folder, deadline, begun)
    _give_trust(full, followers)
    admitted = [home for home in followers if not full or _is_admitted(full[0], load_settings(home.settings).org)]
    _start(admitted, folder, deadline, begun)
    for home in followers:
        if home not in admitted and serving_process(home.lock) is None:
            process = _spawn(home, begun)
            while serving_process(home.lock) is None and not _answers(home, process):
                _pause(deadline, f"the node of {home.root} did not start; its log, run/node.log, says more")
    return [StartedNode.of(home) for home in homes]


def _start(homes: list[HomePaths], folder: Path, deadline: float, begun: Begun) -> None:
    started = {home.root: _spawn(home, begun) for home in homes if serving_process(home.lock) is None}
    while silent := [root for root, process in started.items() if not _answers(HomePaths(root), process)]:
        names = ", ".join(map(str, silent))
        _pause(
            deadline,
            f"a node does not answer: {names}; `veriwatt network status {folder}` and its log, run/node.log, say more",
        )
    while homes and not network_state(homes).agrees_on_a_block:
        _pause(deadline, f"the nodes do not agree on a block; `veriwatt network status {folder}` says more")


def _give_trust(full: list[HomePaths], followers: list[HomePaths]) -> None:
    """Give each follower that has no trust file yet that of a home beside it with the same genesis document.

    `network init` made them together, so whoever believes the genesis of one believes that of the other.
    """
    files = DiskFiles()
    for home in followers:
        if home.trust.exists():
            continue
        for other in full:
            if other.trust.exists() and files.read(other.genesis) == files.read(home.genesis):
                save(files, home.trust, files.read(other.trust))
                break


def _is_admitted(home: HomePaths, org: str) -> bool:
    """Whether an org is of the ledger in this home, by its newest block."""
    with open_reader(home.ledger) as ledger:
        return any(each.org == org for each in organisations(ledger))


def stop_nodes(folder: Path, within: float = STOP_WITHIN) -> list[str]:
    """Ask every node that runs to stop, and wait for it; returns the homes of those that ran.

    Followers are stopped first: they anchor through the others.

    Raises:
        Unavailable: one still runs.
    """
    homes, deadline = homes_in(folder), time.monotonic() + within
    followers = [home for home in homes if is_follower(home)]
    return [*_stop(followers, deadline), *_stop([home for home in homes if home not in followers], deadline)]


def _stop(homes: list[HomePaths], deadline: float) -> list[str]:
    running = [(home, found.pid) for home in homes if (found := serving_process(home.lock)) is not None]
    for _, pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    while left := [home for home, _ in running if serving_process(home.lock) is not None]:
        if time.monotonic() > deadline:
            names = ", ".join(str(home.root) for home in left)
            raise Unavailable(f"a node still runs: {names}; look into its log, run/node.log")
        time.sleep(_AGAIN)
    return [str(home.root) for home, _ in running]


def _spawn(home: HomePaths, begun: Begun) -> subprocess.Popen[bytes]:
    """Start the node of a home, its log and the link that it prints in files of the home."""
    home.run.mkdir(0o700, exist_ok=True)
    home.link.unlink(missing_ok=True)
    with open_private(home.link) as link, open_private(home.log) as log:
        process = subprocess.Popen(
            [*_COMMAND, "node", "run", "--home", str(home.root)],
            stdin=subprocess.DEVNULL,
            stdout=link,
            stderr=log,
            start_new_session=True,
        )
    begun(process)
    return process


def _answers(home: HomePaths, process: subprocess.Popen[bytes]) -> bool:
    """Whether the node has printed its link; raises Unavailable when it has ended instead."""
    if process.poll() is not None:
        last = home.log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
        why = _CODE.sub("", last).removeprefix("veriwatt: ")
        raise Unavailable(f"the node of {home.root} ended as soon as it was started: {why}")
    return bool(_link(home))


def _link(home: HomePaths) -> str:
    return home.link.read_text().strip() if home.link.exists() else ""


def _pause(deadline: float, why: str) -> None:
    if time.monotonic() > deadline:
        raise Unavailable(why)
    time.sleep(_AGAIN)
