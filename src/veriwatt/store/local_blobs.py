"""Objects on this machine's disk: one file each, named by its CID, written once, re-hashed at every read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted, Malformed
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import MAX_OBJECT
from veriwatt.system.files import Files, save


class ObjectDamaged(Corrupted):
    """An object's file whose bytes do not hash to its name."""

    code = "object-damaged"

    def __init__(self, *, path: Path, found: ObjectId) -> None:
        super().__init__(f"{path} is damaged: its bytes hash to {found}")
        self.path, self.found = path, found


class LocalStore:
    """A `BlobStore` in a folder; the last two characters of a CID name its subfolder."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder
        self._writing = Lock()  # two threads that put the same bytes would write the same unfinished file

    def put(self, data: bytes) -> ObjectId:
        if len(data) > MAX_OBJECT:
            raise Malformed(f"an object is at most {MAX_OBJECT} bytes, this one has {len(data)}")
        name = object_id(data)
        path = self.path(name)
        with self._writing:
            if self._files.exists(path) and self._files.read(path) == data:
                self._files.sync_folder(path.parent)  # the process that stored it may have died before its sync
            else:
                save(self._files, path, data)
        return name

    def get(self, name: ObjectId) -> bytes:
        path = self.path(name)
        data = self._files.read(path)
        if object_id(data) != name:
            raise ObjectDamaged(path=path, found=object_id(data))
        return data

    def has(self, name: ObjectId) -> bool:
        return self._files.exists(self.path(name))

    def ids(self) -> Iterator[ObjectId]:
        for part in self._files.names(self._folder):
            for name in self._files.names(self._folder / part):
                if not name.startswith("."):
                    yield ObjectId.parse(name)

    def delete(self, name: ObjectId) -> None:
        self._files.unlink(self.path(name))

    def path(self, name: ObjectId) -> Path:
        """The path of an object, stored or not."""
        text = str(name)
        return self._folder / text[-2:] / text
