"""A store in a wrapper promises what it promised before."""

from __future__ import annotations

import random
import time

import pytest

from tests.contracts.blobs.blob_contract import BlobContract
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.wrappers.cached import CachedStore
from veriwatt.store.wrappers.rate_limited import RateLimitedStore, TokenBucket
from veriwatt.store.wrappers.retried import RetriedStore
from veriwatt.testing.stores import MemoryStore


class WrapperContract(BlobContract):
    def wrapped(self, inner: BlobStore) -> BlobStore:
        raise NotImplementedError

    @pytest.fixture
    def store(self) -> BlobStore:
        self.inner = MemoryStore()
        return self.wrapped(self.inner)

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        self.inner.rot(name, data)

    def restart(self, store: BlobStore) -> BlobStore:
        return self.wrapped(self.inner)


class TestRetriedStore(WrapperContract):
    def wrapped(self, inner: BlobStore) -> BlobStore:
        return RetriedStore(inner, random.randrange, time.sleep)


class TestCachedStore(WrapperContract):
    def wrapped(self, inner: BlobStore) -> BlobStore:
        return CachedStore(inner, most_bytes=1 << 21)


class TestCachedStoreThatHoldsNothing(WrapperContract):
    def wrapped(self, inner: BlobStore) -> BlobStore:
        return CachedStore(inner, most_bytes=0)


class TestRateLimitedStore(WrapperContract):
    def wrapped(self, inner: BlobStore) -> BlobStore:
        return RateLimitedStore(inner, TokenBucket(1 << 30, 1 << 20, time.monotonic_ns, time.sleep))


class TestAllTogether(WrapperContract):
    def wrapped(self, inner: BlobStore) -> BlobStore:
        limited = RateLimitedStore(inner, TokenBucket(1 << 30, 1 << 20, time.monotonic_ns, time.sleep))
        return CachedStore(RetriedStore(limited, random.randrange, time.sleep), most_bytes=1 << 20)
