"""A served node in this process, asked through its whole application."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.served_home import ServedHome, build_home
from veriwatt.api.access import Access
from veriwatt.api.app import make_api
from veriwatt.api.group_commit import GroupCommitQueue
from veriwatt.api.guard import Guard
from veriwatt.api.metrics import Metrics
from veriwatt.api.resources.verifying_process import VerifyingProcess
from veriwatt.api.sign_in import CookieSignIn
from veriwatt.home.access_files import AccessFiles
from veriwatt.node.worker import WorkerThread


@dataclass(slots=True)
class Served:
    """A node, its application, and the uploads its log host will accept."""

    worker: WorkerThread
    access: Access
    metrics: Metrics
    api: FastAPI
    app: Guard
    uploads: list[bytes]

    def client(self, peer: str = "127.0.0.1", *, signed_in: bool = True) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(peer, 40_000))
        headers = {"Authorization": f"Bearer {self.session()}"} if signed_in else {}
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers)

    def session(self) -> str:
        """The token of a new session."""
        files = self.access.files
        return files.spend(files.invite("ann"), "127.0.0.1")[0]


Scenario = Callable[[Served], Coroutine[Any, Any, None]]
Play = Callable[[Scenario], None]


def serve(home: ServedHome, scenario: Scenario) -> None:
    """Run a scenario against a node that serves this home."""

    async def whole() -> None:
        worker, access, metrics = WorkerThread(home.root), Access(AccessFiles(home.root / "access")), Metrics()
        queue, verifying = GroupCommitQueue(worker), VerifyingProcess()
        await worker.open()
        writing = asyncio.create_task(queue.run())
        api = make_api(worker, queue, CookieSignIn(access), metrics, verifying)
        app = Guard(api, access, metrics, {"127.0.0.1", "localhost"})
        try:
            await scenario(Served(worker, access, metrics, api, app, home.uploads))
        finally:
            queue.stop()
            await writing
            await verifying.close()
            await worker.close()

    asyncio.run(whole())


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("served"))


@pytest.fixture
def play(built_home: ServedHome, tmp_path: Path) -> Play:
    """Runs a scenario against a node that serves a copy of the home."""
    root = tmp_path / "home"
    shutil.copytree(built_home.root, root)

    return lambda scenario: serve(ServedHome(root, built_home.uploads), scenario)
