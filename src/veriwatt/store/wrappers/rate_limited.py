"""A store that is asked for no more than so many bytes a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock

from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore

CALL_BYTES = 4096
"""What a call costs beside the bytes of its object; a listing costs it for every `IDS_A_CALL` ids."""

IDS_A_CALL = 64

_SECOND = 10**9


class TokenBucket:
    """Tokens that refill at a rate up to a burst. Callable from many threads."""

    def __init__(self, rate: int, burst: int, clock: Callable[[], int], sleep: Callable[[float], object]) -> None:
        """A full bucket.

        Args:
            rate: tokens a second, at least 1.
            burst: tokens of a full bucket, at least 1.
            clock: nanoseconds that never go back, as `time.monotonic_ns` gives.
            sleep: waits for so many seconds, as `time.sleep` does.
        """
        self._rate, self._burst, self._clock, self._sleep = rate, burst, clock, sleep
        self._lock = Lock()
        self._level, self._at = burst * _SECOND, clock()  # in tokens times 10^9, as of then; under _lock

    def take(self, tokens: int) -> None:
        """Take tokens, on credit if there are too few, and wait until the credit is paid back.

        Whoever takes more than a burst so waits longer and is never stuck; whoever comes next waits behind it.
        """
        with self._lock:
            now = self._clock()
            self._level = min(self._level + (now - self._at) * self._rate, self._burst * _SECOND) - tokens * _SECOND
            self._at, owed = now, -self._level
        if owed > 0:
            self._sleep(owed / self._rate / _SECOND)


class RateLimitedStore:
    """A `BlobStore` over another; each call takes its bytes from a bucket, which other stores may share."""

    def __init__(self, inner: BlobStore, bucket: TokenBucket) -> None:
        self._inner, self._bucket = inner, bucket

    def put(self, data: bytes) -> ObjectId:
        self._bucket.take(CALL_BYTES + len(data))
        return self._inner.put(data)

    def get(self, name: ObjectId) -> bytes:
        """The object's bytes are paid for after they came: nobody knows their count before."""
        self._bucket.take(CALL_BYTES)
        data = self._inner.get(name)
        self._bucket.take(len(data))
        return data

    def has(self, name: ObjectId) -> bool:
        self._bucket.take(CALL_BYTES)
        return self._inner.has(name)

    def ids(self) -> Iterator[ObjectId]:
        for at, name in enumerate(self._inner.ids()):
            if at % IDS_A_CALL == 0:
                self._bucket.take(CALL_BYTES)
            yield name

    def delete(self, name: ObjectId) -> None:
        self._bucket.take(CALL_BYTES)
        self._inner.delete(name)
