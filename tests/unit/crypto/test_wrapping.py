from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.wrapping import receiving_key, unwrap, wrap
from veriwatt.errors import Malformed, NotOpenable

SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))


@given(st.binary(max_size=300), st.binary(max_size=80))
def test_the_receiver_opens_a_secret_wrapped_for_it(plaintext: bytes, context: bytes) -> None:
    assert unwrap(SECRET, context, wrap(receiving_key(SECRET), context, plaintext), "it") == plaintext


def test_another_key_or_another_context_does_not_open_a_wrapped_secret() -> None:
    wrapped = wrap(receiving_key(SECRET), b"for t1", b"secret")
    for secret, context in ((OTHER, b"for t1"), (SECRET, b"for t2")):
        with pytest.raises(NotOpenable, match="the keys"):
            unwrap(secret, context, wrapped, "the keys")


def test_every_changed_byte_is_refused() -> None:
    wrapped = wrap(receiving_key(SECRET), b"", b"secret")
    for at in range(len(wrapped)):
        with pytest.raises(NotOpenable):
            unwrap(SECRET, b"", wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :], "it")
    for cut in (b"", wrapped[:31], wrapped[:-1]):
        with pytest.raises(NotOpenable):
            unwrap(SECRET, b"", cut, "it")


def test_an_unusable_receiving_key_is_refused() -> None:
    for receiver in (bytes(32), bytes(31), b"\x01" + bytes(31)):
        with pytest.raises(Malformed):
            wrap(receiver, b"", b"secret")
