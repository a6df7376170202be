"""What a failed request to S3 means: absence, a failure that passes, or a refusal that waits for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from veriwatt.errors import Unavailable
from veriwatt.store.store_errors import StoreFails, StoreRefuses

_STATUS = re.compile(r"status code: (\d{3})|status: (\d{3}),")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")

_REMEDIES = {
    "NoSuchBucket": "make the bucket, or name another one",
    "InvalidBucketName": "name a bucket that the server allows",
    "InvalidAccessKeyId": "see the key id of the credentials",
    "SignatureDoesNotMatch": "see the secret key of the credentials",
    "ExpiredToken": "get new credentials",
    "AccessDenied": "allow these credentials to get, put, list and delete under the prefix",
    "RequestTimeTooSkewed": "set the clock of this machine",
}
_FORBIDDEN = "see the credentials, and what they allow under the prefix"


def code_in(error: Exception) -> str:
    """The code of S3 in the answer behind an error; empty without one."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def failure(error: Exception, store: str, what: str, seconds: float) -> Unavailable:
    """The error for a request that failed, in words of our own: the library's hold all that the server said."""
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    code, why = code_in(error), _reason(error, seconds)
    if code in _REMEDIES:
        return StoreRefuses(store=store, what=what, why=why, remedy=_REMEDIES[code])
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        return StoreRefuses(store=store, what=what, why=why, remedy=_FORBIDDEN)
    return StoreFails(store=store, what=what, why=why)


@contextmanager
def failures(store: str, what: str, seconds: float) -> Iterator[None]:
    """Turn what the library raises inside the block into StoreFails or StoreRefuses."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:  # FileNotFoundError and ValueError are of the library too
        raise failure(error, store, what, seconds) from error


def _reason(error: Exception, seconds: float) -> str:
    text = str(error)
    status, code = _STATUS.search(text), code_in(error)
    if status is not None:
        return f"the server answers {status[1] or status[2]}" + (f" {code}" if code else "")
    if "timed out" in text or "TimedOut" in text:
        return f"no whole answer in {seconds:g} s"
    if "Connect" in text:
        return "no connection to the server"
    return f"the answer is none of S3 ({type(error).__name__})"
