"""The nodes of the demo's network: processes that this one starts, and ends however the demo ends."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self

from veriwatt.errors import NotFound, NotProven, Unavailable
from veriwatt.node.network.processes import StartedNode, homes_in, start_nodes, stop_nodes
from veriwatt.node.network.state import NetworkState, network_state
from veriwatt.system.exclusive_lock import serving_process

AGAIN = 0.5
"""Seconds between two looks at the nodes."""

STARTING = 300
"""Seconds in which all nodes agree on a block: so many processes start together."""

STOPPING = 20
"""Seconds in which a node that was told to stop ends, before it is killed."""


class DemoNodes:
    """The nodes of the homes in one folder; leaving the `async with` block stops those that run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: list[subprocess.Popen[bytes]] = []
        self._starting: asyncio.Future[list[StartedNode]] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._starting is not None and not self._starting.done():
            await self._give_up_starting(self._starting)
        with suppress(NotFound, Unavailable):  # those that are left are killed
            await asyncio.to_thread(stop_nodes, self._folder)
        await asyncio.to_thread(self._end_all)

    async def start(self) -> list[StartedNode]:
        """Start the nodes that do not run, and wait until all agree on a block; as `network.processes.start_nodes`."""
        work = asyncio.to_thread(start_nodes, self._folder, STARTING, self._begun.append)
        self._starting = asyncio.ensure_future(work)
        return await asyncio.shield(self._starting)

    async def stop(self, org: str) -> None:
        await asyncio.to_thread(stop_nodes, self._folder / org)

    def state(self) -> NetworkState:
        return network_state(homes_in(self._folder))

    async def agree_on(self, height: int) -> NetworkState:
        """Wait until every node runs and has the block of this height; their state. NotProven unless they agree."""
        while True:
            state = await asyncio.to_thread(self.state)
            if not state.agree:
                raise NotProven(f"the nodes have different app hashes at block {state.common}")
            lowest = min(node.height for node in state.nodes)
            if lowest >= height and state.agrees_on_a_block and all(node.pid is not None for node in state.nodes):
                return state
            await asyncio.sleep(AGAIN)

    async def until_one_ends(self) -> Path:
        """Wait until one of the nodes does not run; the root of its home."""
        homes = homes_in(self._folder)
        while True:
            for home in homes:
                if serving_process(home.lock) is None:
                    return home.root
            await asyncio.sleep(AGAIN)

    async def _give_up_starting(self, starting: asyncio.Future[list[StartedNode]]) -> None:
        """End what is being started; the start itself ends when it sees one of them gone."""
        while not starting.done():
            for process in self._begun:
                process.terminate()
            await asyncio.sleep(AGAIN)
        starting.exception()

    def _end_all(self) -> None:
        for process in self._begun:
            process.terminate()
        for process in self._begun:
            try:
                process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
