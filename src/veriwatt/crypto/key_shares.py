"""Shamir shares of a wrapping key over GF(2^8): any k of n shares restore it, fewer reveal nothing.

    share  = vwshare1:K-of-N:INDEX:SET:DATA            SET and DATA in base32
    set    = nonce (5 bytes) || SHA-256("veriwatt/share-set/1" || k || n || nonce || key)[:10]
    data   = points (32 bytes) || SHA-256("veriwatt/share/1" || k || n || index || set || points)[:8]

The checksum in DATA detects a copying error in a single share; the digest in SET detects mixed or altered shares. Why
this is our own code: docs/adr/0004-own-key-shares.md.
Spec: docs/spec/key-shares.md.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from veriwatt.crypto.gf256 import interpolate, times
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput, Refused

SECRET_LENGTH = 32
NONCE_LENGTH = 5
SET_LENGTH = NONCE_LENGTH + 10
CHECK_LENGTH = 8
MAX_SHARES = 255

_TEXT = re.compile(r"vwshare1:(\d{1,3})-of-(\d{1,3}):(\d{1,3}):([A-Z2-7]{24}):([A-Z2-7]{64})", re.IGNORECASE | re.ASCII)


class BadShares(Refused):
    """Key shares that do not restore their key."""

    code = "bad-shares"

    def __init__(self, why: str) -> None:
        super().__init__(f"the shares do not restore the key: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Share:
    """One of `total` shares, `needed` of which restore the key; `index` is 1 .. total. `points` are secret."""

    needed: int
    total: int
    index: int
    set_id: bytes
    points: bytes = field(repr=False)

    def to_text(self) -> str:
        """One line of ASCII, for paper or a file."""
        data = _base32(self.points + self.check())
        return f"vwshare1:{self.needed}-of-{self.total}:{self.index}:{_base32(self.set_id)}:{data}"

    def check(self) -> bytes:
        """An 8-byte checksum that detects copying errors, but not deliberate changes."""
        labels = bytes([self.needed, self.total, self.index])
        return sha256(b"veriwatt/share/1" + labels + self.set_id + self.points)[:CHECK_LENGTH]


def split(secret: bytes, needed: int, total: int, random: Callable[[int], bytes]) -> tuple[Share, ...]:
    """Split a 32-byte key into `total` shares, any `needed` of which restore it.

    Args:
        secret: the wrapping key; it must be uniformly random, because every share has a digest of it.
        needed: 2 <= needed <= total.
        total: at most 255.
        random: returns so many fresh random bytes.

    Raises:
        BadInput: the counts are out of range.
    """
    if not 2 <= needed <= total <= MAX_SHARES:
        remedy = f"choose 2 <= needed <= total <= {MAX_SHARES}"
        raise BadInput(where="shares", value=f"{needed} of {total}", why="no such split", remedy=remedy)
    if len(secret) != SECRET_LENGTH:
        raise TypeError(f"a wrapping key is {SECRET_LENGTH} bytes")
    set_id = _set_id(needed, total, random(NONCE_LENGTH), secret)
    coefficients = [secret, *(random(SECRET_LENGTH) for _ in range(needed - 1))]
    return tuple(Share(needed, total, x, set_id, _evaluate(coefficients, x)) for x in range(1, total + 1))


def parse_share(text: str, what: str) -> Share:
    """Parse a share; case, blanks and line breaks do not matter.

    Raises:
        BadInput: `text` is no share, or has a copying error; the message names `what` (a file, or "share 2").
    """
    match = _TEXT.fullmatch("".join(text.split()))
    if match is None:
        remedy = "a share reads vwshare1:K-of-N:INDEX:SET:DATA, 24 and 64 characters of A-Z 2-7 at its end"
        raise BadInput(where=what, value=None, why="not a key share", remedy=remedy)
    needed, total, index = int(match[1]), int(match[2]), int(match[3])
    if not (2 <= needed <= total <= MAX_SHARES and 1 <= index <= total):
        raise BadInput(where=what, value=f"{needed}-of-{total}:{index}", why="no such share")
    set_id, data = _unbase32(match[4]), _unbase32(match[5])
    share = Share(needed, total, index, set_id, data[:SECRET_LENGTH])
    if share.check() != data[SECRET_LENGTH:]:
        raise BadInput(where=what, value=None, why="a character is wrong", remedy="compare it with the printed share")
    return share


def combine(shares: Sequence[Share]) -> bytes:
    """Restore the wrapping key from its shares.

    Raises:
        BadShares: the shares are too few, of different sets, contradictory, or altered.
    """
    if not shares:
        raise BadShares("there is none")
    first = shares[0]
    for share in shares:
        if (share.set_id, share.needed, share.total) != (first.set_id, first.needed, first.total):
            raise BadShares(f"shares {first.index} and {share.index} are of different sets")
    by_index = {share.index: share.points for share in shares}
    if any(by_index[share.index] != share.points for share in shares):
        raise BadShares("two shares have one index and differ")
    if len(by_index) < first.needed:
        raise BadShares(f"{len(by_index)} of the {first.needed} needed")
    return _restore(first, dict(sorted(by_index.items())))


def _restore(label: Share, by_index: dict[int, bytes]) -> bytes:
    used = dict(list(by_index.items())[: label.needed])
    secret = interpolate(used, 0)
    if _set_id(label.needed, label.total, label.set_id[:NONCE_LENGTH], secret) != label.set_id:
        raise BadShares(f"one of shares {', '.join(map(str, used))} was altered: they lead to another key")
    for index, points in by_index.items():
        if interpolate(used, index) != points:
            raise BadShares(f"share {index} was altered: it does not fit the others")
    return secret


def _set_id(needed: int, total: int, nonce: bytes, secret: bytes) -> bytes:
    return nonce + sha256(b"veriwatt/share-set/1" + bytes([needed, total]) + nonce + secret)[:10]


def _evaluate(coefficients: Sequence[bytes], x: int) -> bytes:
    """Evaluate at `x` the polynomials of all bytes; the constant terms are `coefficients[0]`."""
    points = bytes(SECRET_LENGTH)
    for coefficient in reversed(coefficients):
        points = bytes(times(point, x) ^ c for point, c in zip(points, coefficient, strict=True))
    return points


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode()


def _unbase32(text: str) -> bytes:
    return base64.b32decode(text.upper())
