"""The report of fsck: each path of the home is vouched for or excused, and each problem is named with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from veriwatt.counted import counted
from veriwatt.errors import Unavailable, VeriwattError

PROBLEM_LIMIT = 1000
"""Problems reported at most; more would not describe the home better."""

COUNTED = (
    "blocks",
    "anchors",
    "frames",
    "groups_opened",
    "objects",
    "tiles",
    "journal_batches",
    "index_rows",
    "spool_frames",
    "readings",
)

Progress = Callable[[str, int, int], None]
"""Called at intervals with the kind of item that is checked, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Damage: `where` is a path relative to the home, `path#table` for a table of a database."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class NotVouched:
    """A path whose bytes fsck cannot vouch for, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A path that could not be compared in this run, and why; `unreachable` when its bytes could not be read now."""

    path: str
    why: str
    unreachable: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome. Paths are relative to the home; `path#table` names one table of a database.

    Any changed byte under `roots` (in a database: any changed row of any table) would have been reported as a
    problem. `roots` and `not_vouched` cover every file of the home except lock, WAL and shm files; a path in both
    is not vouched for. `not_compared` are paths that would have been compared if that had been possible; `checked`
    counts what was compared, and nothing else.
    """

    roots: tuple[str, ...]
    not_vouched: tuple[NotVouched, ...]
    checked: Mapping[str, int]
    problems: tuple[Finding, ...]
    not_compared: tuple[NotCompared, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything was compared, and nothing differed."""
        return not self.problems and not self.not_compared

    @property
    def is_unreachable(self) -> bool:
        return any(each.unreachable for each in self.not_compared)

    def confirmed(self, before: Report) -> Report:
        """This report with the problems alone that an earlier report of the same home has in the same places."""
        places = {problem.where for problem in before.problems}
        return replace(self, problems=tuple(problem for problem in self.problems if problem.where in places))


class Findings:
    """Collects the findings of all checks."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._roots: dict[str, None] = {}
        self._excused: dict[str, str] = {}
        self._not_compared: dict[str, NotCompared] = {}
        self._problems: dict[Finding, None] = {}
        self._beyond = 0
        self.counts: Counter[str] = Counter()

    def name(self, path: Path, table: str = "") -> str:
        """The name of a path of the home in the report."""
        relative = path.relative_to(self._root).as_posix()
        return f"{relative}#{table}" if table else relative

    def vouch(self, path: Path, table: str = "") -> None:
        self._roots[self.name(path, table)] = None

    def excuse(self, path: Path, why: str, table: str = "") -> None:
        self._excused.setdefault(self.name(path, table), why)

    def problem(self, path: Path, what: str, table: str = "") -> None:
        """Report damage; the same text for the same place is reported once."""
        found = Finding(self.name(path, table), what)
        if len(self._problems) < PROBLEM_LIMIT:
            self._problems[found] = None
        elif found not in self._problems:
            self._beyond += 1

    def not_compared(self, path: Path, why: str, table: str = "", *, unreachable: bool = False) -> None:
        """Report what could not be compared; it is not vouched for."""
        name = self.name(path, table)
        self._not_compared.setdefault(name, NotCompared(name, why, unreachable))
        self.excuse(path, f"not compared: {why}", table)

    def failed(self, path: Path, error: VeriwattError, table: str = "", before: str = "") -> None:
        """Report an error that ended a comparison: damage, or that the file could not be read now."""
        if isinstance(error, Unavailable):
            self.not_compared(path, f"{before}{error}", table, unreachable=True)
        else:
            self.problem(path, f"{before}{error}", table)

    def add(self, other: Findings, counted: Iterable[str]) -> None:
        """Add what another run over the same home found; of its counts these alone."""
        for found in other._problems:
            self._problems[found] = None
        self._beyond += other._beyond
        self._not_compared = other._not_compared | self._not_compared
        self._excused = other._excused | self._excused
        for name in counted:
            self.counts[name] += other.counts[name]

    def report(self) -> Report:
        problems = list(self._problems)
        if self._beyond:
            problems.append(Finding(".", f"and {counted(self._beyond, 'more problem', 'more problems')}"))
        excused = tuple(NotVouched(path, why) for path, why in sorted(self._excused.items()))
        counts = {name: self.counts[name] for name in COUNTED}
        not_compared = tuple(self._not_compared[path] for path in sorted(self._not_compared))
        return Report(tuple(sorted(self._roots)), excused, counts, tuple(problems), not_compared)
