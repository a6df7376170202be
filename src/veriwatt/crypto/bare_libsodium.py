"""Verification by libsodium alone: the floor of the benchmarks, against which they state their ratios."""

from __future__ import annotations

from collections.abc import Iterable

from nacl.bindings import crypto_sign_open


def verify_all(signed: Iterable[tuple[bytes, bytes]]) -> None:
    """Verify pairs (signature then message, 32-byte key); raises nacl's own error at the first that fails."""
    for message, key in signed:
        crypto_sign_open(message, key)
