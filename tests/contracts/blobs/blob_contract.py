"""What every object store promises (docs/spec/objects.md), as tests; a subclass gives `BlobContract` an empty store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.ids import MAX_OBJECT, ObjectId
from veriwatt.ports.blobs import BlobStore


class BlobContract:
    """`damage` changes stored bytes behind the store's back; `restart` opens the store after a power cut."""

    @pytest.fixture
    def store(self) -> BlobStore:
        raise NotImplementedError

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        raise NotImplementedError

    def restart(self, store: BlobStore) -> BlobStore:
        raise NotImplementedError

    def test_an_object_is_found_by_the_hash_of_its_bytes(self, store: BlobStore) -> None:
        name = store.put(b"data")
        assert name == object_id(b"data")
        assert (store.get(name), store.has(name), list(store.ids())) == (b"data", True, [name])

    def test_an_empty_store_lists_nothing(self, store: BlobStore) -> None:
        assert list(store.ids()) == []

    def test_an_absent_object_is_missing(self, store: BlobStore) -> None:
        assert not store.has(object_id(b"data"))
        with pytest.raises(NotFound):
            store.get(object_id(b"data"))

    def test_an_object_put_twice_is_stored_once(self, store: BlobStore) -> None:
        assert store.put(b"data") == store.put(b"data")
        assert list(store.ids()) == [object_id(b"data")]

    def test_the_empty_object_and_the_largest_are_stored(self, store: BlobStore) -> None:
        for data in (b"", bytes(MAX_OBJECT)):
            assert store.get(store.put(data)) == data

    def test_a_larger_object_is_refused_and_not_stored(self, store: BlobStore) -> None:
        with pytest.raises(Malformed):
            store.put(bytes(MAX_OBJECT + 1))
        assert list(store.ids()) == []

    def test_an_object_is_durable_when_put_returns(self, store: BlobStore) -> None:
        name = store.put(b"data")
        again = self.restart(store)
        assert (again.get(name), list(again.ids())) == (b"data", [name])

    @pytest.mark.parametrize("other", [b"dat.", b"", b"data and more"])
    def test_other_bytes_are_never_returned_and_a_put_replaces_them(self, store: BlobStore, other: bytes) -> None:
        name = store.put(b"data")
        self.damage(store, name, other)
        with pytest.raises(Corrupted):
            store.get(name)
        store.put(b"data")
        assert store.get(name) == b"data"

    def test_an_object_longer_than_any_is_damaged(self, store: BlobStore) -> None:
        name = store.put(b"data")
        self.damage(store, name, bytes(MAX_OBJECT + 1))
        with pytest.raises(Corrupted):
            store.get(name)

    def test_a_deleted_object_is_missing_and_may_be_deleted_again(self, store: BlobStore) -> None:
        name, other = store.put(b"data"), store.put(b"other")
        store.delete(name)
        store.delete(name)
        assert (store.has(name), list(store.ids())) == (False, [other])
        with pytest.raises(NotFound):
            store.get(name)

    def test_many_threads_put_and_get_the_same_objects(self, store: BlobStore) -> None:
        texts = [b"%d" % (number % 7) for number in range(200)]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda data: store.get(store.put(data)), texts)) == texts
        assert sorted(store.ids()) == sorted({object_id(data) for data in texts})


class NamesContract(BlobContract):
    """Of a store in which other things may lie beside the objects: `plant` puts one there, under the name."""

    def plant(self, store: BlobStore, name: str) -> None:
        raise NotImplementedError

    @pytest.mark.parametrize("foreign", ["note", str(object_id(b"a"))[:-1] + "z", str(object_id(b"a")).upper()])
    def test_a_listing_leaves_out_what_is_no_object(self, store: BlobStore, foreign: str) -> None:
        name = store.put(b"data")
        self.plant(store, foreign)
        assert list(store.ids()) == [name]
