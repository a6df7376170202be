"""A second kind of place for signing keys, for tests: a token in memory, whose keys have URIs `memory:NAME`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from veriwatt.crypto.signers.by_uri import DEVICES
from veriwatt.crypto.signing import Signer
from veriwatt.errors import NotFound


@contextmanager
def token(keys: Mapping[str, Signer]) -> Iterator[None]:
    """The product with the line that makes `memory:` one of its schemes, and a token with these keys at hand."""

    def opened(name: str) -> Signer:
        if name not in keys:
            raise NotFound(f"the token has no key {name!r}")
        return keys[name]

    DEVICES["memory"] = opened
    try:
        yield
    finally:
        del DEVICES["memory"]
