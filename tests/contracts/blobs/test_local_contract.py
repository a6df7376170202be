from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.blobs.blob_contract import NamesContract
from veriwatt.crypto.hashing import object_id
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.local_blobs import LocalStore
from veriwatt.system.files import DiskFiles
from veriwatt.testing.power import ForgetfulFiles


class TestLocalStore(NamesContract):
    """On the disk of this machine; a new process opens the same folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        self.folder = tmp_path / "objects"
        return LocalStore(DiskFiles(), self.folder)

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        assert isinstance(store, LocalStore)
        store.path(name).write_bytes(data)

    def plant(self, store: BlobStore, name: str) -> None:
        for part in (self.folder / name[-2:], *self.folder.iterdir()):
            part.mkdir(exist_ok=True)
            (part / name).write_bytes(b"")

    @pytest.mark.parametrize("part", ["aa", "other"])
    def test_an_object_in_another_folder_than_its_name_gives_is_not_listed(self, store: BlobStore, part: str) -> None:
        name = store.put(b"data")
        (self.folder / part).mkdir()
        (self.folder / part / str(object_id(b"a"))).write_bytes(b"a")
        (self.folder / part / str(name)).write_bytes(b"data")
        assert list(store.ids()) == [name]

    def restart(self, store: BlobStore) -> BlobStore:
        return LocalStore(DiskFiles(), self.folder)


class TestLocalStoreAfterAPowerCut(NamesContract):
    """On a disk that forgets everything that was not synced."""

    @pytest.fixture
    def store(self) -> BlobStore:
        self.disk = ForgetfulFiles()
        return LocalStore(self.disk, Path("/objects"))

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        assert isinstance(store, LocalStore)
        self.disk.edit(store.path(name), data)

    def plant(self, store: BlobStore, name: str) -> None:
        part = Path("/objects") / name[-2:]
        self.disk.make_folder(part)
        self.disk.append(part / name, b"")

    def restart(self, store: BlobStore) -> BlobStore:
        self.disk.cut_power()
        return LocalStore(self.disk, Path("/objects"))
