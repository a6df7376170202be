"""Objects on an org's own node of IPFS (Kubo), one pinned raw block each (docs/spec/objects.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from veriwatt.errors import Corrupted, NotFound
from veriwatt.ids import MAX_OBJECT, ObjectId
from veriwatt.store.kubo.api import ANSWER_SECONDS, KuboApi, KuboSays, TooMuch
from veriwatt.store.object_bytes import check_read, id_to_store, too_long
from veriwatt.store.object_listing import ids_in
from veriwatt.store.store_errors import ObjectNotFound

_RAW = {"cid-codec": "raw", "mhtype": "sha2-256", "mhlen": "32", "pin": "true"}
_PINS = {"type": "recursive", "stream": "true"}
_HERE = {"offline": "true"}
"""The node looks at its own blocks, and asks no peer."""


class KuboStore:
    """A `BlobStore` on a node of a private swarm. What was put is on the node's disk, with its pin, on return.

    `get`, `has` and `ids` are of the node's own blocks; `fetch` asks the other nodes of the swarm.
    """

    def __init__(self, address: str, seconds: float = ANSWER_SECONDS) -> None:
        """`address` is that of the node's interface on loopback; nothing is asked yet. Raises Malformed."""
        self._api = KuboApi(address, seconds)

    def close(self) -> None:
        self._api.close()

    def put(self, data: bytes) -> ObjectId:
        name = id_to_store(data)
        if self.has(name) and not self._is_whole(name):
            self.delete(name)  # a block that is there is not written again, whatever its bytes
        stored = self._api.record("put", "block/put", _RAW, data)
        if stored.get("Key") != str(name):
            raise self._api.fails("put", "it stored the bytes under another name; see Import.* in its configuration")
        return name

    def _is_whole(self, name: ObjectId) -> bool:
        try:
            self.get(name)
        except (NotFound, Corrupted):
            return False
        return True

    def get(self, name: ObjectId) -> bytes:
        return self._read(name, "get", _HERE)

    def fetch(self, name: ObjectId, seconds: float = 10.0) -> bytes:
        """The bytes from whichever node of the swarm gives them within the time, hashed; the node keeps them unpinned.

        Raises:
            NotFound: no node gave them in time. It may have them all the same.
            Corrupted, StoreFails: as `get`.
        """
        return self._read(name, "fetch", {"timeout": f"{round(seconds * 1000)}ms"})

    def _read(self, name: ObjectId, what: str, how: dict[str, str]) -> bytes:
        where = f"object {name} on {self._api.name}"
        try:
            data = self._api.ask(what, "block/get", {"arg": str(name), **how}, MAX_OBJECT)
        except TooMuch as error:
            raise too_long(where) from error
        except KuboSays as error:
            raise self._absent(name, error) from error
        return check_read(name, data, where)

    def has(self, name: ObjectId) -> bool:
        try:
            self._api.record("has", "block/stat", {"arg": str(name), **_HERE})
        except KuboSays as error:
            if _says_absent(error):
                return False
            raise
        return True

    def ids(self) -> Iterator[ObjectId]:
        """Of the pinned blocks: the node has others, such as its own empty folder, and what it fetched."""
        return ids_in((self._listed(line) for line in self._api.lines("list", "pin/ls", _PINS)), self._api.name)

    def _listed(self, line: bytes) -> str:
        try:
            return str(json.loads(line)["Cid"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._api.fails("list", "its answer is no listing") from error

    def delete(self, name: ObjectId) -> None:
        try:
            self._api.record("delete", "pin/rm", {"arg": str(name), **_HERE})
        except KuboSays as error:
            if "not pinned" not in error.why:
                raise
        said = self._api.record("delete", "block/rm", {"arg": str(name), "force": "true", **_HERE})
        if said.get("Error"):
            raise self._api.fails("delete", f"it says {str(said['Error'])[:200]!r}")

    def _absent(self, name: ObjectId, error: KuboSays) -> Exception:
        return ObjectNotFound(name=str(name), store=self._api.name) if _says_absent(error) else error


def _says_absent(error: KuboSays) -> bool:
    """Whether the node's own words are that it has no such block, or that no peer gave it in time."""
    return any(words in error.why for words in ("ipld: could not find", "context deadline exceeded"))
