"""The points of an org, with their definitions and groups, as the ledger's state has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from veriwatt.errors import Missing, Refused
from veriwatt.machine.members.queries import organisations
from veriwatt.machine.terminals import queries
from veriwatt.model.group import GroupVersion
from veriwatt.model.point import PointDefinition
from veriwatt.model.statuses import Spans, join_spans
from veriwatt.ports import Ledger
from veriwatt.readmodel.grids import key_window_of, slot_count
from veriwatt.units import Interval, UtcMillis


class WrongSlots(Refused):
    """A group whose spans are not the slots of its registered points in the frame's window."""

    code = "wrong-slots"

    def __init__(self, group: str, window: Interval) -> None:
        span = f"[{window.start}, {window.end})"
        super().__init__(f"group {group!r}: its spans are not the slots of its points in {span}")
        self.group, self.window = group, window


@dataclass(frozen=True, slots=True)
class GroupPoints:
    """A version of an org's group with its definitions, in the order of its root.

    `grids` says how the points fall to slot lengths: pairs (points, slot), neighbours different in slot.
    """

    org: str
    version: GroupVersion
    definitions: tuple[PointDefinition, ...]
    grids: tuple[tuple[int, str], ...]

    def ordinal(self, point: str) -> int:
        """The place of a point in the group; Missing when it is not there."""
        for i, definition in enumerate(self.definitions):
            if definition.id == point:
                return i
        raise Missing(f"group {self.version.group!r} has no point {point!r}")

    def point_id(self, named: str) -> str:
        """The id of a point that may have been named with its org, `org/point`."""
        own = {definition.id for definition in self.definitions}
        return named if named in own else named.removeprefix(f"{self.org}/")

    def definition(self, point: str) -> PointDefinition:
        return self.definitions[self.ordinal(point)]

    def check_slots(self, group: str, spans: Spans, window: Interval) -> None:
        """Raise Refused unless the spans that a frame states for a group are the slots of these points in its window.

        Raises:
            CrossesKeyWindow: the window lies in two key windows of the group.
            WrongSlots: a point has more or fewer slots in it.
        """
        key_window_of(self.version.key_window, self.version.timezone, window)
        zone = self.version.timezone
        if spans != join_spans((points, slot_count(zone, slot, window)) for points, slot in self.grids):
            raise WrongSlots(group, window)


class Points:
    """Looks points up on the ledger; versions never change, so each is read once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._version = lru_cache(4096)(self._read)
        self.with_root = lru_cache(4096)(self._with_root)

    def newest(self, org: str, group: str) -> GroupPoints:
        """The newest version of a group; Missing when the org has no such group."""
        version = queries.newest_version(self._ledger, org, group)
        if version is None:
            raise Missing(f"org {org!r} has no group {group!r}")
        return self._version(org, group, version.n)

    def holding(self, org: str, group: str, root: bytes, t: UtcMillis) -> GroupPoints:
        """Of several versions with this root, as after a change was taken back, the newest that had begun by `t`."""
        newest = self._with_root(org, group, root)
        return next((found for found in self._of_root(org, group, root) if found.version.effective_from <= t), newest)

    def _with_root(self, org: str, group: str, root: bytes) -> GroupPoints:
        """The newest version of a group whose definitions have this root; Missing when none does."""
        for found in self._of_root(org, group, root):
            return found
        raise Missing(f"org {org!r} has registered no version of group {group!r} with root {root.hex()}")

    def _of_root(self, org: str, group: str, root: bytes) -> Iterator[GroupPoints]:
        versions = (self._version(org, group, n) for n in range(self.newest(org, group).version.n, 0, -1))
        return (found for found in versions if found.version.root == root)

    def group_of(self, org: str, point: str) -> GroupPoints:
        """The newest version of the group that holds a point; Missing when the org has no such point."""
        series = queries.point(self._ledger, org, point)
        if series is None:
            raise Missing(f"org {org!r} has no point {point!r}; `veriwatt points list` shows those there are")
        return self.newest(org, series.group)

    def all(self, org: str) -> list[GroupPoints]:
        """The newest version of every group of the org, in order of their names."""
        return [self._version(org, v.group, v.n) for v in queries.groups(self._ledger, org)]

    def find(self, point: str, org: str | None = None) -> GroupPoints:
        """The group of a point that one org has; `org/point` or `org` says which where several do.

        Raises:
            Missing: no org has the point, or several do and none was named.
        """
        named, _, rest = point.partition("/")
        orgs = [o.org for o in organisations(self._ledger) if org in (None, o.org)]
        if named in orgs and queries.point(self._ledger, named, rest):
            return self.group_of(named, rest)
        having = [o for o in orgs if queries.point(self._ledger, o, point)]
        if len(having) != 1:
            raise Missing(
                f"several orgs have a point {point!r}: say {' or '.join(f'{o}/{point}' for o in having)}"
                if having
                else f"there is no point {point!r}; `veriwatt points list` shows those there are"
            )
        return self.group_of(having[0], point)

    def _read(self, org: str, group: str, n: int) -> GroupPoints:
        version = queries.group_version(self._ledger, org, group, n)
        if version is None:
            raise Missing(f"org {org!r} has no version {n} of group {group!r}")
        definitions = queries.definitions(self._ledger, org, group, n)
        grids = tuple((len(list(same)), slot) for slot, same in groupby(definitions, lambda each: each.slot))
        return GroupPoints(org, version, definitions, grids)
