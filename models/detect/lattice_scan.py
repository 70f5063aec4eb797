"""Rectangles of a lattice in the last days, scanned by integral images: fast enough to look often.

A window is a rectangle of cells times the last d days. Its sum is four look-ups in an image of
running sums, whatever its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]
Score = Callable[[Single, Single], Single]  # (observed, expected) of windows to their scores

_LEAST_CASES = 3  # fewer are no cluster
_LARGEST_SHARE = 0.5  # of what is expected in one window


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """Counts of a lattice of ny × nx cells in the last days.

    Attributes
    ----------
    recent : ndarray, shape (d, ny, nx), float32
        Cases of each cell in the last 1, 2, ..., d days.
    usual : ndarray, shape (ny, nx), float32
        What each cell should have, for example in all days of the study.
    share : ndarray, shape (d,), float32
        How much of `usual` should come in the last 1, 2, ..., d days.

    Notes
    -----
    With `usual` the cases of the whole study and `share` the days' share of all cases it is the
    space-time permutation; with both from a seasonal expectation it is expectation-based.
    """

    recent: Single
    usual: Single
    share: Single

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.recent.shape != (len(self.share), *self.usual.shape):
            msg = (
                f"recent of shape {self.recent.shape} does not go with usual of shape "
                f"{self.usual.shape} and {len(self.share)} days"
            )
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class Window:
    """The strongest window: rows [top, top + height), columns [left, left + width), last days."""

    top: int
    left: int
    height: int
    width: int
    days: int
    observed: float
    expected: float
    score: float


def shapes(largest: int) -> list[tuple[int, int]]:
    """Give squares of odd sides up to `largest`, and strips three times as long as wide.

    Examples
    --------
    >>> shapes(3)
    [(1, 1), (1, 3), (3, 1), (3, 3)]
    """
    sides = range(1, largest + 1, 2)
    strips = [(3 * side, side) for side in sides if 3 * side <= largest]
    return sorted({(s, s) for s in sides} | set(strips) | {(b, a) for a, b in strips})


def strongest(lattice: Lattice, sides: Iterable[tuple[int, int]], score: Score) -> Window | None:
    """Find the window with the highest score; None where no window holds three cases too many.

    Parameters
    ----------
    lattice : Lattice
    sides : iterable of (height, width)
        Rectangles to try at every place; one larger than the lattice is left out.
    score : callable
        Such as `poisson_excess`, or `permutation_score` of the number of cases.

    References
    ----------
    Neill & Moore 2004, KDD '04 (rectangles by cumulative sums); Viola & Jones 2001 (integral
    image).
    """
    recent, usual = _integral(lattice.recent), _integral(lattice.usual[None])
    most = _LARGEST_SHARE * float(lattice.usual.sum())
    best: Window | None = None
    for height, width in sides:
        if height > lattice.usual.shape[0] or width > lattice.usual.shape[1]:
            continue
        observed = _sums(recent, height, width)
        whole = _sums(usual, height, width)
        whole[whole > most] = np.inf  # more than expected is then never seen there
        found = _best_place(observed, whole * lattice.share[:, None, None], score)
        if found is not None and (best is None or found[0] > best.score):
            value, (days, top, left), expected = found
            best = Window(
                top=top,
                left=left,
                height=height,
                width=width,
                days=days + 1,
                observed=float(observed[days, top, left]),
                expected=expected,
                score=value,
            )
    return best


def permutation_score(total: float) -> Score:
    """Kulldorff's log likelihood ratio for `total` cases of the study, as a score."""

    def score(observed: Single, expected: Single) -> Single:
        rest, rest_expected = total - observed, np.maximum(total - expected, 1e-6)
        outside = rest * np.log(np.maximum(rest, 1e-6) / rest_expected)
        inside = observed * np.log(observed / np.maximum(expected, 1e-6))
        return np.asarray(inside + outside, dtype=np.float32)

    return score


def poisson_excess(observed: Single, expected: Single) -> Single:
    """Expectation-based Poisson log likelihood ratio of windows that hold more than expected.

    References
    ----------
    Neill 2009, International Journal of Forecasting 25:498.

    Examples
    --------
    >>> poisson_excess(np.array([8], np.float32), np.array([2], np.float32)).round(2)
    array([5.09], dtype=float32)
    """
    expected = np.maximum(expected, np.float32(1e-6))
    ratio = observed * np.log(observed / expected) + expected - observed
    return np.asarray(ratio, dtype=np.float32)


def _integral(values: Single) -> Single:
    """Take running sums over both lattice axes, with a row and column of zeros before them."""
    padded = np.zeros((len(values), values.shape[1] + 1, values.shape[2] + 1), dtype=np.float32)
    np.cumsum(np.cumsum(values, axis=1, dtype=np.float64), axis=2, out=padded[:, 1:, 1:])
    return padded


def _sums(integral: Single, height: int, width: int) -> Single:
    rows = integral[:, height:] - integral[:, :-height]
    sums: Single = rows[:, :, width:] - rows[:, :, :-width]
    return sums


def _best_place(
    observed: Single, expected: Single, score: Score
) -> tuple[float, tuple[int, int, int], float] | None:
    at = np.flatnonzero((observed >= _LEAST_CASES) & (observed > expected))
    if not at.size:
        return None
    values = score(observed.ravel()[at], expected.ravel()[at])
    best = int(values.argmax())
    days, top, left = (int(i) for i in np.unravel_index(at[best], observed.shape))
    return float(values[best]), (days, top, left), float(expected[days, top, left])
