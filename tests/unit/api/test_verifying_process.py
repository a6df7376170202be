"""Verifying runs in a process of its own, which time and memory bound; the node goes on whatever it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from veriwatt.api.errors import RateLimited, TooCostly
from veriwatt.api.resources import verifying_process
from veriwatt.api.resources.policy import VERIFY_WAITING
from veriwatt.api.resources.verifying_process import VerifyingProcess

FORM = "multipart/form-data; boundary=b"
RUBBISH = b'--b\r\ncontent-disposition: form-data; name="evidence"; filename="e"\r\n\r\nx\r\n--b--\r\n'
PROGRAM = """\
import sys, time
sys.stdout.buffer.write(b"ready")
sys.stdout.buffer.flush()
sys.stdin.buffer.read(8)
{what}
"""


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
        first = await verifying.answer(FORM, RUBBISH)
        pid = verifying.pid
        second = await verifying.answer("text/plain", b"x")
        assert (first.status_code, second.status_code) == (200, 400)
        assert b'"refused"' in bytes(first.body)
        assert verifying.pid == pid

    run(scenario)


def test_memory_beyond_the_bound_is_not_given_and_the_request_is_too_costly(monkeypatch: pytest.MonkeyPatch) -> None:
    what = "from veriwatt.api.resources.verifying_main import bound_memory; bound_memory(16 << 20); bytearray(1 << 28)"
    answer = 'sys.stdout.buffer.write(bytes([0, 200, 0, 0, 0, 2]) + b"{}"); sys.stdout.flush()'
    python, option, _ = verifying_process.COMMAND
    monkeypatch.setattr(verifying_process, "COMMAND", (python, option, PROGRAM.format(what=f"{what}\n{answer}")))

    async def scenario(verifying: VerifyingProcess) -> None:
        with pytest.raises(TooCostly):
            await verifying.answer(FORM, RUBBISH)

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
                await verifying.answer(FORM, RUBBISH)
        assert verifying.pid is None
        verifying._seconds = 20.0  # noqa: SLF001 - the real program may take longer on a busy machine
        assert (await verifying.answer(FORM, RUBBISH)).status_code == 200

    run(scenario, 0.5)


def test_no_more_than_a_few_files_wait() -> None:
    async def scenario(verifying: VerifyingProcess) -> None:
        answers = [asyncio.ensure_future(verifying.answer(FORM, RUBBISH)) for _ in range(VERIFY_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(RateLimited):
            await verifying.answer(FORM, RUBBISH)
        assert [each.status_code for each in await asyncio.gather(*answers)] == [200] * VERIFY_WAITING

    run(scenario)
