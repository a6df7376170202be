from __future__ import annotations

import pytest

from veriwatt.ledger.comet.rpc import BATCH_BYTES, BATCH_COUNT, batches


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([], []),
        ([300] * 3, [3]),
        ([300] * (2 * BATCH_COUNT + 1), [BATCH_COUNT, BATCH_COUNT, 1]),
        ([1_000_000] * 5, [2, 2, 1]),
        ([BATCH_BYTES, 1, 1], [1, 2]),
    ],
)
def test_a_request_has_so_many_transactions_and_so_many_bytes(sizes: list[int], counts: list[int]) -> None:
    ranges = list(batches([bytes(size) for size in sizes]))
    assert [len(each) for each in ranges] == counts
    assert [at for each in ranges for at in each] == list(range(len(sizes)))
