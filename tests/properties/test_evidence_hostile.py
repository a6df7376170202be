"""Whatever an evidence file holds, verifying it proves something or says which step failed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed
from veriwatt.testing.worlds import SimWorld
from veriwatt.verify.claims.kinds import parse_evidence
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed

LEAVES = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.binary(max_size=80),
    st.text(max_size=8),
    st.none(),
    st.booleans(),
    st.just([]),
    st.floats(),
    st.dictionaries(st.integers(), st.none(), max_size=2),
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4), max_leaves=12)


@cache
def honest() -> bytes:
    with TemporaryDirectory() as folder:
        world = SimWorld(Path(folder))
        for day in range(2):
            world.day(day)
            world.anchor()
        raw = world.evidence(0, 41).to_bytes()
        world.close()
    return raw


@cache
def places() -> list[tuple[int, ...]]:
    """The way to every value inside the file."""

    def walk(value: object, way: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield way
        if isinstance(value, list):
            for at, each in enumerate(value):
                yield from walk(each, (*way, at))

    return list(walk(decode(honest()), ()))


@given(st.binary(max_size=200))
def test_random_bytes_fail_at_the_first_step(raw: bytes) -> None:
    assert step_of(raw) == 1


@given(VALUES)
def test_any_other_record_fails_at_the_first_step(value: object) -> None:
    assert step_of(encode(value)) == 1  # type: ignore[arg-type]


@given(st.data())
def test_a_value_replaced_anywhere_is_refused(data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(places()))
    altered = encode(put(decode(honest()), way, data.draw(VALUES)))  # type: ignore[arg-type]
    assert altered == honest() or step_of(altered) >= 1


@given(st.data())
def test_a_slightly_changed_number_is_refused(data: st.DataObject) -> None:
    numbers = [way for way in places() if type(get(decode(honest()), way)) is int]
    way = data.draw(st.sampled_from(numbers))
    number = get(decode(honest()), way)
    assert isinstance(number, int)
    moved = number + data.draw(st.integers(-5, 5).filter(bool))
    assert step_of(encode(put(decode(honest()), way, moved))) >= 1  # type: ignore[arg-type]


@given(st.data())
def test_bytes_replaced_by_others_of_their_length_are_refused(data: st.DataObject) -> None:
    strings = [way for way in places() if type(get(decode(honest()), way)) is bytes]
    way = data.draw(st.sampled_from(strings))
    old = get(decode(honest()), way)
    assert isinstance(old, bytes)
    new = data.draw(st.binary(min_size=len(old), max_size=len(old)))
    altered = encode(put(decode(honest()), way, new))  # type: ignore[arg-type]
    assert new == old or step_of(altered) >= 1


@given(st.binary(max_size=400))
def test_only_malformed_leaves_the_parser(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_evidence(raw)


def test_an_evidence_file_reads_back_as_it_was_written() -> None:
    assert parse_evidence(honest()).to_bytes() == honest()


def step_of(raw: bytes) -> int:
    """The step that refuses; fails when `raw` is accepted, or when anything but a refusal comes out."""
    try:
        verify_evidence(raw, None, 1_800_000_000_000)
    except StepFailed as failed:
        return failed.step
    raise AssertionError(f"accepted: {raw.hex()}")


def get(value: object, way: tuple[int, ...]) -> object:
    for at in way:
        assert isinstance(value, list)
        value = value[at]
    return value


def put(value: object, way: tuple[int, ...], new: object) -> object:
    if not way:
        return new
    assert isinstance(value, list)
    return [put(each, way[1:], new) if at == way[0] else each for at, each in enumerate(value)]
