"""A validator whose own disk is full, or whose CometBFT ended, says so itself: the network may go on without it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.comet_program import comet_program
from veriwatt.reading.explorer.halt import HALTED_AFTER
from veriwatt.reading.explorer.standing import banner_json, ledger_json
from veriwatt.system.disk_errors import DiskFull, full_disk
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MB, mounted where CometBFT, which resolves its folder, finds it."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(place)]
    if os.geteuid() or not shutil.which("mount") or subprocess.run(mounting, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 12))


def test_a_full_disk_is_named_before_the_halt_that_it_looks_like(disk: Path) -> None:
    with CometNetwork(disk, sim_genesis(SimMember("acme", "ann"), validators=1), comet_program()) as network:
        ledger, folder = network.run(0), network.folder(0)
        wait_until(lambda: height_of(ledger) > 0)
        late = ledger.head().time + 2 * HALTED_AFTER
        assert full_disk(folder) is None
        fill(disk)
        full = full_disk(folder)
        assert isinstance(full, DiskFull)
        assert str(folder) in str(full)
        for told in (ledger_json(ledger, late, None, full=full), banner_json(ledger, late, None, full=full)):
            (alarm, *_) = told["alarms"]
            assert (alarm["code"], alarm["values"]["path"]) == ("disk-full", str(folder))
        with capture_logs() as lines:
            os.kill(ledger.node.process.pid, signal.SIGKILL)
            wait_until(lambda: any(each["event"] == "cometbft-ended" for each in lines))
            (disk / "filler").unlink()
            wait_until(lambda: any(each["event"] == "cometbft-started-again" for each in lines))
        (ended,) = [each for each in lines if each["event"] == "cometbft-ended"]
        assert "the disk is full" in ended["why"]
        assert full_disk(folder) is None


def test_a_cometbft_that_ended_is_one_line_of_the_log(tmp_path: Path) -> None:
    with CometNetwork(tmp_path, sim_genesis(SimMember("acme", "ann"), validators=1), comet_program()) as network:
        ledger = network.run(0)
        wait_until(lambda: height_of(ledger) > 0)
        with capture_logs() as lines:
            os.kill(ledger.node.process.pid, signal.SIGKILL)
            wait_until(lambda: any(each["event"] == "cometbft-started-again" for each in lines))
        assert [each["event"] for each in lines] == ["cometbft-ended", "cometbft-started-again"]
        assert lines[0]["what"] == "it ended"
