"""Rows in memory answer as a sorted dict does, whatever was scanned between the changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from veriwatt.machine.memory_rows import MemoryRows

KEYS = st.sampled_from([b"a", b"a/", b"a/1", b"a/2", b"a/2/x", b"ab/1", b"b/1", b"b/2", b"rootlog"])
PREFIXES = [b"", b"a", b"a/", b"a/2", b"ab/", b"b/", b"none/", b"rootlog"]
BLOCKS = st.lists(st.tuples(st.dictionaries(KEYS, st.none() | st.binary(max_size=2)), st.sampled_from(PREFIXES)))


@given(st.dictionaries(KEYS, st.binary(max_size=2)), BLOCKS)
def test_rows_in_memory_are_a_sorted_dict(
    first: dict[bytes, bytes], blocks: list[tuple[dict[bytes, bytes | None], bytes]]
) -> None:
    rows, model = MemoryRows(first), dict(first)
    for changes, prefix in blocks:
        rows.take(changes)
        model = {key: value for key, value in {**model, **changes}.items() if value is not None}
        assert list(rows.scan(prefix)) == sorted(item for item in model.items() if item[0].startswith(prefix))
        assert all(rows.get(key) == model.get(key) for key in changes)
