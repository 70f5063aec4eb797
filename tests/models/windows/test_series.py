"""Numbers of the pairs of cell and metric."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.windows.series import SeriesIndex

STREETS = ("110101001", "110101002", "310115004")
PAIRS = st.tuples(st.sampled_from(STREETS), st.integers(0, 999_999), st.integers(0, 2))


def located(
    index: SeriesIndex, street: str, cells: NDArray[np.uint32], metrics: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Series of cells of one street."""
    return index.locate((street,), np.zeros(cells.size, np.intp), cells, metrics)


@settings(deadline=None)
@given(st.lists(st.lists(PAIRS, min_size=1, max_size=8), max_size=8))
def test_a_pair_keeps_its_number_and_the_columns_name_it(
    frames: list[list[tuple[str, int, int]]],
) -> None:
    index = SeriesIndex(metrics=3)
    numbers: dict[tuple[str, int, int], int] = {}
    for pairs in frames:
        street = pairs[0][0]
        rows = [(street, cell, metric) for _, cell, metric in pairs]
        cells = np.array([row[1] for row in rows], np.uint32)
        metrics = np.array([row[2] for row in rows], np.int64)
        for row, series in zip(rows, located(index, street, cells, metrics).tolist(), strict=True):
            assert numbers.setdefault(row, series) == series
    assert sorted(numbers.values()) == list(range(index.size))
    for (street, cell, metric), series in numbers.items():
        assert index.cells[series] == int(street) * 10**6 + cell
        assert index.metrics[series] == metric


def test_order_by_cell_then_metric_follows_new_series() -> None:
    index = SeriesIndex(metrics=2)
    located(index, "110101002", np.array([5, 5], np.uint32), np.array([1, 0]))
    assert index.metrics[index.by_cell()].tolist() == [0, 1]
    located(index, "110101001", np.array([9], np.uint32), np.array([1]))
    assert index.cells[index.by_cell()].tolist() == [
        110101001000009,
        110101002000005,
        110101002000005,
    ]
    assert index.metrics[index.by_cell()].tolist() == [1, 0, 1]


def test_saved_blocks_make_the_same_index_and_only_new_ones_are_saved_again() -> None:
    index = SeriesIndex(metrics=2)
    cells = np.arange(6000, dtype=np.uint32)
    located(index, "110101001", cells, np.zeros(6000, np.int64))
    saved = index.changes()
    assert sorted(saved) == [(0,), (1,)]
    assert index.changes() == {}
    located(index, "110101002", cells[:1], np.ones(1, np.int64))
    saved |= index.changes()
    copy = SeriesIndex(metrics=2)
    copy.load([blob for _, blob in sorted(saved.items()) if blob], np.arange(2))
    assert copy.cells.tolist() == index.cells.tolist()
    for street in ("110101001", "110101002"):
        mine = located(copy, street, cells[:1], np.ones(1, np.int64))
        assert mine.tolist() == located(index, street, cells[:1], np.ones(1, np.int64)).tolist()


def test_lookup_of_ten_thousand_cells_and_eight_metrics_stays_small() -> None:
    index = SeriesIndex(metrics=8)
    for street in range(17):
        cells = np.repeat(np.arange(600, dtype=np.uint32) % 40 + np.arange(600) // 40 * 1000, 8)
        metrics = np.tile(np.arange(8), 600)
        located(index, f"1101010{street:02d}", cells.astype(np.uint32), metrics)
    assert index.size == 17 * 600 * 8
    assert index.nbytes < 16e6


def test_many_streets_at_once_give_the_series_that_each_alone_gives() -> None:
    rng = np.random.default_rng(4)
    streets = ("110101003", "110101001", "110101009")
    of, cells = rng.integers(0, 3, 500), rng.integers(0, 5000, 500).astype(np.uint32)
    metrics = rng.integers(0, 2, 500)
    index = SeriesIndex(metrics=2)
    series = index.locate(streets, of, cells, metrics)
    codes = [
        int(streets[street]) * 10**6 + cell for street, cell in zip(of, cells.tolist(), strict=True)
    ]
    assert index.cells[series].tolist() == codes
    assert index.metrics[series].tolist() == metrics.tolist()
    for number, street in enumerate(streets):
        mine = of == number
        alone = located(index, street, cells[mine], metrics[mine])
        assert alone.tolist() == series[mine].tolist()
    assert index.size == np.unique(np.array(codes) * 2 + metrics).size
