"""Objects on this machine's disk: one file each, named by its CID, written once, re-hashed at every read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from veriwatt.ids import ObjectId
from veriwatt.store.object_bytes import check_read, id_to_store
from veriwatt.store.object_listing import id_in_listing
from veriwatt.system.files import Files, save


class LocalStore:
    """A `BlobStore` in a folder; the last two characters of a CID name its subfolder."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder
        self._writing = Lock()  # two threads that put the same bytes would write the same unfinished file

    def put(self, data: bytes) -> ObjectId:
        name = id_to_store(data)
        path = self.path(name)
        with self._writing:
            if self._files.exists(path) and self._files.read(path) == data:
                self._files.sync_folder(path.parent)  # the process that stored it may have died before its sync
            else:
                save(self._files, path, data)
        return name

    def get(self, name: ObjectId) -> bytes:
        path = self.path(name)
        return check_read(name, self._files.read(path), str(path))

    def has(self, name: ObjectId) -> bool:
        return self._files.exists(self.path(name))

    def ids(self) -> Iterator[ObjectId]:
        for part in self._files.names(self._folder):
            for text in self._files.names(self._folder / part):
                name = id_in_listing(text)
                if name is not None and text.endswith(part):
                    yield name

    def delete(self, name: ObjectId) -> None:
        self._files.unlink(self.path(name))

    def path(self, name: ObjectId) -> Path:
        """The path of an object, stored or not."""
        text = str(name)
        return self._folder / text[-2:] / text
