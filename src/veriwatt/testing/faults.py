"""Making the outside calls of a scenario fail, each once: one plan, three ways to fail, one sweep.

    for plan in sweep(run):          # run(plan) builds a fresh world and performs the scenario
        ...                          # the caller reopens the world and checks it

`run` gives the plan to what it calls: `plan.around` for an object, `plan.patch` for a class whose objects are made
out of reach, `faulty_connection` for SQLite.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from enum import Enum, auto
from functools import partial, wraps
from itertools import count
from typing import Any, TypeVar, cast

from veriwatt.errors import Unavailable

T = TypeVar("T")

FILE_CHANGES = ("append", "truncate", "sync", "replace", "unlink", "make_folder", "sync_folder")
"""The calls of `Files` that change the disk."""


class Cut(Exception):
    """The scenario ends here; not an error of the product, so nothing in it catches this."""


class Failure(Enum):
    """What the chosen call does in place of returning."""

    CUT = auto()
    """Raises `Cut`: the process dies, as far as the scenario can see."""
    REPORT = auto()
    """Raises an error of the product, and the scenario goes on as its callers do."""
    KILL = auto()
    """Kills the process: nothing is closed, nothing is flushed."""


class FaultPlan:
    """Fails call number `nth`, after it took effect when `applied`; number 0 is none."""

    def __init__(self, nth: int = 0, *, applied: bool = False, failure: Failure = Failure.CUT) -> None:
        self.nth, self.applied, self.failure = nth, applied, failure
        self.calls, self.failed = 0, ""

    def __repr__(self) -> str:
        return f"call {self.nth} {self.failed} {'applied, reported lost' if self.applied else 'lost'}"

    def call(self, outside: Callable[[], T], name: str = "", *, reports: type[Exception] = Unavailable) -> T:
        """Do `outside`, or fail in its place; `failed` is then the name of the call."""
        self.calls += 1
        if self.calls != self.nth:
            return outside()
        self.failed = name
        if self.applied:
            outside()
        if self.failure is Failure.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        raise Cut if self.failure is Failure.CUT else reports(f"simulated: {self}")

    def around(self, target: T, names: Collection[str] = ()) -> T:
        """`target` for its callers, with the methods of these names, or all, as calls of this plan."""
        return cast("T", _Faulty(self, target, names))

    def patch(self, owner: type, names: Collection[str]) -> None:
        """Make the methods of these names calls of this plan, for every object of the class in this process."""
        for name in names:
            setattr(owner, name, self.counted(name, getattr(owner, name)))

    def counted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method as a call of this plan."""

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            return self.call(lambda: method(*args, **kwargs), name)

        return call


def sweep(run: Callable[[FaultPlan], None], failure: Failure = Failure.CUT, *, step: int = 1) -> Iterator[FaultPlan]:
    """Run the scenario once for every `step`-th outside call, lost and applied; yields after each run that reached it.

    With KILL each run is a forked process, and calls are only lost: killed after a call is killed before the next.
    """
    for nth in count(1, step):
        for applied in (False,) if failure is Failure.KILL else (False, True):
            plan = FaultPlan(nth, applied=applied, failure=failure)
            if not (_is_killed if failure is Failure.KILL else _reaches_its_call)(run, plan):
                return
            yield plan


def faulty_connection(plan: FaultPlan, spared: Collection[str] = ()) -> type[sqlite3.Connection]:
    """SQLite connections whose statements are calls of the plan, named by their first word, each row its own call.

    Args:
        plan: it reports a failure as SQLite reports a failing disk.
        spared: the first words of statements that are no calls of the plan.
    """

    def call(sql: str, outside: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        verb = sql.split(maxsplit=1)[0].upper()
        return outside() if verb in spared else plan.call(outside, verb, reports=sqlite3.OperationalError)

    class FaultyConnection(sqlite3.Connection):
        def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
            return call(sql, lambda: super(FaultyConnection, self).execute(sql, values))

        def executemany(self, sql: str, rows: Iterable[Any], /) -> sqlite3.Cursor:
            cursor = self.cursor()
            for row in rows:
                call(sql, partial(cursor.execute, sql, row))
            return cursor

    return FaultyConnection


class _Faulty:
    """Passes every attribute on; the methods of `names`, or all, are calls of the plan."""

    def __init__(self, plan: FaultPlan, target: object, names: Collection[str]) -> None:
        self._plan, self._target, self._names = plan, target, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        is_call = callable(found) and (not self._names or name in self._names)
        return self._plan.counted(name, found) if is_call else found


def _reaches_its_call(run: Callable[[FaultPlan], None], plan: FaultPlan) -> bool:
    try:
        run(plan)
    except Cut:
        assert plan.calls == plan.nth, "the process went on after it died"
    return plan.calls >= plan.nth


def _is_killed(run: Callable[[FaultPlan], None], plan: FaultPlan) -> bool:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run(plan)
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}, f"the scenario ended with {status}"
    return status != 0
