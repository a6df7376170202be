"""A second name that looks like one that is there is refused: `acme` and `аcme` would be one to a reader's eye.

A scope is what the names are compared in: all orgs, or the terminals, members, groups or points of one org.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Refused
from veriwatt.machine.state import State, StateRows, shaped_rows
from veriwatt.model.ledger.state_keys import lookalike_key
from veriwatt.model.points.id_text import skeleton, small_skeleton

ORGS = "org"


class LooksAlike(Refused):
    """A name that looks like another that is registered."""

    code = "looks-alike"

    def __init__(self, *, scope: str, name: str, existing: str) -> None:
        super().__init__(f"{scope} {name!r} looks like {existing!r}, which is registered; choose a name that differs")
        self.scope, self.name, self.existing = scope, name, existing


def terminals_of(org: str) -> str:
    return f"terminal of {org}"


def members_of(org: str) -> str:
    return f"member of {org}"


def nodes_of(org: str) -> str:
    return f"node of {org}"


def groups_of(org: str) -> str:
    return f"group of {org}"


def points_of(org: str) -> str:
    return f"point of {org}"


def check_distinct(rows: StateRows, scope: str, *names: str) -> None:
    """Raise LooksAlike if another name of the scope looks like one of `names`; a name itself may be there.

    Names that are there already are not judged again.
    """
    new = [name for name in names if not is_registered(rows, scope, name)]
    if not new:
        return
    shapes = {name: small_skeleton(name) for name in new}
    found = shaped_rows(rows, lookalike_key(scope, ""), _small, frozenset(shapes.values()))
    for name, shape in shapes.items():
        if shape in found and (existing := _name(found[shape][1])) != name:
            raise LooksAlike(scope=scope, name=name, existing=existing)


def is_registered(rows: StateRows, scope: str, name: str) -> bool:
    """Whether the very name was ever registered; raises LooksAlike if another with its skeleton is."""
    raw = rows.get(lookalike_key(scope, skeleton(name)))
    if raw is not None and (existing := _name(raw)) != name:
        raise LooksAlike(scope=scope, name=name, existing=existing)
    return raw is not None


@lru_cache(1 << 14)
def _name(raw: bytes) -> str:
    return Fields.versioned(decode(raw, "look-alike record"), "look-alike record", 2).text("name")


@lru_cache(1 << 16)  # a ledger on disk scans a scope for each new name
def _small(raw: bytes) -> str:
    """What a registered name looks like in small letters."""
    return small_skeleton(_name(raw))


def check_new_name(scope: str, name: str, existing: Iterable[str]) -> None:
    """Raise LooksAlike if `name` is none of `existing` and looks like one of them."""
    others = list(dict.fromkeys(existing))
    if name not in others:
        for each in others:
            check_distinct_names(scope, (each, name))


def check_distinct_names(scope: str, names: Sequence[str]) -> None:
    """Raise LooksAlike if two different names look alike."""
    for shape_of in (skeleton, small_skeleton):
        seen = dict[str, str]()
        for name in names:
            existing = seen.setdefault(shape_of(name), name)
            if existing != name:
                raise LooksAlike(scope=scope, name=name, existing=existing)


def write_name(state: State, scope: str, name: str) -> None:
    """Record what a new name looks like; `check_distinct` allowed it."""
    state.put(lookalike_key(scope, skeleton(name)), encode([FORMAT, name]))
