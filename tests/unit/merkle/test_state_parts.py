"""The parts of the map prove the whole map, and nothing else passes for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.merkle.state_parts import (
    INNER,
    PARTS,
    SINGLE,
    Row,
    part_of,
    parts_of,
    summary_of,
    verify_part,
    verify_summaries,
)
from veriwatt.merkle.state_tree import StateTree


def parts(rows: dict[bytes, bytes]) -> tuple[Digest, list[list[Row]], list[bytes]]:
    divided = parts_of(sorted(rows.items()))
    return StateTree.from_items(rows.items()).root, divided, [summary_of(each) for each in divided]


def numbered(count: int) -> dict[bytes, bytes]:
    return {f"key/{at}".encode(): f"value {at}".encode() for at in range(count)}


@given(st.dictionaries(st.binary(max_size=4), st.binary(max_size=3), max_size=40))
def test_the_parts_of_any_map_lead_to_its_root(rows: dict[bytes, bytes]) -> None:
    root, divided, summaries = parts(rows)
    verify_summaries(root, summaries)
    for n in range(PARTS):
        verify_part(n, summaries[n], divided[n])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 257, 2_000])
def test_the_parts_of_maps_of_every_size_lead_to_the_root(count: int) -> None:
    root, divided, summaries = parts(numbered(count))
    verify_summaries(root, summaries)
    assert sum(map(len, divided)) == count


@pytest.mark.parametrize("count", [1, 2, 40, 2_000])
def test_no_part_can_be_left_out_or_tagged_as_another(count: int) -> None:
    root, divided, summaries = parts(numbered(count))
    n = next(n for n in range(PARTS) if summaries[n])
    other_tag = INNER if summaries[n][:1] == SINGLE else SINGLE
    for lie in (b"", SINGLE + bytes(32), INNER + bytes(32), other_tag + summaries[n][1:]):
        with pytest.raises((NotProven, Malformed)):  # beside a filled part the tag shows with the rows alone
            verify_summaries(root, [*summaries[:n], lie, *summaries[n + 1 :]])
            verify_part(n, lie, divided[n])
    with pytest.raises(Malformed):
        verify_summaries(root, summaries[:-1])
    with pytest.raises(Malformed):
        verify_summaries(root, [b"\x03" + bytes(32), *summaries[1:]])


def test_a_lone_key_that_is_shown_in_another_part_is_refused_with_its_row() -> None:
    """Its leaf moves up, so the summaries alone lead to the root; the row is in the wrong part."""
    root, divided, summaries = parts({b"a": b"1"})
    n = part_of(b"a")
    moved = [b""] * PARTS
    moved[n ^ 1] = summaries[n]
    verify_summaries(root, moved)
    with pytest.raises(Malformed, match="another part"):
        verify_part(n ^ 1, moved[n ^ 1], divided[n])


def test_a_row_can_not_be_left_out_added_changed_or_repeated() -> None:
    _, divided, summaries = parts(numbered(2_000))
    n = next(n for n in range(PARTS) if len(divided[n]) > 3)
    rows = divided[n]
    key, value = rows[0]
    for lie in (rows[1:], [*rows, rows[-1]], [(key, value + b"!"), *rows[1:]], rows[::-1], []):
        with pytest.raises((NotProven, Malformed)):
            verify_part(n, summaries[n], lie)


def test_an_inner_node_can_not_be_shown_as_one_key() -> None:
    """Tagged as a single leaf, the node above two keys folds to the same root; no row has that leaf."""
    root, divided, summaries = parts(numbered(2_000))
    n = next(n for n in range(PARTS) if len(divided[n]) > 1)
    with pytest.raises(NotProven):
        verify_part(n, SINGLE + summaries[n][1:], divided[n][:1])
    verify_summaries(root, summaries)
