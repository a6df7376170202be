"""Derive a key from a passphrase with scrypt (RFC 7914), with bounded cost parameters."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from veriwatt.errors import Malformed

SALT_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """scrypt with n = 2**log_n and r = 8: 2**(log_n + 10) bytes of memory, `parallel` times.

    Bounds: log_n 15 .. 18, parallel 1 .. 4. So no file can make a guess cheap or an attempt endless.
    """

    log_n: int = 15
    parallel: int = 1

    def __post_init__(self) -> None:
        if not 15 <= self.log_n <= 18 or not 1 <= self.parallel <= 4:
            raise Malformed(f"scrypt cost 2^{self.log_n} x {self.parallel} is outside 2^15 .. 2^18 x 1 .. 4")


def derive_key(passphrase: bytes, salt: bytes, cost: ScryptCost) -> bytes:
    """The 32-byte key derived from `passphrase`; takes tens of milliseconds on purpose."""
    return Scrypt(salt=salt, length=32, n=1 << cost.log_n, r=8, p=cost.parallel).derive(passphrase)
