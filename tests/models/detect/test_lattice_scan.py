"""Rectangles on a lattice against plain sums over every window."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from models.detect.lattice_scan import (
    Lattice,
    Window,
    permutation_score,
    poisson_excess,
    shapes,
    strongest,
)
from models.detect.scan import permutation_llr

Single = NDArray[np.float32]


def lattice(seed: int = 1, size: tuple[int, int, int] = (60, 7, 9)) -> tuple[Single, Lattice]:
    daily = np.random.default_rng(seed).poisson(0.2, size).astype(np.float32)
    recent = daily[::-1][:6].cumsum(axis=0)
    share = recent.sum(axis=(1, 2)) / daily.sum()
    return daily, Lattice(recent=recent, usual=daily.sum(axis=0), share=share)


def by_hand(daily: Single, sides: list[tuple[int, int]]) -> Window:
    """Try every window one by one, with the double-precision ratio of the circle scan."""
    total = float(daily.sum())
    windows = []
    for (height, width), days in product(sides, range(1, 7)):
        for top, left in product(range(7 - height + 1), range(9 - width + 1)):
            box = daily[:, top : top + height, left : left + width]
            observed, whole = float(box[-days:].sum()), float(box.sum())
            expected = whole * float(daily[-days:].sum()) / total
            if observed < 3 or whole > total / 2:
                continue
            score = float(permutation_llr(np.array(observed), np.array(expected), total))
            place = {"top": top, "left": left, "height": height, "width": width, "days": days}
            windows.append(Window(**place, observed=observed, expected=expected, score=score))
    return max(windows, key=lambda window: window.score)


@pytest.mark.parametrize("seed", range(5))
def test_strongest_is_the_best_of_all_windows(seed: int) -> None:
    daily, cells = lattice(seed)
    sides = shapes(5)
    found = strongest(cells, sides, permutation_score(float(daily.sum())))
    best = by_hand(daily, sides)
    assert found is not None
    assert found.score == pytest.approx(best.score, rel=1e-3)
    assert found.expected == pytest.approx(best.expected, rel=1e-3)
    assert vars(found) == vars(best) | {"score": found.score, "expected": found.expected}


def test_strip_is_found_as_a_strip() -> None:
    daily, _ = lattice(size=(300, 7, 9))
    daily *= 0
    daily[:, ::2, ::2] = 1  # evenly busy
    daily[-2:, 3, 1:7] += 4  # along one row
    recent = daily[::-1][:6].cumsum(axis=0)
    cells = Lattice(
        recent=recent, usual=daily.sum(axis=0), share=recent.sum(axis=(1, 2)) / daily.sum()
    )
    found = strongest(cells, [(1, 1), (3, 3), (1, 6), (6, 1)], permutation_score(daily.sum()))
    assert found is not None
    assert (found.top, found.left, found.height, found.width, found.days) == (3, 1, 1, 6, 2)


def test_expected_rise_is_no_excess() -> None:
    usual = np.full((5, 5), 2.0, dtype=np.float32)  # cases a day
    recent = np.cumsum(np.full((3, 5, 5), 6.0, dtype=np.float32), axis=0)
    spring = Lattice(recent=recent, usual=usual, share=np.array([3, 6, 9], dtype=np.float32))
    winter = Lattice(recent=recent, usual=usual, share=np.array([1, 2, 3], dtype=np.float32))
    assert strongest(spring, shapes(3), poisson_excess) is None
    found = strongest(winter, shapes(3), poisson_excess)
    assert found is not None
    assert (found.height, found.width, found.days) == (3, 3, 3)
    assert found.score == pytest.approx(9 * 18 * np.log(3) + 54 - 162, rel=1e-5)


def test_nothing_to_find() -> None:
    zeros = Lattice(
        recent=np.zeros((2, 4, 4), np.float32),
        usual=np.zeros((4, 4), np.float32),
        share=np.ones(2, np.float32),
    )
    assert strongest(zeros, shapes(3), poisson_excess) is None
    assert strongest(lattice()[1], [(50, 50)], poisson_excess) is None


def test_shapes_are_squares_and_strips() -> None:
    assert shapes(1) == [(1, 1)]
    assert shapes(9) == [
        (1, 1), (1, 3), (3, 1), (3, 3), (3, 9), (5, 5), (7, 7), (9, 3), (9, 9),
    ]  # fmt: skip


def test_parts_must_go_together() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3, 3\) does not go with usual of shape \(3, 4\)"):
        Lattice(
            recent=np.zeros((2, 3, 3), np.float32),
            usual=np.zeros((3, 4), np.float32),
            share=np.ones(2, np.float32),
        )
