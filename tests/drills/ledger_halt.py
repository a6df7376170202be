"""Rows of a network of homes, made and run by the README's commands: one of four stopped, then two, then all again.

Meanwhile a validator's log host and a follower's take frames and receipt them. What is told of the halt is read where
people read it: in the command line, on a page, in the metrics.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from tests.comet_program import PROGRAM
from tests.conftest import BROWSER_ARGUMENTS
from tests.drills.rows import Row, none
from tests.network.networks import Node, run
from tests.served_home import FRAMES, signed_frames
from veriwatt.home.paths import HomePaths
from veriwatt.node.home import Home
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.node_process import CLI

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"<!-- tested: (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)

LEADS_IN = 300
"""Seconds in which the README leads a newcomer to a network of four orgs with a follower."""

GOES_ON_WITHIN, TOLD_WITHIN, RESUMES_WITHIN = 200, 180, 200
"""Seconds: until frames are anchored by three of four; from the last block until a halt is told; until all resumed."""

BANNER_WITHIN = 60

ORGS = ("org1", "mill")
"""Whose log hosts are asked: a validator's and a follower's."""

STOPPED = ("org3", "org4")

PART = FRAMES // 3
"""Frames in each of three times: one stopped, before the halt is told, and after."""


def halt_rows(folder: Path) -> list[Row]:
    """The README's network, and what its orgs can do while validators are missing."""
    folder.mkdir()
    with _environment(folder):
        began = monotonic()
        try:
            words = ["sh", "-c", _commands(folder)]
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            led = monotonic() - began
            proven = done.returncode == 0 and "PROVEN" in done.stdout and "they agree" in done.stdout
            name = "the README's network of four orgs and a follower"
            rows = [
                Row(f"{name}: a reading proven", int(proven), "networks", "= 1"),
                Row(f"{name}: led to in", round(led), "s", f"<= {LEADS_IN}"),
            ]
            if not proven:
                print(done.stderr, file=sys.stderr)
                return rows
            return rows + _Halt(folder / "park", folder).rows()
        finally:
            run("network", "down", folder / "park")


