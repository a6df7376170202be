"""The README's commands and files, as they stand there, do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from tests.comet_program import comet_program

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"<!-- tested: (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)


def test_the_readme_leads_a_newcomer_from_a_file_to_proof(tmp_path: Path) -> None:
    blocks = dict(BLOCK.findall(README.read_text()))
    (tmp_path / "readings.csv").write_text(blocks["readings"])
    (tmp_path / "mapping.toml").write_text(blocks["mapping"])
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    script = "\n".join(["set -eu", blocks["quickstart"], blocks["evidence"], blocks["care"]])

    done = subprocess.run(
        [shutil.which("sh") or "sh", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "PROVEN" in done.stdout
    assert "37.50" in done.stdout


@pytest.mark.engine
@pytest.mark.slow
def test_the_readme_leads_a_newcomer_to_a_network_of_four_organisations_and_a_follower(tmp_path: Path) -> None:
    """In five minutes after the build, on a machine that has other things to do."""
    comet = comet_program()
    blocks = dict(BLOCK.findall(README.read_text()))
    (tmp_path / "readings.csv").write_text(blocks["readings"])
    (tmp_path / "mapping.toml").write_text(blocks["mapping"])
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("four plants and one ledger between them")
    passphrase.chmod(0o600)
    path = f"{Path(sys.executable).parent}:{comet.parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "HOME": str(tmp_path), "VERIWATT_PASSPHRASE_FILE": str(passphrase)}
    began = monotonic()
    try:
        done = _sh("set -eu\n" + blocks["network"], tmp_path, env)
    finally:
        _sh("veriwatt network down park", tmp_path, env)

    assert done.returncode == 0, done.stderr
    assert "PROVEN" in done.stdout
    assert re.search(r"org +mill\n", done.stdout), done.stdout
    assert "they agree" in done.stdout
    assert re.search(r"^mill +process \d+, block [\d,]+.*, follows 1 peer$", done.stdout, re.MULTILINE), done.stdout
    assert monotonic() - began < 300


def _sh(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command, within = [shutil.which("sh") or "sh", "-c", script], 300
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=within)


def test_every_command_of_the_readme_is_one_that_exists() -> None:
    named = set(re.findall(r"^veriwatt (\w+)", README.read_text(), re.MULTILINE))
    help_text = subprocess.run(
        [sys.executable, "-c", "from veriwatt.cli import main; main(['--help'])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert named <= set(re.findall(r"^\W*(\w+)\b", help_text, re.MULTILINE))
