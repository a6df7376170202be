"""What the maker of a file may change once frames are anchored: the claim, what it discloses, any field of the file.

Nothing here is signed, so every change must be refused, or claim another thing that is true.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from veriwatt.encoding import Value, encode
from veriwatt.testing.soundness.cases import Case, Change, Scene, slot_of
from veriwatt.testing.soundness.naive_calendar import DAY, MINUTE, minutes_of


def start(rng: Random, scene: Scene, case: Case) -> Case:
    length = (minutes_of(slot_of(case.told)) or 24 * 60) * MINUTE
    moved = case.told.start + rng.choice((-length, length, -1, 1, length // 2, DAY, -DAY))
    return replace(case, told=replace(case.told, start=rng.choice((moved, rng.choice(scene.times(case))))))


def point(rng: Random, scene: Scene, case: Case) -> Case:
    """Another point, with its own definition or that of the claimed one."""
    version = rng.choice(scene.shop.versions)
    other = rng.choice(version.definitions)
    told = replace(case.told, point=str(other["id"]))
    if rng.random() < 0.5:
        told = replace(told, definition=encode(list(other.values())))
    return replace(case, told=told)


def version(rng: Random, scene: Scene, case: Case) -> Case:
    """Another version, with its definition of the point or the one of before."""
    told = case.told
    other = rng.choice(scene.shop.versions)
    told = replace(told, version=other)
    own = next((each for each in other.definitions if each["id"] == told.point), None)
    if own is not None and rng.random() < 0.7:
        told = replace(told, definition=encode(list(own.values())))
    return replace(case, told=told)


def version_as_named(rng: Random, scene: Scene, case: Case) -> Case:
    """Header and file name another version of the group alike: one that was replaced, or is in force later."""
    group = case.frame.groups[0]
    others = [each for each in scene.shop.versions if each.group == group.group]
    if not others:
        return case
    other = rng.choice(others)
    own = next((each for each in other.definitions if each["id"] == case.told.point), None)
    if own is None:
        return case
    frame = replace(
        case.frame, groups=(replace(group, version=other.n, definition_root=other.root), *case.frame.groups[1:])
    )
    told = replace(case.told, version=other, definition=encode(list(own.values())), column=other.index(case.told.point))
    return replace(case, frame=frame, told=told)


def place(rng: Random, scene: Scene, case: Case) -> Case:
    """Another leaf, another column, another frame."""
    told = case.told
    which = rng.randrange(3)
    if which == 0:
        return replace(case, told=replace(told, leaf=rng.choice((0, told.leaf + 1, max(0, told.leaf - 1)))))
    if which == 1:
        return replace(case, told=replace(told, column=rng.randrange(len(case.frame.groups[0].columns))))
    return replace(case, told=replace(told, position=rng.randrange(len(scene.shop.frames) + 1)))


def change_file(rng: Random, file: list[Value]) -> list[Value]:
    """A copy of the file with one field, at any depth, changed."""
    changed = _copied(file)
    here, at = changed, rng.randrange(len(changed))
    while isinstance(inner := here[at], list) and inner and rng.random() < 0.9:
        here, at = inner, rng.randrange(len(inner))
    here[at] = _other(rng, here[at])
    if rng.random() < 0.1:
        here.insert(at, here[at]) if rng.random() < 0.5 else here.pop(at)
    return changed


def _other(rng: Random, value: Value) -> Value:
    """A value like this one, and not it: boundary values for numbers, an altered byte for strings."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice((value + 1, value - 1, 0, -1, 2 * value + 1, 2**63 - 1, 2**64 - 1, 96, value ^ 1))
    if isinstance(value, bytes):
        if not value:
            return b"\x00"
        at = rng.randrange(len(value))
        edited = value[:at] + bytes([value[at] ^ 1 << rng.randrange(8)]) + value[at + 1 :]
        return rng.choice((edited, edited, value[:-1], value + b"\x00", value[32:], value + bytes(32), b""))
    if isinstance(value, str):
        return rng.choice((value + "x", value[:-1], "", value.upper(), "metro", "t2"))
    if value is None:
        return rng.choice((0, b"", [], False))
    return rng.choice(([], None, 0))


def _copied(value: list[Value]) -> list[Value]:
    return [_copied(each) if isinstance(each, list) else each for each in value]


CLAIM_CHANGES: tuple[Change, ...] = (start, point, version, version_as_named, place)
