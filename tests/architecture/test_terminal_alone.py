"""A terminal runs on its own: neither its code nor its commands load the node or what the node serves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TERMINAL = Path(__file__).parents[2] / "src/veriwatt/terminal"
NOT_FOR_TERMINALS = {"node", "api", "web", "loghost", "readmodel", "ledger", "fsck"}

EVERY_MODULE = f"""
import importlib, pathlib
root = pathlib.Path({str(TERMINAL.parent.parent)!r})
for path in sorted(root.joinpath("veriwatt/terminal").rglob("*.py")):
    importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))
"""
RUN_COMMAND = """
from veriwatt.cli.main import main
try:
    main(["terminal", "run", "--home", "no/such/home"])
except SystemExit as ended:
    assert ended.code == 1, "the home is not found, after everything was loaded"
"""


@pytest.mark.parametrize("program", [EVERY_MODULE, RUN_COMMAND], ids=["every module", "terminal run"])
def test_a_terminal_runs_without_a_node(program: str) -> None:
    report = "import json, sys\nprint(json.dumps([name for name in sys.modules if name.startswith('veriwatt.')]))"
    done = subprocess.run([sys.executable, "-c", program + report], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in json.loads(done.stdout)}
    assert "terminal" in rooms
    assert rooms & NOT_FOR_TERMINALS == set()
