"""Assign the series of a source to groups, and check them against registered points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

import numpy as np

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput, NotFound
from veriwatt.ids import Digest
from veriwatt.importing.own_slots import UNSTATED
from veriwatt.membership.point_registration import check_same_definition, free_name
from veriwatt.metering.series import Series, Source, SourceReadings
from veriwatt.model.frames.origin import File
from veriwatt.model.frames.statuses import has_value
from veriwatt.model.points.point import PointDefinition
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView


def as_registered(readings: SourceReadings, points: Points, view: ReadingsView, org: str) -> SourceReadings:
    """The readings with the newest definitions of registered points that state the same as the source does.

    Raises:
        BadInput: a point never had such a definition, or the same file was imported into it under other settings that
            gave other slots or values.
    """
    series = tuple(_registered(each, points, org) for each in readings.series)
    _check_settings(readings.source, series, points, view, org)
    return replace(readings, series=series)


def _registered(series: Series, points: Points, org: str) -> Series:
    stated, record = series.definition, points.record(org, series.definition.id)
    if record is None:
        return series
    registered = [points.defined(org, stated.id, each) for each in reversed(record.series)]
    meant = next((each for each in registered if _completed(stated, each) == each), registered[0])
    check_same_definition(meant, _completed(stated, meant), of_values=True)
    return replace(series, definition=meant)


def _completed(stated: PointDefinition, registered: PointDefinition) -> PointDefinition:
    """What a source states of a point, with what it left out as it is registered."""
    defaults = {each.name: each.default for each in fields(PointDefinition)}
    unstated = {key: getattr(registered, key) for key in UNSTATED if getattr(stated, key) == defaults[key]}
    return replace(stated, **unstated)


def group_settings(members: Sequence[Series]) -> Digest:
    """One digest of the settings of all series of a group; the origin of its frames states it."""
    return _together(s.settings for s in _in_order(members))


def _in_order(members: Sequence[Series]) -> list[Series]:
    return sorted(members, key=lambda s: s.definition.id)


def _together(settings: Iterable[Digest]) -> Digest:
    return sha256(b"".join(settings))


def by_group(all_series: Sequence[Series], points: Points, org: str) -> dict[str, list[Series]]:
    """The series by group: the registered group of the point, or for a new point a new group named `Series.group`.

    A new point never joins a registered group, so that an import never redefines a group; if the name is taken, "-2",
    "-3", ... is appended. Points with other zones, beginnings of days or key windows get separate groups: a group has
    one of each.
    """
    groups: dict[str, list[Series]] = defaultdict(list)
    taken = {group.version.group for group in points.all(org)}
    new: dict[tuple[str, str, int, str], str] = {}
    for series in all_series:
        definition = series.definition
        try:
            name = points.group_of(org, definition.id).version.group
        except NotFound:
            length = definition.slot if definition.minutes is None else "minutes"
            kind = (series.group, definition.timezone, definition.day_begins, length)
            if kind not in new:
                new[kind] = free_name(series.group, taken)
                taken.add(new[kind])
            name = new[kind]
        groups[name].append(series)
    return dict(groups)


def _check_settings(source: Source, all_series: Sequence[Series], points: Points, view: ReadingsView, org: str) -> None:
    """Compare with what the file stated before, whatever groups its points were in then.

    What another sheet or column of it stated is compared slot by slot, as the values of any other file.
    """
    file = source.origin(group_settings(all_series))
    if not isinstance(file, File):
        return
    before = view.settings_of(org, file.sha256)
    for members in by_group(all_series, points, org).values():
        before -= {group_settings(members)}
        if before:
            before -= _settings_of_other_parts(members)
    if not before:
        return
    other = [series.definition.id for series in all_series if not _restates(series, view, org, file.sha256)]
    if other:
        raise BadInput(
            where=source.name,
            value=", ".join(other),
            why="this very file was imported into these points under another mapping, which gave other slots or values",
            remedy="use the mapping of the first import, or new point ids; if this is another part of the file, with "
            "readings that no import took, save that part as a file of its own and import it",
        )


def _settings_of_other_parts(members: Sequence[Series]) -> set[Digest]:
    """The settings under which the points of a group have their values from other sheets or columns of the file.

    Another column is one of a point that is alone in its group, as frames state one digest for all points.
    """
    parts = [each.parts for each in _in_order(members) if each.parts is not None]
    if len(parts) < len(members):
        return set()
    found = {_together(of_sheet) for of_sheet in zip(*(each.sheet_settings() for each in parts), strict=True)}
    if len(parts) == 1:
        found |= {_together([each]) for each in parts[0].column_settings()}
    return found


def _restates(series: Series, view: ReadingsView, org: str, source: bytes) -> bool:
    """Whether a series has every slot that its file stated before, with the same value and status.

    Then the other mapping only says how cells are read that the first one refused: it adds those slots.
    """
    try:
        stated = view.stated_by(org, series.definition.id, source)
    except NotFound:
        return True
    at = np.minimum(np.searchsorted(series.starts, stated.starts), len(series.starts) - 1)
    same = (series.starts[at] == stated.starts) & (series.ends[at] == stated.stops)
    same &= (series.statuses[at] == stated.statuses) & (
        (series.values[at] == stated.values) | ~has_value(stated.statuses)
    )
    return bool(same.all())
