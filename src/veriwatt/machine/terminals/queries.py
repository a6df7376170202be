"""Read terminals, groups and points from the rows of a state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from veriwatt.errors import Corrupted
from veriwatt.ids import Digest, FrameId
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import StateRows
from veriwatt.machine.terminals import state_keys
from veriwatt.model.frames.number import FrameNumber, Voids
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.model.terminals.passport import Passport
from veriwatt.units import UtcMillis


@lru_cache(1 << 12)  # a list of thousands is asked for over and over, and few of them ever change
def _passport(raw: bytes) -> Passport:
    return Passport.from_bytes(raw)


def passport(rows: StateRows, org: str, terminal: str) -> Passport | None:
    raw = rows.get(state_keys.passport_key(org, terminal))
    return None if raw is None else _passport(raw)


def present_passport(rows: StateRows, org: str, terminal: str) -> Passport:
    """The terminal's passport; raises RecordNotFound if there is none."""
    record = passport(rows, org, terminal)
    if record is None:
        raise RecordNotFound("terminal", f"{org}/{terminal}")
    return record


def passports(rows: StateRows, org: str) -> Iterator[Passport]:
    for _, raw in rows.scan(state_keys.terminals_prefix(org)):
        yield _passport(raw)


def number_record(rows: StateRows, org: str, terminal: str, number: FrameNumber) -> NumberRecord | None:
    """What is recorded about one frame number of a terminal; None for most numbers."""
    raw = rows.get(state_keys.number_key(org, terminal, number))
    return None if raw is None else NumberRecord.from_bytes(raw)


def voids(rows: StateRows, org: str) -> dict[str, Voids]:
    """The void numbers of an org's terminals; a terminal without any is not in it."""
    found: dict[str, dict[FrameNumber, FrameId]] = {}
    for key, raw in rows.scan(state_keys.numbers_prefix(org)):
        void = NumberRecord.from_bytes(raw).void
        if void is not None:
            terminal, number = state_keys.number_of_key(key)
            found.setdefault(terminal, {})[number] = void.frame_id
    return dict(found)


@lru_cache(1024)  # pages ask for the same few over and over, and the calendar in it takes long to read
def _group_version(raw: bytes) -> GroupVersion:
    return GroupVersion.from_bytes(raw)


def newest_version(rows: StateRows, org: str, group: str) -> GroupVersion | None:
    raw = rows.get(state_keys.group_key(org, group))
    return None if raw is None else _group_version(raw)


def groups(rows: StateRows, org: str) -> Iterator[GroupVersion]:
    """The newest version of each group of the org."""
    for _, raw in rows.scan(state_keys.groups_prefix(org)):
        yield _group_version(raw)


def group_version(rows: StateRows, org: str, group: str, n: int) -> GroupVersion | None:
    raw = rows.get(state_keys.group_version_key(org, group, n))
    return None if raw is None else _group_version(raw)


def versions_since(rows: StateRows, org: str, group: str, since: UtcMillis) -> list[GroupVersion]:
    """The versions in force at `since` or later, and those that were to be, by what was registered at `since`."""
    newest, versions = newest_version(rows, org, group), list[GroupVersion]()
    for n in range(newest.n if newest else 0, 0, -1):
        version = group_version(rows, org, group, n)
        if version is None:
            raise Corrupted(f"the state has no version {n} of group {org}/{group}, and has a later one")
        versions.append(version)
        if max(version.in_force_from, version.registered_at) <= since:
            break
    return versions[::-1]


def definitions(rows: StateRows, org: str, group: str, n: int) -> tuple[PointDefinition, ...]:
    """The definitions of version `n`, in the order of its root; empty if there is no such version."""
    listing = rows.get(state_keys.group_listing_key(org, group, n)) or b""
    digests = [Digest(listing[at : at + Digest.LENGTH]) for at in range(0, len(listing), Digest.LENGTH)]
    return tuple(definition(rows, digest) for digest in digests)


def definition(rows: StateRows, digest: Digest) -> PointDefinition:
    """The definition with this digest, which a version or a point record names."""
    raw = rows.get(state_keys.definition_key(digest))
    if raw is None:
        raise Corrupted(f"the state names definition {digest} and does not have it")
    return PointDefinition.from_bytes(raw)


def point(rows: StateRows, org: str, point_id: str) -> PointRecord | None:
    raw = rows.get(state_keys.point_key(org, point_id))
    return None if raw is None else PointRecord.from_bytes(raw)


def register_record(rows: StateRows, org: str, point_id: str) -> RegisterRecord:
    """What is recorded of a register; nothing of most."""
    raw = rows.get(state_keys.register_key(org, point_id))
    return RegisterRecord() if raw is None else RegisterRecord.from_bytes(raw)


def point_ids(rows: StateRows, org: str) -> Iterator[str]:
    """Every point that the org has ever registered."""
    prefix = state_keys.points_prefix(org)
    return (key[len(prefix) :].decode() for key, _ in rows.scan(prefix))
