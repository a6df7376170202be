"""Whatever a file holds, every door gives a verdict: no number, time or byte ends in an error instead of a refusal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tests.attacks.evidence_cases import EvidenceReader, anchored_days, step_that_refuses
from veriwatt.cli.verify import verify
from veriwatt.encoding import Value, decode, encode
from veriwatt.model.evidence.file_limits import MAX_EVIDENCE
from veriwatt.reading.fact_times import with_local_times
from veriwatt.testing.edits import replace
from veriwatt.units import Interval
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.time_bounds import LATEST
from veriwatt.verify.verdict import Verdict

BEYOND = (-1, -(2**63), LATEST + 1, 2**53, 2**62, 2**63 - 1)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> EvidenceReader:
    return anchored_days(tmp_path_factory.mktemp("doors"))


@pytest.fixture(scope="module")
def raw(reader: EvidenceReader) -> bytes:
    return reader.world.evidence(1, 41).to_bytes()


def numbers(value: Value, way: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """The way to every number in the file."""
    if type(value) is int:
        yield way
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from numbers(each, (*way, at))


def put(value: Value, way: tuple[int, ...], new: Value) -> Value:
    if not way:
        return new
    assert isinstance(value, list)
    return [put(each, way[1:], new) if at == way[0] else each for at, each in enumerate(value)]


def test_a_number_beyond_its_bounds_is_refused_wherever_it_stands(reader: EvidenceReader, raw: bytes) -> None:
    record = decode(raw)
    for way in numbers(record):
        for number in BEYOND:
            altered = encode(put(record, way, number))
            outcome = verification_outcome(altered, reader.trust, reader.now)
            assert outcome.verdict is Verdict.REFUSED or altered == raw
            with_local_times(outcome.facts)


@pytest.mark.parametrize("beyond", [LATEST + 1, 2**53, 2**62])
def test_times_that_the_enterprise_signs_beyond_their_bounds_are_refused_at_step_1(tmp_path: Path, beyond: int) -> None:
    world = anchored_days(tmp_path).world
    edits = {
        "collected": lambda h: replace(h, collected_at=beyond),
        "window": lambda h: replace(h, window=Interval(h.window.start, beyond)),
    }
    for edit in edits.values():
        made = world.made(world.window(2), world.columns(2), edit=edit)
        world.append(made)
        world.anchor()
        shown = world.shown(made, world.columns(2)["plant"], world.claim(2, 41))
        assert step_that_refuses(lambda shown=shown: EvidenceReader(world).verify(shown)) == 1  # type: ignore[misc]


def test_files_that_cannot_be_read_as_evidence_are_refused_at_the_command_line(
    tmp_path: Path, raw: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "huge").write_bytes(raw + bytes(MAX_EVIDENCE))
    (tmp_path / "text").write_text("hello")
    names = ["folder", "empty", "huge", "text"]
    if os.geteuid():
        (tmp_path / "closed").write_bytes(raw)
        (tmp_path / "closed").chmod(0)
        names.append("closed")
    for name in names:
        with pytest.raises(typer.Exit) as ended:
            verify(tmp_path / name, None, None, as_json=True)
        assert ended.value.exit_code == 1, name
        said = json.loads(capsys.readouterr().out)
        assert (said["verdict"], said["failed"]["step"]) == ("refused", 1), name
