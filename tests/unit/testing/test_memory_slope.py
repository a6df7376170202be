"""The slope of memory is that of the later half: what is filled once does not count."""

from __future__ import annotations

from veriwatt.testing.memory_slope import Sample, slope


def test_a_process_that_fills_a_cache_and_then_stays_does_not_grow() -> None:
    assert slope([Sample(at, min(at, 5) * 1_000_000) for at in range(20)]) == 0


def test_growth_is_told_by_the_block() -> None:
    assert round(slope([Sample(10 * at, 5_000 * at) for at in range(20)])) == 500
