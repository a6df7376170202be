from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.loghost import quarantine
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.quarantined import quarantined_bytes
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.hosts import ORG, QUARANTINE, SimHost
from veriwatt.testing.power import ForgetfulFiles
from veriwatt.verify.frame_refusals import Equivocation

FOLDER = Path("/quarantine")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def of_one_number(host: SimHost, count: int) -> list[Frame]:
    """Frames of number (0, 1) that differ."""

    def earlier(by: int) -> Edit:
        return lambda header: replace(header, collected_at=header.collected_at - by)

    return [parse_frame(host.frame(edit=earlier(n), advance=False)) for n in range(count)]


def test_a_refused_frame_is_stored_durably_under_the_hash_of_its_file(host: SimHost) -> None:
    disk = ForgetfulFiles()
    kept = Quarantine(disk, FOLDER)
    (frame,) = of_one_number(host, 1)
    kept.keep("acme", frame, "equivocation")
    kept.keep("acme", frame, "equivocation")
    kept.keep("acme", frame, "key-compromised")
    disk.cut_power()
    files = {name: disk.read(FOLDER / "acme" / name) for name in disk.names(FOLDER / "acme")}
    assert [str(object_id(raw)) for raw in files.values()] == list(files)
    assert sorted(files.values()) == sorted(
        quarantined_bytes(why, frame.upload) for why in ("equivocation", "key-compromised")
    )


def test_a_thousand_contradictions_of_one_number_are_one_file_also_after_a_restart(host: SimHost) -> None:
    first, *others = of_one_number(host, 40)
    host.accept(first.upload)
    for each in others[:20]:
        assert isinstance(host.refusal(each.upload), Equivocation)
    restarted = Quarantine(host.disk, QUARANTINE)
    for each in others[20:]:
        restarted.keep(ORG, each, Equivocation.code)
    assert len(host.disk.names(QUARANTINE / ORG)) == 1


def test_what_exceeds_a_quota_is_counted_and_not_stored(host: SimHost, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [parse_frame(host.frame()) for _ in range(5)]
    for name, limit in (("TERMINAL_FILES", 2), ("ORG_FILES", 2), ("ORG_BYTES", 2 * len(frames[0].upload) + 200)):
        with monkeypatch.context() as limits:
            limits.setattr(quarantine, name, limit)
            disk = ForgetfulFiles()
            kept = Quarantine(disk, FOLDER)
            for frame in frames:
                kept.keep("acme", frame, "equivocation")
        assert (len(disk.names(FOLDER / "acme")), kept.left_out["acme"]) == (2, 3), name


def test_the_files_of_other_orgs_count_against_the_quota_of_all(host: SimHost, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (parse_frame(host.frame()) for _ in range(2))
    monkeypatch.setattr(quarantine, "ALL_BYTES", len(first.upload) + 100)
    disk = ForgetfulFiles()
    Quarantine(disk, FOLDER).keep("acme", first, "equivocation")
    kept = Quarantine(disk, FOLDER)
    kept.keep("city", second, "equivocation")
    assert (disk.names(FOLDER / "city"), kept.left_out["city"]) == ([], 1)
