"""Ed25519 verification by libsodium alone: the baseline of the benchmarks' ratios."""

from __future__ import annotations

from collections.abc import Iterable

from nacl.bindings import crypto_sign_open


def verify_all(signed: Iterable[tuple[bytes, bytes]]) -> None:
    """Verify pairs (signature followed by message, 32-byte key); raises nacl's own error at the first failure."""
    for message, key in signed:
        crypto_sign_open(message, key)
