"""A store that is asked again when it does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeVar

from veriwatt.errors import Unavailable
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.store_errors import StoreRefuses

T = TypeVar("T")

TRIES = 4
FIRST_PAUSE, LONGEST_PAUSE = 200, 5_000
"""Milliseconds before the second try, and at most before a later one; each pause is twice the one before it."""


class RetriedStore:
    """A `BlobStore` over another: a call that raises Unavailable is made again, at most `TRIES` times in all.

    Every call of a store may be repeated. Damage, absence and a refusal that waits for a person are no reason to.
    """

    def __init__(self, inner: BlobStore, jitter: Callable[[int], int], sleep: Callable[[float], object]) -> None:
        """Wrap `inner`.

        Args:
            jitter: draws from [0, n), as `random.randrange` does, so that nodes that failed together do not come back
                together.
            sleep: waits for so many seconds, as `time.sleep` does.
        """
        self._inner, self._jitter, self._sleep = inner, jitter, sleep

    def put(self, data: bytes) -> ObjectId:
        return self._tried(lambda: self._inner.put(data))

    def get(self, name: ObjectId) -> bytes:
        return self._tried(lambda: self._inner.get(name))

    def has(self, name: ObjectId) -> bool:
        return self._tried(lambda: self._inner.has(name))

    def ids(self) -> Iterator[ObjectId]:
        """A listing that fails after its first id is not begun again: ids would come twice."""
        return self._tried(lambda: _begun(self._inner.ids()))

    def delete(self, name: ObjectId) -> None:
        self._tried(lambda: self._inner.delete(name))

    def _tried(self, call: Callable[[], T]) -> T:
        for at in range(TRIES - 1):
            try:
                return call()
            except StoreRefuses:
                raise
            except Unavailable:
                self._sleep(self._pause(at) / 1000)
        return call()

    def _pause(self, at: int) -> int:
        """Milliseconds: half of the pause is fixed, half is drawn."""
        longest = min(FIRST_PAUSE << at, LONGEST_PAUSE)
        return longest // 2 + self._jitter(longest // 2 + 1)


def _begun(ids: Iterator[ObjectId]) -> Iterator[ObjectId]:
    """The listing, asked for its first id."""
    return chain([first], ids) if (first := next(ids, None)) is not None else iter(())
