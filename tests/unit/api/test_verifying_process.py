"""Verifying runs in a process of its own, which time and memory bound; the node goes on whatever it is sent."""

from __future__ import annotations

import asyncio
import random
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from veriwatt.api.errors import RateLimited, TooCostly
from veriwatt.api.resources import verifying_process
from veriwatt.api.resources.policy import VERIFY_WAITING
from veriwatt.api.resources.spooled_body import PIECE, spooled
from veriwatt.api.resources.verifying_process import VerifyingProcess
from veriwatt.errors import Unavailable

FORM = "multipart/form-data; boundary=b"
RUBBISH = b'--b\r\ncontent-disposition: form-data; name="evidence"; filename="e"\r\n\r\nx\r\n--b--\r\n'
PROGRAM = """\
import sys, time
sys.stdout.buffer.write(b"ready")
sys.stdout.buffer.flush()
sys.stdin.buffer.read(8)
{what}
"""


async def answer(verifying: VerifyingProcess, content_type: str, raw: bytes) -> Response:
    async with spooled(stream(raw)) as body:
        return await verifying.answer(content_type, body)


async def stream(raw: bytes) -> AsyncIterator[bytes]:
    """The chunks in which a server hands a body over."""
    for at in range(0, len(raw), 64 << 10):
        yield raw[at : at + (64 << 10)]


def run(scenario: Callable[[VerifyingProcess], Coroutine[Any, Any, None]], seconds: float = 20.0) -> None:
    async def whole() -> None:
        verifying = VerifyingProcess(seconds)
        try:
            await scenario(verifying)
        finally:
            await verifying.close()

    asyncio.run(whole())


def test_rubbish_is_refused_by_a_verdict_and_the_process_stays() -> None:
    async def scenario(verifying: VerifyingProcess) -> None:
        first = await answer(verifying, FORM, RUBBISH)
        pid = verifying.pid
        second = await answer(verifying, "text/plain", b"x")
        assert (first.status_code, second.status_code) == (200, 400)
        assert b'"refused"' in bytes(first.body)
        assert verifying.pid == pid

    run(scenario)


def test_memory_beyond_the_bound_is_not_given_and_the_request_is_too_costly(monkeypatch: pytest.MonkeyPatch) -> None:
    what = "from veriwatt.api.resources.verifying_main import bound_memory; bound_memory(16 << 20); bytearray(1 << 28)"
    reply = 'sys.stdout.buffer.write(bytes([0, 200, 0, 0, 0, 2]) + b"{}"); sys.stdout.flush()'
    python, option, _ = verifying_process.COMMAND
    monkeypatch.setattr(verifying_process, "COMMAND", (python, option, PROGRAM.format(what=f"{what}\n{reply}")))

    async def scenario(verifying: VerifyingProcess) -> None:
        with pytest.raises(TooCostly):
            await answer(verifying, FORM, RUBBISH)

    run(scenario, 60.0)


@pytest.mark.parametrize("what", ["time.sleep(60)", "while True: pass", "sys.exit(1)"])
def test_a_process_that_does_not_answer_in_time_is_ended_and_replaced(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    python, option, _ = verifying_process.COMMAND

    async def scenario(verifying: VerifyingProcess) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(verifying_process, "COMMAND", (python, option, PROGRAM.format(what=what)))
            with pytest.raises(TooCostly):
                await answer(verifying, FORM, RUBBISH)
        assert verifying.pid is None
        verifying._seconds = 20.0  # noqa: SLF001 - the real program may take longer on a busy machine
        assert (await answer(verifying, FORM, RUBBISH)).status_code == 200

    run(scenario, 0.5)


def test_no_more_than_a_few_files_wait() -> None:
    async def scenario(verifying: VerifyingProcess) -> None:
        answers = [asyncio.ensure_future(answer(verifying, FORM, RUBBISH)) for _ in range(VERIFY_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(RateLimited):
            await answer(verifying, FORM, RUBBISH)
        assert [each.status_code for each in await asyncio.gather(*answers)] == [200] * VERIFY_WAITING

    run(scenario)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 7])
def test_a_body_is_read_as_it_was_sent(size: int) -> None:
    raw = random.Random(size).randbytes(size)

    async def scenario() -> None:
        async with spooled(stream(raw)) as body:
            assert body.size == size
            assert b"".join([piece async for piece in body.pieces()]) == raw

    asyncio.run(scenario())


def test_waiting_bodies_of_the_largest_size_take_a_piece_of_memory_each() -> None:
    raw = bytes(16 << 20)

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            bodies = [await stack.enter_async_context(spooled(stream(raw))) for _ in range(4)]
            for body in bodies:
                async for _ in body.pieces():
                    pass

    tracemalloc.start()
    try:
        asyncio.run(scenario())
        assert tracemalloc.get_traced_memory()[1] < 16 * PIECE
    finally:
        tracemalloc.stop()


def test_a_body_that_the_temporary_folder_does_not_take_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    async def scenario(size: int) -> int:
        async with spooled(stream(bytes(size))) as body:
            return body.size

    assert asyncio.run(scenario(PIECE)) == PIECE
    with pytest.raises(Unavailable):
        asyncio.run(scenario(2 * PIECE))
