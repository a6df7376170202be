"""The library's client of one bucket: bounded in time, signing with given credentials alone, repeating nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from veriwatt.store.s3.bucket import Bucket, Credentials

if TYPE_CHECKING:
    from obstore.store import S3Store

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 30.0
"""For a connection, and for a whole request and answer, connecting included, however the bytes come."""


def open_bucket(bucket: Bucket, credentials: Credentials, seconds: float = ANSWER_SECONDS) -> S3Store:
    """A client whose names are below the bucket's prefix; nothing is asked of the server yet."""
    from obstore.store import S3Store  # 30 ms, which a node without S3 need not pay

    return S3Store(
        bucket.name,
        prefix=bucket.prefix.rstrip("/") or None,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key_id=credentials.key,
        secret_access_key=credentials.secret,
        config={"session_token": credentials.token} if credentials.token else None,
        virtual_hosted_style_request=False,
        checksum_algorithm="sha256",  # the server refuses bytes that changed on their way
        client_options={
            "allow_http": bucket.endpoint.startswith("http:"),
            "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, seconds)),
            "timeout": timedelta(seconds=seconds),
        },
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=seconds)},
    )
