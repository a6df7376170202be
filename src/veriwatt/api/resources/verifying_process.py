"""The process that verifies what strangers send: bounded in time and memory, and replaced when it exceeds either.

The bytes of a request go to it unparsed, a piece at a time: form, trust file and evidence are taken apart there
(`verifying_main`).

    forth: content type length (4) ‖ body length (4) ‖ content type ‖ body
    back:  status (2) ‖ length (4) ‖ an answer in JSON
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import structlog
from starlette.responses import Response

from veriwatt.api.errors import PROBLEM, RateLimited, TooCostly
from veriwatt.api.resources.policy import VERIFY_SECONDS, VERIFY_WAITING
from veriwatt.api.resources.spooled_body import SpooledBody
from veriwatt.errors import Unavailable

COMMAND = (sys.executable, "-c", "from veriwatt.api.resources.verifying_main import main; main()")
READY = b"ready"
START_SECONDS = 30.0
"""For the process to start; a busy machine takes a while to load it."""

log = structlog.get_logger("veriwatt.node")


class VerifyingProcess:
    """One process, started when it is first asked; used on one event loop. Close it when done."""

    def __init__(self, seconds: float = VERIFY_SECONDS) -> None:
        """`seconds` is the time for one request."""
        self._seconds = seconds
        self._process: Process | None = None
        self._one_at_a_time, self._waiting = asyncio.Lock(), 0

    @property
    def pid(self) -> int | None:
        """The process id; None while there is none."""
        return None if self._process is None else self._process.pid

    def check_room(self) -> None:
        """Raise RateLimited while as many requests wait as may; before a body is read."""
        if self._waiting >= VERIFY_WAITING:
            raise RateLimited("evidence to verify")

    async def answer(self, content_type: str, body: SpooledBody) -> Response:
        """The answer to a request to verify.

        Raises:
            RateLimited: too many requests wait.
            TooCostly: it took more time or memory than it may, and the process was ended.
            Unavailable: the process does not start.
        """
        self.check_room()
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                return await self._answer(content_type.encode(), body)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def _answer(self, content_type: bytes, body: SpooledBody) -> Response:
        process = await self._started()
        try:
            async with asyncio.timeout(self._seconds):
                status, answer = await _ask(process, content_type, body)
        except (TimeoutError, EOFError, OSError) as error:
            log.warning("verifying-ended", why=type(error).__name__)
            await self.close()
            raise TooCostly from error
        except asyncio.CancelledError:  # its answer would be taken for the next one's
            await self.close()
            raise
        return Response(answer, status, media_type="application/json" if status == 200 else PROBLEM)

    async def _started(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        self._process = process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                await process.stdout.readexactly(len(READY))
        except (TimeoutError, EOFError) as error:
            await self.close()
            raise Unavailable("the process that verifies evidence does not start") from error
        return process


async def _ask(process: Process, content_type: bytes, body: SpooledBody) -> tuple[int, bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(len(content_type).to_bytes(4, "big") + body.size.to_bytes(4, "big") + content_type)
    async for piece in body.pieces():
        process.stdin.write(piece)
        await process.stdin.drain()
    head = await process.stdout.readexactly(6)
    return int.from_bytes(head[:2], "big"), await process.stdout.readexactly(int.from_bytes(head[2:], "big"))
