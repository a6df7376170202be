from __future__ import annotations

import pytest

from veriwatt import ids
from veriwatt.errors import Malformed


def test_what_is_too_long_for_a_name_is_not_remembered() -> None:
    """Names come in frames and transactions of strangers, a megabyte long if they like."""
    before = ids._is_name.cache_info().currsize
    for letter in "abc":
        with pytest.raises(Malformed) as caught:
            ids.check_name(letter * 1_000_000, "org")
        assert len(str(caught.value)) < 300
    assert ids._is_name.cache_info().currsize == before
    assert ids.check_name("a" * 64, "org") == "a" * 64
