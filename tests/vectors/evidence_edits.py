"""How cases of evidence.json are written: a file, what is altered in it, and its reader's trust file and clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veriwatt.encoding import Value, decode, encode
from veriwatt.units import UtcMillis

Case = dict[str, Any]
Way = tuple[int, ...]
"""The places of a field of an encoded record, from the outside in."""


def case_of(name: str, file: str, trust: str | None, now: UtcMillis, max_age: int | None = None) -> Case:
    return {"name": name, "file": file, "trust": trust, "now": now, "max_age": max_age}


def spliced(name: str, file: str, raw: bytes, made: bytes, trust: str, now: UtcMillis) -> Case:
    """The case of `made`, which is `raw`, the bytes of `file`, with something altered."""
    return {**case_of(name, file, trust, now), "splice": _splice(raw, made)}


def apply_splice(raw: bytes, splice: Sequence[Any] | None) -> bytes:
    if splice is None:
        return raw
    offset, cut, put_in = splice
    return raw[:offset] + bytes.fromhex(put_in) + raw[offset + cut :]


def get(raw: bytes, way: Way) -> object:
    value: object = decode(raw)
    for at in way:
        assert isinstance(value, list)
        value = value[at]
    return value


def put(raw: bytes, way: Way, new: Value) -> bytes:
    def put_at(value: Value, way: Way) -> Value:
        if not way:
            return new
        assert isinstance(value, list)
        return [put_at(each, way[1:]) if at == way[0] else each for at, each in enumerate(value)]

    return encode(put_at(decode(raw), way))


def flipped(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value[:-1] + bytes([value[-1] ^ 1])


def _splice(raw: bytes, made: bytes) -> list[object]:
    """[offset, bytes cut out, bytes put in] that makes `made` of `raw`."""
    short = min(len(raw), len(made))
    start = next((n for n in range(short) if raw[n] != made[n]), short)
    end = next((n for n in range(short - start) if raw[-1 - n] != made[-1 - n]), short - start)
    return [start, len(raw) - end - start, made[start : len(made) - end].hex()]
