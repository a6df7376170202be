"""Definitions that differ in their ids alone are read faster, and are what reading each by itself gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.points.id_text import check_id_text
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.units import Decimal10

ALIKE = PointDefinition(
    "-", "electricity", "kWh", Kind.REGISTER, -2, 1, "15m", "UTC", 0, Decimal10(3, 1), terminal="t0", parent="main"
)
IDS = st.one_of(
    st.sampled_from(
        ["main", "-", "", " a", "a  b", "a\tb", "é", "x" * 24, "x" * 128, "x" * 129, "x" * 256, "рay", "Ⅳ"]
    ),
    st.text(max_size=140),
)


def plainly(raw: bytes) -> PointDefinition | str:
    """The definition read field by field, or what is wrong with it."""
    try:
        return PointDefinition.parse(decode(raw, "point definition"))
    except Malformed as error:
        return str(error)


def read(raw: bytes) -> PointDefinition | str:
    try:
        return PointDefinition.from_bytes(raw)
    except Malformed as error:
        return str(error)


@given(IDS)
def test_a_definition_is_read_as_alone_whatever_its_id(point: str) -> None:
    fields = ALIKE.fields()
    raw = encode([fields[0], point, *fields[2:]])
    read(ALIKE.to_bytes())
    assert read(raw) == plainly(raw)


@given(st.integers(0, 60), st.integers(0, 255), st.integers(0, 2))
def test_changed_bytes_are_read_as_alone(at: int, byte: int, how: int) -> None:
    raw = replace(ALIKE, id="p" * 30).to_bytes()
    at %= len(raw)
    changed = (raw[:at] + bytes([byte]) + raw[at + how :]) if how else raw[:at]
    read(raw)
    assert read(changed) == plainly(changed)


@pytest.mark.parametrize("point", ["a b", "a/b", "~", "A1.8.0|x", "a'b"])
def test_an_id_of_plain_ascii_is_an_id(point: str) -> None:
    assert check_id_text(point) == point


@pytest.mark.parametrize("point", [" a", "a ", "a  b", "a\x7fb", "a\nb"])
def test_blanks_and_controls_of_ascii_are_refused(point: str) -> None:
    with pytest.raises(Malformed):
        check_id_text(point)
