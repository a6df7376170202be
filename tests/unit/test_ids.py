from __future__ import annotations

import pytest

from veriwatt.errors import Malformed
from veriwatt.ids import check_name
from veriwatt.testing.memory import bytes_left_by

MEGABYTE = 1 << 20


def test_a_string_too_long_for_a_name_is_not_cached() -> None:
    """Names come in frames and transactions of strangers, a megabyte long if they like."""

    def refuse_long_names() -> None:
        for letter in "abc":
            with pytest.raises(Malformed) as caught:
                check_name(letter * MEGABYTE, "org")
            assert len(str(caught.value)) < 300

    assert bytes_left_by(refuse_long_names) < MEGABYTE
    assert check_name("a" * 64, "org") == "a" * 64