class _Halt:
    """The network of homes in `park` while validators are stopped."""

    def __init__(self, park: Path, folder: Path) -> None:
        self._park = park
        self._nodes = {org: Node.signed_in(_link(park / org)) for org in ORGS}
        self._uploads = dict[str, list[bytes]]()
        for org in ORGS:
            (folder / org).mkdir()
            with Home(park / org) as home:
                self._uploads[org] = signed_frames(home, folder / org, org)
        self._receipts = 0

    def rows(self) -> list[Row]:
        validator = self._nodes[ORGS[0]]
        self._down(STOPPED[0])
        self._post(0)
        went_on = self._wait(self._all_anchored, GOES_ON_WITHIN)
        self._down(STOPPED[1])
        sleep(2)  # the block that was being decided may still come
        height, anchored = self._height(), self._anchored()
        self._post(1)
        told = self._wait(lambda: validator.failing().get("blocks") == "ledger-halted", 2 * TOLD_WITHIN)
        places = self._told_where()
        self._post(2)
        decided, while_halted = self._height() - height, self._anchored() - anchored
        up = monotonic()
        run("network", "up", self._park)
        started = monotonic() - up
        resumed = self._wait(lambda: self._all_anchored() and not self._failing(), RESUMES_WITHIN)
        lost = sum(node.chain()["frames"] - node.chain()["anchored"] for node in self._nodes.values())
        run("network", "down", self._park)
        return [
            Row("one of four stopped: frames are anchored in", round(went_on), "s", f"<= {GOES_ON_WITHIN}"),
            none("two of four stopped: blocks that were decided", decided, "blocks"),
            none("two of four stopped: frames anchored without a block", while_halted, "frames"),
            Row("two of four stopped: told after", round(told), "s", f"<= {TOLD_WITHIN}"),
            *[Row(f"two of four stopped: told {where}", int(seen), "places", "= 1") for where, seen in places.items()],
            Row("validators stopped: frames receipted", self._receipts, "frames", f"= {len(ORGS) * 3 * PART}"),
            Row("two of four stopped: started again in", round(started), "s", "<= 60"),
            Row("two of four stopped: all resumed by itself in", round(resumed), "s", f"<= {RESUMES_WITHIN}"),
            none("validators stopped: receipted frames that are not anchored in the end", lost, "frames"),
            none("validators stopped: problems that fsck finds in the homes", self._problems(), "problems"),
        ]

    def _down(self, org: str) -> None:
        done = run("network", "down", self._park / org)
        assert done.status == 0, done.err

    def _post(self, part: int) -> None:
        """Let the terminals deliver some of their frames, and count the receipts."""
        for org, node in self._nodes.items():
            answers = node.post(self._uploads[org][part * PART : (part + 1) * PART])
            self._receipts += sum(bool(each["receipt"]) for each in answers)

    def _wait(self, what: Callable[[], bool], seconds: float) -> float:
        """The seconds until it is so, more than `seconds` if it does not become so."""
        began = monotonic()
        try:
            wait_until(what, seconds)
        except TimeoutError:
            return seconds + 1
        return monotonic() - began

    def _all_anchored(self) -> bool:
        chains = [node.chain() for node in self._nodes.values()]
        return all(each["anchored"] == each["frames"] for each in chains)

    def _anchored(self) -> int:
        return sum(int(node.chain()["anchored"]) for node in self._nodes.values())

    def _failing(self) -> dict[str, str]:
        return {work: code for node in self._nodes.values() for work, code in node.failing().items()}

    def _height(self) -> int:
        return int(self._nodes[ORGS[0]].get("/api/v1/ledger").json()["height"])

    def _told_where(self) -> dict[str, bool]:
        """Where somebody reads that the ledger halted."""
        node, home = self._nodes[ORGS[0]], self._park / ORGS[0]
        status = run("ledger", "status", "--home", home, "--json").json
        return {
            "in the command line": "ledger-halted" in [each["code"] for each in status["alarms"]],
            "on a page": _is_told_on_a_page(home),
            "in the metrics": 'veriwatt_failing{work="blocks"} 1.0' in node.get("/metrics").text,
        }

    def _problems(self) -> int:
        """What fsck finds in every home; a home that cannot be checked is one."""
        found = 0
        for org in ("org1", "org2", *STOPPED, "mill"):
            checked = run("fsck", "--home", self._park / org, "--json")
            found += len(checked.json["problems"]) if checked.out else 1
        return found


def _commands(folder: Path) -> str:
    """The README's commands as they stand there, up to the one that stops the network."""
    blocks = dict(BLOCK.findall(README.read_text()))
    (folder / "readings.csv").write_text(blocks["readings"])
    (folder / "mapping.toml").write_text(blocks["mapping"])
    network: str = blocks["network"]
    return "set -eu\n" + network.replace("veriwatt network down park\n", "")


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """The commands' environment: a passphrase, CometBFT, and a `veriwatt` that is this one."""
    command, passphrase = folder / "bin" / "veriwatt", folder / "passphrase"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.join(CLI)} "$@"\n')
    command.chmod(0o700)
    passphrase = folder / "passphrase"
    passphrase.write_text("four plants and one ledger between them")
    passphrase.chmod(0o600)
    path = f"{command.parent}:{PROGRAM.parent}:{os.environ['PATH']}"
    changed = {"PATH": path, "VERIWATT_PASSPHRASE_FILE": str(passphrase)}
    before = {name: os.environ.get(name) for name in changed}
    os.environ |= changed
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _link(home: Path) -> str:
    return HomePaths(home).link.read_text().strip()


def _is_told_on_a_page(home: Path) -> bool:
    """Whether a page of the node has the banner, in a real browser."""
    from playwright.sync_api import TimeoutError as NotThere
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    link = run("node", "invite", "Drill", "--home", home, "--json").json["link"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=BROWSER_ARGUMENTS)
        try:
            page = browser.new_page()
            page.goto(link)
            page.click("main button")
            page.wait_for_selector("[data-alarm=ledger-halted]", timeout=BANNER_WITHIN * 1000)
        except NotThere:
            return False
        finally:
            browser.close()
    return True
