from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.key_tree import WINDOWS, Cover, OutsideCover, TreeNode, cover, nodes, window_key
from veriwatt.encoding import decode, encode

MASTER = b"\x09" * 32
SPANS = st.tuples(st.integers(0, WINDOWS), st.integers(0, WINDOWS)).filter(lambda ab: ab[0] != ab[1]).map(sorted)
NEAR = st.tuples(st.integers(0, WINDOWS - 200), st.integers(1, 200)).map(lambda at: [at[0], at[0] + at[1]])


@given(SPANS | NEAR)
def test_nodes_lie_side_by_side_and_fill_exactly_the_span(span: list[int]) -> None:
    made = list(nodes(*span))
    edges = [made[0].first, *(node.end for node in made)]
    assert edges[0] == span[0]
    assert edges[-1] == span[1]
    assert all(node.first == edge for node, edge in zip(made, edges, strict=False))


@given(SPANS | NEAR)
def test_no_two_nodes_could_be_one(span: list[int]) -> None:
    for left, right in combinations(nodes(*span), 2):
        assert left.height != right.height or left.position >> 1 != right.position >> 1


@given(NEAR, st.data())
def test_cover_opens_each_window_inside_with_its_own_key(span: list[int], data: st.DataObject) -> None:
    index = data.draw(st.integers(span[0], span[1] - 1))
    assert cover(MASTER, *span).key(index) == window_key(MASTER, index)


@given(SPANS | NEAR, st.integers(0, WINDOWS - 1))
def test_cover_opens_nothing_outside(span: list[int], index: int) -> None:
    made = cover(MASTER, *span)
    if span[0] <= index < span[1]:
        assert made.key(index) == window_key(MASTER, index)
    else:
        with pytest.raises(OutsideCover):
            made.key(index)


@given(SPANS | NEAR)
def test_no_node_of_a_cover_is_above_a_window_outside_it(span: list[int]) -> None:
    assert all(span[0] <= node.first and node.end <= span[1] for node in nodes(*span))


@given(SPANS | NEAR, st.data())
def test_part_of_a_cover_is_the_cover_of_the_part(span: list[int], data: st.DataObject) -> None:
    first = data.draw(st.integers(span[0], span[1] - 1))
    end = data.draw(st.integers(first + 1, span[1]))
    assert cover(MASTER, *span).part(first, end) == cover(MASTER, first, end)


@given(SPANS | NEAR)
def test_a_cover_round_trips_through_its_record(span: list[int]) -> None:
    made = cover(MASTER, *span)
    assert Cover.parse(decode(encode(made.fields()))) == made


def test_every_small_cover_is_as_small_as_any_cover_can_be() -> None:
    """Fewest dyadic blocks, by trying all splits, for every span of 16 windows."""
    fewest = {(a, a): 0 for a in range(17)}
    for length in range(1, 17):
        for a in range(17 - length):
            tops = [n for h in range(5) if (n := TreeNode(h, a >> h)).first == a and n.end <= a + length]
            fewest[a, a + length] = 1 + min(fewest[top.end, a + length] for top in tops)
            assert len(list(nodes(a, a + length))) == fewest[a, a + length]
