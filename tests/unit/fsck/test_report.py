"""A report names each thing once, relative to the home, and stays readable when everything is broken."""

from __future__ import annotations

from pathlib import Path

from veriwatt.fsck.report import COUNTED, PROBLEM_LIMIT, Findings

ROOT = Path("/home-of-acme")


def test_paths_are_relative_and_a_table_follows_a_hash() -> None:
    findings = Findings(ROOT)
    findings.vouch(ROOT / "terminals" / "a" / "spool.db", "tip")
    findings.excuse(ROOT / "node.toml", "settings")
    findings.problem(ROOT / "index.db", "row 3", "frames")
    report = findings.report()
    assert report.roots == ("terminals/a/spool.db#tip",)
    assert [each.path for each in report.not_vouched] == ["node.toml"]
    assert [(p.where, p.what) for p in report.problems] == [("index.db#frames", "row 3")]
    assert not report.ok
    assert set(report.checked) == set(COUNTED)


def test_the_first_reason_stays() -> None:
    findings = Findings(ROOT)
    findings.excuse(ROOT / "readings.duckdb", "in use")
    findings.excuse(ROOT / "readings.duckdb", "a cache")
    assert [each.why for each in findings.report().not_vouched] == ["in use"]


def test_a_thousand_problems_are_named_and_the_rest_counted() -> None:
    findings = Findings(ROOT)
    for n in range(PROBLEM_LIMIT + 7):
        findings.problem(ROOT / "index.db", f"row {n}")
        findings.problem(ROOT / "index.db", "row 0")
    problems = findings.report().problems
    assert len(problems) == PROBLEM_LIMIT + 1
    assert problems[-1].what == "and 7 more problems"
