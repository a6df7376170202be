"""The engine of a ledger of several operators is built from the module that the repository pins, by one script."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(script: str, where: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The script of scripts/ run in `where`, which has no virtual environment to install anything with."""
    return subprocess.run(
        ["/bin/sh", f"scripts/{script}", "no-such-venv", *more],
        cwd=where,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the scripts need of the repository."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copytree(ROOT / "engines", tmp_path / "engines")
    return tmp_path


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.timeout(900)
def test_the_built_engine_has_the_version_that_the_module_pins(checkout: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("no Go on this machine")
    pinned = re.search(r"github\.com/cometbft/cometbft v(\S+)", (checkout / "engines/cometbft/go.mod").read_text())

    built = run("engines.sh", checkout, "cometbft", GOPROXY="off")
    if "GOPROXY=off" in built.stderr:
        pytest.skip("CometBFT's modules are not in the module cache (cd engines/cometbft && go mod download)")

    assert built.returncode == 0, built.stderr
    told = subprocess.run([checkout / "build/engines/cometbft", "version"], capture_output=True, text=True, check=True)
    assert pinned is not None
    assert told.stdout.strip() == pinned[1]


@pytest.mark.parametrize(
    ("version", "taken"), [("go1.24.0", True), ("go1.26.8", True), ("go1.23.9", False), ("devel", False)]
)
def test_a_go_is_taken_if_the_module_may_be_built_with_it_and_else_the_reason_is_told(
    checkout: Path, version: str, taken: bool
) -> None:
    tools = checkout / "tools"
    tools.mkdir()
    (tools / "go").write_text(f"#!/bin/sh\necho {version}\n")
    (tools / "go").chmod(0o755)

    found = run("go.sh", checkout, PATH=f"{tools}:/usr/bin:/bin")

    assert (found.returncode == 0, found.stdout.strip()) == (taken, str(tools / "go") if taken else "")
    assert taken or "No Go of 1.24.0 or newer" in found.stderr
