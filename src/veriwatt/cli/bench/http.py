"""How many readings a second a node accepts over HTTP: a real node, a real socket, posts of many frames.

Node and client share the machine's cores. What is counted is durable, receipted and answered for.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from veriwatt.api.api_node import ACCEPTED
from veriwatt.cli.bench.rig import POINTS, SLOTS, rig
from veriwatt.encoding import decode, encode
from veriwatt.errors import Unavailable

FRAMES_EACH = 96
POST = 64
CONNECTIONS = 2
NODE = "from veriwatt.cli import main; main()"


def http_readings() -> float:
    """Readings a second, frames of 100 points and 15 slots."""
    with rig() as built:
        uploads, root = built.frames(FRAMES_EACH), built.home.paths.root
        built.home.close()
        seconds = asyncio.run(_measured(root, uploads))
    return len(uploads) * POINTS * SLOTS / seconds


async def _measured(root: Path, uploads: Sequence[bytes]) -> float:
    command = [sys.executable, "-c", NODE, "node", "run", "--home", str(root), "--listen", "127.0.0.1:0"]
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    node = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=null)
    assert node.stdout is not None
    try:
        address = urlsplit((await node.stdout.readline()).decode().strip())
        if address.port is None:
            raise Unavailable("the node did not start; `veriwatt node run` on a home of its own says why")
        return await _send(address.port, uploads)
    finally:
        if node.returncode is None:
            node.terminate()
        await node.wait()


async def _send(port: int, uploads: Sequence[bytes]) -> float:
    """Seconds to send everything; each terminal's frames go over one connection, for they must arrive in order."""
    shares = [uploads[first::CONNECTIONS] for first in range(CONNECTIONS)]
    bodies = [[list(share[at : at + POST]) for at in range(0, len(share), POST)] for share in shares]
    began = perf_counter()
    await asyncio.gather(*(_connection(port, each) for each in bodies))
    return perf_counter() - began


async def _connection(port: int, batches: Sequence[list[bytes]]) -> None:
    """Post the batches one after the other, each when the one before was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for batch in batches:
        body = encode(batch)
        head = f"POST /api/v1/frames HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Content-Type: application/cbor\r\nAccept: application/cbor\r\n\r\n".encode() + body)
        outcomes = decode(await _answer(reader))
        if not isinstance(outcomes, list) or any(outcome[0] != ACCEPTED for outcome in outcomes):
            raise Unavailable("the node refused a frame of the benchmark")
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    return await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r")[0]))
