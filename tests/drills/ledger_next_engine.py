"""Rows of the next CometBFT under the same contract suite: one adapter serves both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.drills.rows import Row, none

ENGINE = "cometbft-0.40"
SUITE = "tests/contracts/ledger/test_comet_contract.py"


def next_engine_rows(folder: Path) -> list[Row]:
    """Build it, and run the contract of a ledger on networks of it; without it no test passed, and it is said why."""
    folder.mkdir()
    report, program = folder / "report.xml", Path("build/engines", ENGINE).absolute()
    built = subprocess.run(["sh", "scripts/engines.sh", ".venv", ENGINE], capture_output=True, text=True, check=False)
    if built.returncode:
        print(f"{ENGINE} cannot be built here: {built.stderr.strip()}", file=sys.stderr)
        return _rows(0, 0)
    words = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", f"--junitxml={report}", SUITE]
    environment = os.environ | {"VERIWATT_TEST_COMETBFT": str(program)}
    subprocess.run(words, env=environment, capture_output=True, check=False)
    (suite,) = ET.parse(report).getroot().iter("testsuite")
    count, failed = int(suite.attrib["tests"]), int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    return _rows(count - failed - int(suite.attrib["skipped"]), failed)


def _rows(passed: int, failed: int) -> list[Row]:
    return [
        Row("CometBFT v0.40: tests of the ledger's contract that pass", passed, "tests", ">= 1"),
        none("CometBFT v0.40: tests of the ledger's contract that fail", failed, "tests"),
    ]
