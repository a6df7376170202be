"""How cases of evidence vectors are written: a file, what is altered in it, and its reader's trust file and clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veriwatt.encoding import Value, decode, encode
from veriwatt.model.evidence.trust_file import Trust, render
from veriwatt.units import UtcMillis
from veriwatt.verify.outcome import verification_outcome

Case = dict[str, Any]
Way = tuple[int, ...]
"""The places of a field of an encoded record, from the outside in."""


@dataclass(frozen=True, slots=True)
class ClaimVectors:
    """Files and trust files by name, and cases that name them."""

    files: Mapping[str, bytes]
    trusts: Mapping[str, Trust]
    cases: Sequence[Case]


def written(parts: Iterable[ClaimVectors]) -> dict[str, object]:
    """The vectors of all `parts`, with what a verifier makes of each case."""
    raws, trusts, cases = dict[str, bytes](), dict[str, Trust](), list[Case]()
    for each in parts:
        raws |= each.files
        trusts |= each.trusts
        cases += each.cases
    return {
        "files": {name: raw.hex() for name, raw in raws.items()},
        "trust_files": {name: render(trust).decode() for name, trust in trusts.items()},
        "cases": [_judged(case, raws, trusts) for case in cases],
    }


def _judged(case: Case, raws: Mapping[str, bytes], trusts: Mapping[str, Trust]) -> Case:
    raw = apply_splice(raws[case["file"]], case.get("splice"))
    trust = None if case["trust"] is None else trusts[case["trust"]]
    return {**case, **told(raw, trust, case)}


def told(raw: bytes, trust: Trust | None, case: Case) -> Case:
    """What a verifier makes of the file of a case: verdict, and failed step, or facts and caveats."""
    found = verification_outcome(raw, trust, case["now"], case["max_age"])
    failed = found.failed and {"step": found.failed.step, "name": found.failed.name, "code": found.failed.code}
    verdict = {"verdict": found.verdict.value, "failed": failed}
    caveats = [{**each.fields(), "text": each.text} for each in found.caveats]
    return verdict if failed else {**verdict, "facts": found.facts, "caveats": caveats}


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
