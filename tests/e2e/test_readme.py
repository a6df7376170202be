"""The README's commands and files, as they stand there, do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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


def test_every_command_of_the_readme_is_one_that_exists() -> None:
    named = set(re.findall(r"^veriwatt (\w+)", README.read_text(), re.MULTILINE))
    help_text = subprocess.run(
        [sys.executable, "-c", "from veriwatt.cli import main; main(['--help'])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert named <= set(re.findall(r"^\W*(\w+)\b", help_text, re.MULTILINE))
