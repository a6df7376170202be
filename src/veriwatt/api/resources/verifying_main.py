"""The main program of the verifying process: a form with evidence, and perhaps a trust file, becomes a verdict."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any, BinaryIO

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from veriwatt.api.errors import TooCostly, problem
from veriwatt.api.resources.policy import VERIFY_BODY, VERIFY_MEMORY
from veriwatt.api.resources.verifying_process import READY
from veriwatt.api.schemas.evidence import VerifyAnswer
from veriwatt.errors import BadInput, Malformed, VeriwattError
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.reading.fact_times import with_local_times
from veriwatt.verify.claims.reading import STEPS
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome

NICENESS = 5
"""Verifying leaves the processor to the node."""

PIECE = 1 << 18
"""Bytes of a request that are read together."""

STATM = "/proc/self/statm"


def main() -> None:
    """Answer requests from standard input on standard output, until it is closed."""
    os.nice(NICENESS)
    MultiPartParser.spool_max_size = VERIFY_BODY  # in memory, which is bounded
    bound_memory(VERIFY_MEMORY)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(READY)
    sink.flush()
    while len(head := source.read(8)) == 8:
        content_type = source.read(int.from_bytes(head[:4], "big")).decode("latin-1")
        try:
            status, answer = respond(content_type, _pieces(source, int.from_bytes(head[4:], "big")))
        except MemoryError:
            status, answer = _problem(TooCostly())
        sink.write(status.to_bytes(2, "big") + len(answer).to_bytes(4, "big") + answer)
        sink.flush()


def bound_memory(more: int) -> None:
    """Allow this process `more` bytes of address space beyond those that it has."""
    with open(STATM) as file:  # noqa: PTH123 - not a file on disk
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    """The next `size` bytes; whole they would lie here twice, beside the file that the form has."""
    while size and (piece := source.read(min(size, PIECE))):
        size -= len(piece)
        yield piece


def respond(content_type: str, body: Iterator[bytes]) -> tuple[int, bytes]:
    """Status and JSON of the answer to a request to verify; `body` is read to its end."""
    try:
        found = asyncio.run(_verified(content_type, body))
    except VeriwattError as error:
        return _problem(error)
    finally:
        for _ in body:  # of a request that is no form
            pass
    return 200, VerifyAnswer(**_fields(found)).model_dump_json().encode()


async def _verified(content_type: str, body: Iterator[bytes]) -> VerificationOutcome:
    async def whole() -> AsyncGenerator[bytes, None]:
        for piece in body:
            yield piece

    parser = MultiPartParser(Headers({"content-type": content_type}), whole(), max_files=2, max_fields=2)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Malformed("the request is not a form (multipart/form-data)") from error
    try:
        evidence, trust = form.get("evidence"), form.get("trust")
        if not isinstance(evidence, UploadFile):
            raise BadInput(where="evidence", value=None, why="is needed: the evidence file")
        raw, now = await evidence.read(), time.time_ns() // 1_000_000
        believed = await trust.read() if isinstance(trust, UploadFile) and trust.filename else None
        source = (trust.filename or "")[:128] if isinstance(trust, UploadFile) else ""
    finally:
        await form.close()  # its copy of the evidence is gone before the evidence is taken apart
    if believed is None:
        return verification_outcome(raw, None, now)
    return verification_outcome(raw, parse_trust(believed, source), now, source=source)


def _fields(found: VerificationOutcome) -> dict[str, Any]:
    steps = [{"step": n, "name": name, "state": _state(n, found)} for n, name in STEPS.items()]
    return {**found.fields(), "facts": with_local_times(found.facts), "steps": steps}


def _state(number: int, found: VerificationOutcome) -> str:
    if found.failed is None or number < found.failed.step:
        return "holds"
    return "failed" if number == found.failed.step else "not reached"


def _problem(error: VeriwattError) -> tuple[int, bytes]:
    answer = problem(error)
    return answer.status_code, bytes(answer.body)
