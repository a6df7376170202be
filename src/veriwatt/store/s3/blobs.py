"""Objects in a bucket of S3, one under each CID (docs/spec/objects.md)."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.errors import Corrupted, NotFound
from veriwatt.ids import MAX_OBJECT, ObjectId
from veriwatt.store.object_bytes import check_read, id_to_store, too_long
from veriwatt.store.object_listing import ids_in
from veriwatt.store.s3.bucket import Bucket, Credentials
from veriwatt.store.s3.client import ANSWER_SECONDS, open_bucket
from veriwatt.store.s3.failures import code_in, failure, failures
from veriwatt.store.s3.listing import names_in
from veriwatt.store.store_errors import ObjectNotFound, StoreFails

_PIECE = MAX_OBJECT + 1  # gathered by the library before Python sees them
_NOT_IMPLEMENTED = "NotImplemented"


class BucketStore:
    """A `BlobStore` in a bucket. An object that was put is as durable as the bucket is set up to be.

    Writing is atomic and conditional: an object that is there whole is not written again, so a bucket that keeps old
    versions, or forbids changes, keeps one of each. A server that does not know conditions writes it again.
    Requests are not repeated here; `wrappers.retried` does.
    """

    def __init__(self, bucket: Bucket, credentials: Credentials, seconds: float = ANSWER_SECONDS) -> None:
        """Nothing is asked of the server yet.

        Args:
            seconds: for each request and its whole answer.
        """
        import obstore
        from obstore import exceptions

        self._place, self._seconds = str(bucket), seconds
        self._prefix = f"s3://{bucket.name}/{bucket.prefix}"
        self._library, self._exceptions = obstore, exceptions
        self._bucket = open_bucket(bucket, credentials, seconds)

    def put(self, data: bytes) -> ObjectId:
        name = id_to_store(data)
        with failures(self._place, "put", self._seconds):
            if self._is_new(name, data) or self._is_whole(name):
                return name
            self._library.put(self._bucket, str(name), data, mode="overwrite", use_multipart=False)
        return name

    def _is_new(self, name: ObjectId, data: bytes) -> bool:
        """Whether the object was not there, and is now."""
        try:
            self._library.put(self._bucket, str(name), data, mode="create", use_multipart=False)
        except self._exceptions.AlreadyExistsError:
            return False
        except self._exceptions.BaseError as error:
            if code_in(error) != _NOT_IMPLEMENTED:
                raise
            return False
        return True

    def _is_whole(self, name: ObjectId) -> bool:
        try:
            self.get(name)
        except (NotFound, Corrupted):
            return False
        return True

    def get(self, name: ObjectId) -> bytes:
        where = f"{self._prefix}{name}"
        try:
            answer = self._library.get(self._bucket, str(name))
            if answer.meta["size"] > MAX_OBJECT:
                raise too_long(where)
            data = bytearray()
            for piece in answer.stream(min_chunk_size=_PIECE):
                data += piece
                if len(data) > MAX_OBJECT:
                    raise too_long(where)
        except FileNotFoundError as error:
            raise self._absence(name, error, "get") from error
        except (self._exceptions.BaseError, OSError, ValueError) as error:
            raise failure(error, self._place, "get", self._seconds) from error
        return check_read(name, bytes(data), where)

    def has(self, name: ObjectId) -> bool:
        with failures(self._place, "has", self._seconds):
            try:
                self._library.head(self._bucket, str(name))
            except FileNotFoundError:
                # A head has no body that says what is missing: list what is below the name, which is nothing, or fails.
                next(names_in(self._bucket, self._place, self._seconds, below=str(name)), None)
                return False
        return True

    def ids(self) -> Iterator[ObjectId]:
        """In ascending order of their texts; another order, as a listing without end has, is StoreFails."""
        last = ""
        with failures(self._place, "list", self._seconds):
            for name in ids_in(names_in(self._bucket, self._place, self._seconds), self._place):
                if str(name) <= last:
                    raise StoreFails(store=self._place, what="list", why="the names do not ascend")
                last = str(name)
                yield name

    def delete(self, name: ObjectId) -> None:
        try:
            self._library.delete(self._bucket, str(name))
        except FileNotFoundError as error:
            if code_in(error) not in ("", "NoSuchKey"):
                raise failure(error, self._place, "delete", self._seconds) from error
        except (self._exceptions.BaseError, OSError, ValueError) as error:
            raise failure(error, self._place, "delete", self._seconds) from error

    def _absence(self, name: ObjectId, error: FileNotFoundError, what: str) -> Exception:
        if code_in(error) in ("", "NoSuchKey"):
            return ObjectNotFound(name=str(name), store=self._place)
        return failure(error, self._place, what, self._seconds)
