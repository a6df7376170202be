"""`veriwatt demo` as a newcomer runs it: it proves what it says, ends by itself, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()", "demo"]
AS_BACKGROUND_JOB = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]
"""A shell starts background jobs with SIGINT ignored."""

POINTS, SLOTS_A_DAY = 30, 96


def start(folder: Path, *args: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
    env = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(
        [*before, *COMMAND, "--days", "1", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
    )


def run(folder: Path, *args: str, expect: int = 0) -> tuple[str, str]:
    process = start(folder, *args)
    try:
        out, err = process.communicate(timeout=100)
    finally:
        process.kill()
    assert "Traceback" not in err, err
    assert process.returncode == expect, err
    return out, err


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, Path]:
    folder = tmp_path_factory.mktemp("demo")
    out, err = run(folder, "--no-serve", "--json")
    return json.loads(out), err, folder


def test_everything_collected_is_anchored_and_nothing_is_missing(shown: tuple[dict[str, Any], str, Path]) -> None:
    found = shown[0]
    assert found["collected"] == found["anchored"] == POINTS * (SLOTS_A_DAY + 1)
    assert found["gaps"] == 0
    assert [plant["read"] for plant in found["plants"]] == [plant["expected"] for plant in found["plants"]]


def test_readings_are_proved_and_a_doctored_one_is_refused_at_a_named_step(
    shown: tuple[dict[str, Any], str, Path],
) -> None:
    found = shown[0]
    assert found["proved"] == 12
    assert found["tampered"]["verdict"] == "refused"
    assert (found["tampered"]["failed"]["name"], found["tampered"]["failed"]["step"] > 0) == ("disclosure", True)


def test_frames_of_an_impostor_and_of_an_uncertified_terminal_are_refused(
    shown: tuple[dict[str, Any], str, Path],
) -> None:
    codes = {name: refused["code"] for name, refused in shown[0]["refused_frames"].items()}
    assert codes == {"impostor": "bad-signature", "uncertified": "not-certified"}


def test_a_temporary_demo_draws_its_passphrase_and_leaves_nothing_behind(
    shown: tuple[dict[str, Any], str, Path],
) -> None:
    assert "drew one at random" in shown[1]
    assert list(shown[2].iterdir()) == []


def test_a_folder_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    _, err = run(tmp_path, "--no-serve", "--home", "mine", expect=1)
    assert "exists already" in err
    assert list(tmp_path.rglob("*")) == [tmp_path / "mine"]


@pytest.mark.parametrize("before", [(), AS_BACKGROUND_JOB], ids=["foreground", "background"])
def test_a_demo_stopped_in_the_middle_leaves_nothing_behind(tmp_path: Path, before: Sequence[str]) -> None:
    process = start(tmp_path, "--no-serve", before=before)
    assert process.stderr is not None
    while "meters answer" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (1, False), err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_running_demo_serves_its_page_collects_on_and_stops_cleanly(tmp_path: Path) -> None:
    process = start(tmp_path, "--home", "kept", "--json")
    assert process.stdout is not None
    link = json.loads(process.stdout.readline())["sign_in"]
    address = re.sub(r"/sign-in.*", "", link)
    assert httpx.get(f"{address}/healthz").json() == {"ok": True}
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (0, False), err
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/healthz")
    env = {**os.environ, "VERIWATT_PASSPHRASE_FILE": str(tmp_path / "kept-outside/passphrase")}
    checked = subprocess.run(
        [*COMMAND[:-1], "fsck", "--home", "kept"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
