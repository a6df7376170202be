"""The trees that a reader makes of the rows of one block after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from veriwatt.errors import Corrupted
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.merkle import state_tree
from veriwatt.merkle.state_proof import state_leaf_hash
from veriwatt.merkle.state_tree import StateTree

MANY = 1_000


class ListedRows:
    """The rows of one state."""

    def __init__(self, rows: dict[bytes, bytes]) -> None:
        self.rows = rows

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter([(key, value) for key, value in sorted(self.rows.items()) if key.startswith(prefix)])


def root(rows: dict[bytes, bytes]) -> bytes:
    return StateTree.from_items(rows.items()).root


def test_changed_added_and_deleted_rows_lead_to_the_root_of_the_new_state() -> None:
    trees, rows = StateTrees(), {b"org/%d" % n: b"first" for n in range(100)}
    trees.of(ListedRows(rows), 1, root(rows))
    rows = {**rows, b"org/7": b"other", b"org/new": b"added"}
    del rows[b"org/50"]
    assert trees.of(ListedRows(rows), 2, root(rows)).root == root(rows)
    assert trees.of(ListedRows({}), 3, root({})).root == root({})


def test_a_row_that_another_changed_is_found_whatever_was_read_before() -> None:
    trees, rows = StateTrees(), {b"org/%d" % n: b"first" for n in range(100)}
    committed = root(rows)
    trees.of(ListedRows(rows), 1, committed)
    with pytest.raises(Corrupted, match="block 2"):
        trees.of(ListedRows({**rows, b"org/7": b"forged"}), 2, committed)
    assert trees.of(ListedRows(rows), 2, committed).root == committed


def test_a_tree_that_was_kept_is_not_changed_by_rows_of_an_older_one() -> None:
    trees, rows = StateTrees(), {b"org/%d" % n: b"first" for n in range(100)}
    trees.of(ListedRows(rows), 1, root(rows))
    made = {**rows, b"org/7": b"other"}
    trees.keep(2, StateTree.from_items(made.items()))
    last = {**made, b"org/8": b"other"}
    assert trees.of(ListedRows(last), 3, root(last)).root == root(last)


def test_a_block_that_changes_few_rows_costs_a_reader_a_fraction_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    trees, rows = StateTrees(), {b"org/%d" % n: b"first" for n in range(MANY)}
    later = {**rows, b"org/7": b"other"}
    before, after, hashed = root(rows), root(later), list[bytes]()

    def counted(leaf: bytes) -> bytes:
        hashed.append(leaf)
        return state_leaf_hash(leaf)

    monkeypatch.setattr(state_tree, "state_leaf_hash", counted)
    trees.of(ListedRows(rows), 1, before)
    at_first = len(hashed)
    trees.of(ListedRows(later), 2, after)
    assert at_first >= MANY
    assert len(hashed) - at_first < MANY / 100
