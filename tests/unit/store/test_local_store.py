from __future__ import annotations

from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.store.local_blobs import LocalStore
from veriwatt.testing.faults import FILE_CHANGES, FaultPlan, sweep
from veriwatt.testing.power import ForgetfulFiles

FOLDER = Path("/objects")


def test_a_half_written_object_is_not_listed() -> None:
    disk = ForgetfulFiles()
    store = LocalStore(disk, FOLDER)
    path = store.path(store.put(b"data"))
    disk.append(path.with_name(f".{path.name}.new"), b"da")
    assert list(store.ids()) == [object_id(b"data")]


def test_an_object_put_again_after_a_death_is_durable_on_return() -> None:
    disks: list[ForgetfulFiles] = []

    def run(plan: FaultPlan) -> None:
        disks.append(ForgetfulFiles())
        LocalStore(plan.around(disks[-1], FILE_CHANGES), FOLDER).put(b"data")

    for plan in sweep(run):
        store = LocalStore(disks[-1], FOLDER)
        name = store.put(b"data")
        disks[-1].cut_power()
        assert store.get(name) == b"data", plan
