"""`make drill-soundness`: is nothing false proven, and no figure untrue? Writes build/drills/soundness.json.

    python -m tests.drills.soundness            10^5 cases, at most an hour
    python -m tests.drills.soundness --short    the same rows, smaller, at most eight minutes
    python -m tests.drills.soundness --seed 7   the same cases again

Exit 0 when every row holds, else 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from time import monotonic

from tests.drills.bench_rows import bench_rows
from tests.drills.evidence_sizes import size_rows
from tests.drills.rows import Row, none, printed, write_rows
from veriwatt.testing.soundness.campaign import run_lot
from veriwatt.testing.soundness.period_campaign import FILES_IN_LOT, run_period_lot
from veriwatt.testing.soundness.registers import RegisterTally, run_registers
from veriwatt.testing.soundness.tally import Tally

OUT = Path("build/drills/soundness.json")
PROCESSES = 2
IN_LOT, IN_SERIES = 200, 500

FILES = (
    "tests/unit/importing",
    "tests/unit/bridges",
    "tests/e2e/test_cli_figures.py",
    "tests/e2e/test_cli_exchange.py",
)
FIGURES = ("tests/e2e/test_web_figures.py",)
REGISTERS = ("tests/properties/test_hours.py", "tests/properties/test_totals_properties.py")
ATTACKS = ("tests/attacks", "tests/machine")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a run does: cases, files of periods, random registers; whether the tests of claims are fewer."""

    cases: int
    periods: int
    registers: int
    short: bool


WHOLE, SHORT = Extent(100_000, 20_000, 40_000, short=False), Extent(4_000, 1_000, 1_500, short=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="drill-soundness")
    parser.add_argument("--short", action="store_true", help="every row, smaller: at most eight minutes")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9), help="of the cases")
    asked = parser.parse_args(arguments)
    print(f"seed {asked.seed}", flush=True)
    rows = drill(SHORT if asked.short else WHOLE, asked.seed)
    write_rows(OUT, rows)
    print(printed(rows))
    return 0 if all(row.holds for row in rows) else 1


def drill(extent: Extent, seed: int) -> list[Row]:
    """Every row, the measurements of time first, while nothing else runs."""
    with TemporaryDirectory() as folder:
        rows = [*size_rows(Path(folder) / "sizes"), *bench_rows()]
    judged = [*case_rows(extent.cases, seed), *period_rows(extent.periods, seed)]
    return [*judged, *register_rows(extent.registers, seed), *claim_rows(extent, seed), *rows]


def case_rows(cases: int, seed: int) -> list[Row]:
    """Frames with fields changed, against the ground truth."""
    each = min(IN_LOT, cases)
    tally = _many(partial(_lot, cases=each), cases * 5 // 4, each, seed)  # some disclose nothing
    name = "cases: an honest frame with fields changed, signed by the enterprise's keys"
    return [
        Row(name, tally.cases, "cases", f">= {cases}"),
        none("false proofs", tally.false_proofs, "proofs"),
        none("contradictory pairs without proof of contradiction", tally.pairs, "pairs"),
        Row(
            "proven values of two frames of one number, told by both files",
            tally.contradicted,
            "files",
            f">= {cases // 100}",
        ),
        none("honest cases refused", tally.honest_refused, "cases"),
        Row("honest cases among them", tally.honest, "cases", f">= {cases // 50}"),
    ]


def period_rows(files: int, seed: int) -> list[Row]:
    """Figures of periods from parts of what was stated, against the ground truth."""
    tally = _many(_period_lot, files * 5 // 4, FILES_IN_LOT, seed)
    return [
        Row("periods: files that show a part of what was stated", tally.cases, "files", f">= {files}"),
        none("false figures of periods", tally.false_proofs, "proofs"),
        none("honest periods refused", tally.honest_refused, "files"),
    ]


def _many(run: Callable[[int], Tally], cases: int, each: int, seed: int) -> Tally:
    """What comes of so many cases, a lot for each seed from `seed` on; problems and the cases a second are printed."""
    tally, began = Tally(), monotonic()
    with ProcessPoolExecutor(PROCESSES) as pool:
        for found in pool.map(run, range(seed, seed + -(-cases // each))):
            tally.add(found)
    for problem in tally.problems:
        print(problem, flush=True)
    seconds = monotonic() - began
    print(f"{tally.cases} cases in {seconds:.0f} s, {tally.cases / seconds:.0f} a second", flush=True)
    return tally


def _lot(seed: int, cases: int) -> Tally:
    with TemporaryDirectory() as folder:
        return run_lot(Path(folder), seed, cases)


def _period_lot(seed: int) -> Tally:
    with TemporaryDirectory() as folder:
        return run_period_lot(Path(folder), seed)


def register_rows(registers: int, seed: int) -> list[Row]:
    """Random registers against the rule of steps word by word."""
    tally, each = RegisterTally(), min(IN_SERIES, registers)
    with ProcessPoolExecutor(PROCESSES) as pool:
        for found in pool.map(partial(run_registers, count=each), range(seed, seed + -(-registers // each))):
            tally.add(found)
    for problem in tally.problems:
        print(problem, flush=True)
    return [
        Row("random registers", tally.registers, "registers", f">= {registers}"),
        none("negative periods of random registers", tally.negative, "registers"),
        none("random registers whose periods do not add up", tally.not_adding_up, "registers"),
        none(
            "random registers where query, hours, evidence and the plain rule disagree",
            tally.disagreements,
            "registers",
        ),
    ]


def claim_rows(extent: Extent, seed: int) -> list[Row]:
    """The claims that are tests already, run now."""
    hypothesis = f"--hypothesis-seed={seed}"
    attacks = ATTACKS[:1] if extent.short else ATTACKS
    return [
        none(
            "attacks on evidence, ledger and terminal that are not stopped (tests/attacks)",
            failed_tests(attacks),
            "tests",
        ),
        none("cases of files and registers (16 18 19 38 43 49) with a wrong answer", failed_tests(FILES), "tests"),
        none("figures of a sample not one number on page, API, query and evidence", failed_tests(FIGURES), "tests"),
        none(
            "totals by hours and by readings that differ (property tests)", failed_tests(REGISTERS, hypothesis), "tests"
        ),
    ]


def failed_tests(paths: Sequence[str], *options: str) -> int:
    """How many tests of these paths fail, or do not run; one that is skipped, for want of a browser, counts too."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
            *options,
            *paths,
        ]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ, check=False
        )
        suites = ET.parse(report).getroot().iter("testsuite") if report.exists() else ()
        counts = [sum(int(suite.get(name, 0)) for name in ("failures", "errors", "skipped")) for suite in suites]
    if sum(counts) or done.returncode:
        print(done.stdout[-4000:], flush=True)
    return sum(counts) or int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
