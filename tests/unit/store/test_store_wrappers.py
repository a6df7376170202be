"""What the wrappers of a store add to what it promises."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted, Malformed, NotFound, Unavailable
from veriwatt.ids import MAX_OBJECT, ObjectId
from veriwatt.store.store_errors import StoreFails, StoreRefuses
from veriwatt.store.wrappers.cached import OBJECT_COST, CachedStore
from veriwatt.store.wrappers.rate_limited import CALL_BYTES, IDS_A_CALL, RateLimitedStore, TokenBucket
from veriwatt.store.wrappers.retried import FIRST_PAUSE, LONGEST_PAUSE, TRIES, RetriedStore
from veriwatt.testing.stores import MemoryStore

FAILS = StoreFails(store="s", what="get", why="no answer")
REFUSES = StoreRefuses(store="s", what="get", why="forbidden", remedy="see the credentials")


class FailingStore(MemoryStore):
    """It raises the errors it was given, one a call, and then works."""

    def __init__(self, *errors: Exception, after: int = 0) -> None:
        super().__init__()
        self.errors, self.after, self.calls = list(errors), after, 0

    def _fail(self) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)

    def put(self, data: bytes) -> ObjectId:
        self._fail()
        return super().put(data)

    def get(self, name: ObjectId) -> bytes:
        self._fail()
        return super().get(name)

    def has(self, name: ObjectId) -> bool:
        self._fail()
        return super().has(name)

    def ids(self) -> Iterator[ObjectId]:
        for at, name in enumerate([*super().ids(), None]):
            if at == self.after:
                self._fail()
            if name is not None:
                yield name

    def delete(self, name: ObjectId) -> None:
        self._fail()
        super().delete(name)


def retried(inner: MemoryStore, draw: int = 0) -> tuple[RetriedStore, list[float]]:
    pauses: list[float] = []
    return RetriedStore(inner, lambda n: min(draw, n - 1), pauses.append), pauses


def test_a_call_that_fails_for_now_is_made_again() -> None:
    inner = FailingStore(FAILS, FAILS, FAILS)
    store, pauses = retried(inner)
    assert store.get(store.put(b"data")) == b"data"
    assert (inner.calls, len(pauses)) == (5, 3)


@pytest.mark.parametrize("call", ["put", "get", "has", "ids", "delete"])
def test_a_store_that_goes_on_failing_is_left_after_the_last_try(call: str) -> None:
    inner = FailingStore(*[FAILS] * 20)
    store, pauses = retried(inner)
    with pytest.raises(StoreFails):
        list(store.ids()) if call == "ids" else getattr(store, call)(b"x" if call == "put" else object_id(b"x"))
    assert (inner.calls, len(pauses)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize(
    "error", [REFUSES, NotFound("none"), Corrupted("rot"), Malformed("long")], ids=lambda error: type(error).__name__
)
def test_what_another_try_cannot_mend_is_not_tried_again(error: Exception) -> None:
    inner = FailingStore(error, error)
    store, pauses = retried(inner)
    with pytest.raises(type(error)):
        store.get(object_id(b"x"))
    assert (inner.calls, pauses) == (1, [])


def test_pauses_double_up_to_the_longest_and_half_of_each_is_drawn() -> None:
    store, _ = retried(MemoryStore(), draw=10**9)
    assert [store._pause(at) for at in range(8)] == [200, 400, 800, 1600, 3200, 5000, 5000, 5000]  # noqa: SLF001
    store, _ = retried(MemoryStore(), draw=0)
    assert (store._pause(0), store._pause(7)) == (FIRST_PAUSE // 2, LONGEST_PAUSE // 2)  # noqa: SLF001


def test_a_listing_that_fails_in_the_middle_is_not_begun_again() -> None:
    inner = FailingStore(after=1)
    store, pauses = retried(inner)
    store.put(b"a")
    store.put(b"b")
    inner.errors = [FAILS]
    ids = store.ids()
    next(ids)
    with pytest.raises(Unavailable):
        next(ids)
    assert pauses == []


def test_an_object_that_was_read_is_given_without_the_store() -> None:
    inner = FailingStore()
    store = CachedStore(inner, 1000)
    name = store.put(b"data")
    store.get(name)
    inner.errors = [FAILS]
    assert store.get(name) == b"data"
    assert store.cached_bytes == 4 + OBJECT_COST


def test_bytes_that_changed_in_the_cache_are_read_again() -> None:
    store = CachedStore(MemoryStore(), 1000)
    name = store.put(b"data")
    store.get(name)
    store._cached[name] = b"rot."  # noqa: SLF001
    assert store.get(name) == b"data"
    assert store._cached[name] == b"data"  # noqa: SLF001


def test_the_cache_holds_no_more_than_its_bytes_and_drops_what_was_read_longest_ago() -> None:
    inner = MemoryStore()
    store = CachedStore(inner, 2 * (100 + OBJECT_COST))
    a, b, c = (store.put(bytes([at]) * 100) for at in range(3))
    for name in (a, b, a, c):
        store.get(name)
    assert set(store._cached) == {a, c}  # noqa: SLF001
    assert store.cached_bytes == 2 * (100 + OBJECT_COST)
    large = store.put(bytes(5000))
    assert len(store.get(large)) == 5000
    assert set(store._cached) == {a, c}  # noqa: SLF001
    store.delete(a)
    assert store.cached_bytes == 100 + OBJECT_COST


def test_many_threads_leave_the_cache_within_its_bytes() -> None:
    store = CachedStore(MemoryStore(), 5000)
    names = [store.put(b"%d" % at * 300) for at in range(40)]
    threads = [Thread(target=lambda: [store.get(name) for name in names * 5]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = sum(len(data) + OBJECT_COST for data in store._cached.values())  # noqa: SLF001
    assert store.cached_bytes == held <= 5000


class Hands:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 0, 0.0

    def clock(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += round(seconds * 10**9)


def test_a_full_bucket_gives_a_burst_at_once_and_then_its_rate() -> None:
    hands = Hands()
    bucket = TokenBucket(rate=1000, burst=5000, clock=hands.clock, sleep=hands.sleep)
    bucket.take(5000)
    assert hands.slept == 0
    for _ in range(10):
        bucket.take(100)
    assert hands.slept == pytest.approx(1.0)
    hands.now += 3600 * 10**9
    bucket.take(5000)
    assert hands.slept == pytest.approx(1.0)
    bucket.take(1)
    assert hands.slept == pytest.approx(1.001)


def test_more_than_a_burst_waits_and_is_not_stuck() -> None:
    hands = Hands()
    TokenBucket(rate=1 << 20, burst=1, clock=hands.clock, sleep=hands.sleep).take(MAX_OBJECT)
    assert hands.slept == pytest.approx(1.0, rel=1e-5)


def test_a_limited_store_pays_for_calls_and_bytes() -> None:
    hands, inner = Hands(), MemoryStore()
    store = RateLimitedStore(inner, TokenBucket(CALL_BYTES, 1, hands.clock, hands.sleep))
    name = store.put(bytes(CALL_BYTES))
    store.get(name)
    store.has(name)
    assert hands.slept == pytest.approx(5.0, rel=1e-3)
    for at in range(IDS_A_CALL):
        inner.put(b"%d" % at)
    before = hands.slept
    assert len(list(store.ids())) == IDS_A_CALL + 1
    assert hands.slept - before == pytest.approx(2.0)
    store.delete(name)
    assert hands.slept - before == pytest.approx(3.0)
