"""The repository holds no marks left behind, no host of a registry, no path of one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINARY = (".png", ".ico", ".woff2", ".parquet", ".xlsx", ".gz", ".zst", ".vwe", ".db", ".bin", ".cbor")
MADE_ELSEWHERE = ("LICENSE", ".lock", "go.sum", ".min.js", ".min.css")


def words(*halves: tuple[str, str]) -> re.Pattern[str]:
    """A pattern for the joined halves, so that this page does not hold what it looks for."""
    return re.compile("|".join(first + second for first, second in halves))


REGISTRIES = words(
    ("pypi", r"\.org"),
    ("python", r"hosted\.org"),
    ("registry", r"\.npmjs"),
    ("crates", r"\.io/"),
    ("proxy", r"\.golang\.org"),
    ("repo1?", r"\.maven"),
    ("deb", r"\.debian\.org"),
)
MARKS = words((r"\bTO", r"DO\b"), (r"\bFIX", r"ME\b"), (r"\bXX", r"X\b"), (r"\bHA", r"CK\b"))
MACHINE_PATHS = words((r"(?<![\w.])/wo", r"rk/"), (r"(?<![\w.])/ro", r"ot\b"), (r"(?<![\w.])/ho", r"me/[a-z]"))


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and not path.name.endswith(BINARY)]


def found(pattern: re.Pattern[str], paths: list[Path], root: Path = ROOT) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}: {match.group()}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := pattern.search(line))
    ]


def own_files() -> list[Path]:
    """What is written here: not what a tool makes, nor a vendored library."""
    return [p for p in committed() if not p.name.endswith(MADE_ELSEWHERE) and "vendor" not in p.parts]


def test_no_file_names_the_host_of_a_registry() -> None:
    assert found(REGISTRIES, committed()) == []


def test_no_file_holds_a_mark_of_unfinished_work() -> None:
    assert found(MARKS, own_files()) == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert found(MACHINE_PATHS, own_files()) == []


@pytest.mark.parametrize(
    ("pattern", "planted"),
    [
        (REGISTRIES, "https://files.python" + "hosted.org/x"),
        (MARKS, "# TO" + "DO later"),
        (MACHINE_PATHS, "open('/wo" + "rk/x')"),
    ],
)
def test_planted_word_is_found(pattern: re.Pattern[str], planted: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"first\n{planted}\n")
    assert len(found(pattern, [tmp_path / "page.md"], tmp_path)) == 1
