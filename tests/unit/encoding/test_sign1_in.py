"""Envelopes cut out of their bytes are those that the decoder builds, and what it refuses is refused alike."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings

from veriwatt.encoding import Sign1, parse_sign1
from veriwatt.encoding.cose import sign1_in
from veriwatt.errors import VeriwattError

ENVELOPES = st.builds(Sign1, st.binary(max_size=40), st.binary(max_size=300), st.binary(max_size=70))
CHANGES = st.tuples(st.integers(0, 420), st.binary(max_size=3), st.integers(0, 3))


def outcome(parse: object, raw: bytes) -> object:
    try:
        return parse(raw, "the envelope")  # type: ignore[operator]
    except VeriwattError as refusal:
        return refusal.code, str(refusal)


@settings(max_examples=400, deadline=None)
@given(envelope=ENVELOPES, change=st.none() | CHANGES)
def test_both_ways_agree(envelope: Sign1, change: tuple[int, bytes, int] | None) -> None:
    raw = envelope.to_bytes()
    if change is not None:
        at, put, gone = change
        raw = raw[: at % (len(raw) + 1)] + put + raw[at % (len(raw) + 1) + gone :]
    assert outcome(sign1_in, raw) == outcome(parse_sign1, raw)


def test_a_canonical_envelope_is_its_parts_and_nothing_before_or_after() -> None:
    raw = Sign1(b"protected", b"payload" * 60, b"signature").to_bytes()
    assert sign1_in(raw, "") == Sign1(b"protected", b"payload" * 60, b"signature")
    for other in (
        b"",
        raw[:1],
        raw[:-1],
        raw + b"\0",
        b"\0" + raw,
        b"\x83" + raw[1:],
        raw.replace(b"\xa0", b"\x80", 1),
    ):
        assert isinstance(outcome(sign1_in, other), tuple)
        assert not isinstance(outcome(sign1_in, other), Sign1)
