from __future__ import annotations

import pytest

from tests.contracts.blobs.blob_contract import BlobContract
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.testing.stores import MemoryStore


class TestMemoryStore(BlobContract):
    @pytest.fixture
    def store(self) -> BlobStore:
        return MemoryStore()

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        assert isinstance(store, MemoryStore)
        store.rot(name, data)

    def restart(self, store: BlobStore) -> BlobStore:
        return store
