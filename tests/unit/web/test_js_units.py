"""The pure parts of the pages' scripts, run by `node --test`: each file of tests/unit/web/js by itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import veriwatt.web

STATIC = Path(veriwatt.web.__file__).parent / "static"
UNITS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no Node.js on this machine (Debian: apt-get install nodejs)")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name.partition(".")[0])
def test_scripts_hold_their_units(unit: Path, tmp_path: Path) -> None:
    """The scripts are copied beside a package.json: by it Node takes them for modules; a browser needs none."""
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(unit.parent, tmp_path / "js")
    assert NODE is not None
    command = [NODE, "--test", f"js/{unit.name}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# tests 0" not in done.stdout
