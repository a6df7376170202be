"""Ed25519 verification by libsodium alone: the baseline of the benchmarks' ratios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from nacl.bindings import crypto_sign_open

Signed: TypeAlias = tuple[bytes, bytes]
"""A signature followed by its message, and the 32-byte key."""


def verify_all(signed: Iterable[Signed]) -> None:
    """Verify each; raises nacl's own error at the first failure."""
    for message, key in signed:
        crypto_sign_open(message, key)
