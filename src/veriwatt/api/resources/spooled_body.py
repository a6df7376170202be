"""A request's body that waits in a file: only the piece that is passed on is in memory, however many bodies wait.

The file lies in the system's temporary folder (TMPDIR) without a name, so nobody else opens it, and it is gone with the
node. Its bytes are charged to the same budget as those in memory (`bodies`).
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

from veriwatt.errors import Unavailable
from veriwatt.system.disk_errors import disk_error

PIECE = 1 << 18
"""Bytes that are written, or read, together; a body that is not longer stays in memory."""


class _File(Protocol):
    def write(self, data: bytes, /) -> int: ...

    def read(self, size: int, /) -> bytes: ...

    def seek(self, to: int, /) -> int: ...


class SpooledBody:
    """A body of `size` bytes, to be read once."""

    def __init__(self, file: _File) -> None:
        self._file, self.size = file, 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, in pieces of at most `PIECE` bytes; raises Unavailable where the file cannot be read."""
        with _errors():
            await asyncio.to_thread(self._file.seek, 0)
            while piece := await asyncio.to_thread(self._file.read, PIECE):
                yield piece

    async def write(self, piece: bytes) -> None:
        with _errors():
            await asyncio.to_thread(self._file.write, piece)
        self.size += len(piece)


@asynccontextmanager
async def spooled(stream: AsyncIterator[bytes]) -> AsyncIterator[SpooledBody]:
    """The whole body of `stream`; inside the block it can be read.

    Raises:
        Unavailable: the temporary folder takes no file of this size.
    """
    with tempfile.SpooledTemporaryFile(max_size=PIECE) as file:
        body, collected = SpooledBody(file), bytearray()
        async for chunk in stream:
            collected += chunk
            if len(collected) >= PIECE:
                await body.write(bytes(collected))
                collected.clear()
        if collected:
            await body.write(bytes(collected))
        yield body


@contextmanager
def _errors() -> Iterator[None]:
    """Turn the operating system's errors inside the block into Unavailable."""
    try:
        yield
    except OSError as error:
        why = f"a large request cannot be stored in TMPDIR: {error.strerror or error}"
        raise disk_error(error, Path(tempfile.tempdir or "TMPDIR")) or Unavailable(why) from error
