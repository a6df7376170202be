from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Malformed, Missing
from veriwatt.store.local import MAX_OBJECT, DamagedObject, LocalStore
from veriwatt.testing.faults import FaultyFiles, sweep
from veriwatt.testing.power import ForgetfulFiles

FOLDER = Path("/objects")


def test_an_object_is_found_by_the_hash_of_its_bytes() -> None:
    store = LocalStore(ForgetfulFiles(), FOLDER)
    name = store.put(b"data")
    assert name == object_id(b"data")
    assert (store.get(name), store.has(name), list(store.ids())) == (b"data", True, [name])


def test_an_absent_object_is_missing() -> None:
    store = LocalStore(ForgetfulFiles(), FOLDER)
    assert not store.has(object_id(b"data"))
    with pytest.raises(Missing):
        store.get(object_id(b"data"))


def test_rot_is_found_when_an_object_is_read_and_mended_when_it_is_put_again() -> None:
    disk = ForgetfulFiles()
    store = LocalStore(disk, FOLDER)
    name = store.put(b"data")
    disk.edit(store.path(name), b"dat.")
    with pytest.raises(DamagedObject):
        store.get(name)
    store.put(b"data")
    assert store.get(name) == b"data"


def test_an_object_is_deleted() -> None:
    store = LocalStore(ForgetfulFiles(), FOLDER)
    name = store.put(b"data")
    store.delete(name)
    assert not store.has(name)


def test_an_object_beyond_the_bound_is_refused() -> None:
    with pytest.raises(Malformed):
        LocalStore(ForgetfulFiles(), FOLDER).put(bytes(MAX_OBJECT + 1))


def test_a_half_written_object_is_not_listed() -> None:
    disk = ForgetfulFiles()
    store = LocalStore(disk, FOLDER)
    path = store.path(store.put(b"data"))
    disk.append(path.with_name(f".{path.name}.new"), b"da")
    assert list(store.ids()) == [object_id(b"data")]


def test_an_object_put_again_after_a_death_is_durable_on_return() -> None:
    disks: list[ForgetfulFiles] = []

    def run(plan: object) -> None:
        disks.append(ForgetfulFiles())
        LocalStore(FaultyFiles(disks[-1], plan), FOLDER).put(b"data")  # type: ignore[arg-type]

    for plan in sweep(run):
        store = LocalStore(disks[-1], FOLDER)
        name = store.put(b"data")
        disks[-1].cut_power()
        assert store.get(name) == b"data", plan
