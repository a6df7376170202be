"""The names in a bucket, page by page, each page within a bound of time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from veriwatt.store.store_errors import StoreFails

if TYPE_CHECKING:
    from obstore import ListStream, ObjectMeta
    from obstore.store import S3Store

PAGE = 1000
"""Names of a page, the most that S3 gives in one answer."""


def names_in(bucket: S3Store, store: str, seconds: float, below: str | None = None) -> Iterator[str]:
    """The names under the bucket's prefix, or in the folder `below` there, as the server gives them.

    Raises:
        StoreFails: a page does not come within `seconds`.
        BaseError, OSError: as the library.
    """
    import obstore

    pages = obstore.list(bucket, prefix=below, chunk_size=PAGE)
    while page := _next(pages, store, seconds):
        yield from (each["path"] for each in page)


def _next(pages: ListStream[Sequence[ObjectMeta]], store: str, seconds: float) -> Sequence[ObjectMeta]:
    """The next page; empty after the last.

    The library asks on, without end, while a server answers with empty pages and says that there are more. Only its
    asynchronous calls can be given up; they run in a thread of their own, since the caller's may have a loop that runs.
    """

    async def ask() -> Sequence[ObjectMeta]:
        try:
            return await asyncio.wait_for(pages.__anext__(), seconds)
        except StopAsyncIteration:
            return ()

    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(asyncio.run, ask()).result()
        except TimeoutError as error:
            raise StoreFails(store=store, what="list", why=f"no page of names in {seconds:g} s") from error
