"""What n series did in the last hours: the reference that a sudden rise is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats, or_zero
from models.detect.readings.error_scale import ErrorScale, Where, peer_error
from models.detect.state import Arrays

MEMORY_S: Final = 10_000.0  # of the recent departure
FADE_S: Final = 20_000.0  # an hour without values lets it fade
SPREAD_DAYS: Final = 60.0  # memory of the usual magnitude of errors
PRIOR: Final = 50.0  # pairs that weigh as much as the assumption that half a departure remains
FORGET: Final = 0.9995
HELD_S: Final = 86_400.0  # so long at most the reference stands still
PAIR_S: Final = 7_200  # values farther apart than this are no pair
CLIP: Final = 3.0  # an error beyond so many scales moves the reference no further
FAR: Final = 5.0
ONE: Final = 0.85  # weight of one error beside the sum of two
LEAST: Final = 1.0  # scales of the newest error from which on the one before counts
LARGEST: Final = 1e3  # no error says more than this
MEAN_TO_SD: Final = 1.2533  # of a normal distribution: SD = 1.2533 · mean absolute deviation

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class ShortTermError:
    """How far n series are from where their last hours let them be; arrays of shape (n,).

    Attributes
    ----------
    expected : float64
        Departure that the last hours let expect.
    error : float64
        Departure less the expected; NaN without a value.
    scale : float64
        Robust standard deviation of errors at this level, in an hour like this.
    size : float64
        One error, or the sum of two in a row, in scales: the rarer of both. NaN with the error.
    usual : float64
        Magnitude of the error, in usual ones of the series; NaN while none is known.
    where : int64
        Place in the table of error scales.
    """

    expected: Floats
    error: Floats
    scale: Floats
    size: Floats
    usual: Floats
    where: Where


class ShortTermMemory:
    """Short memory of the departures of n series from their profile.

    A departure is expected to last: of the mean of the last three hours, the share that remained
    in the past (a regression on itself). What lies beyond is the error, in scales of its level
    and hour (`ErrorScale`). Two errors in a row, both measured against what was known before the
    first, add up. While a series is held, its reference stands still, so that a lasting excess
    keeps its size; after a day it moves on and the new level becomes normal.

    Parameters
    ----------
    width_s : int
        Length of a pane in seconds.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115: sums of errors find
    lasting changes that single errors hide.
    """

    def __init__(self, width_s: int) -> None:
        self.width_s = width_s
        self.error_scale = ErrorScale()
        self.seen = np.zeros(0)
        self.recent = np.zeros(0)
        self.spread = np.zeros(0)  # mean magnitude of errors, where the factor of scale is 1
        self.square = np.zeros(0)
        self.product = np.zeros(0)
        self.age = np.zeros(0)  # panes since the last value
        self.held = np.zeros(0)  # panes that the reference has stood still
        self.before = np.zeros(0)  # what was expected before the last value
        self.error = np.zeros(0)
        self.scale = np.zeros(0)

    def resize(self, n: int) -> None:
        """Hold n series: new ones come last and know nothing, what is beyond n is forgotten."""
        if n == self.seen.size:
            return
        for name in _SERIES:
            array = getattr(self, name)[:n]
            setattr(self, name, np.pad(array, (0, n - array.size)))

    def arrays(self) -> Arrays:
        """Give the whole state; the arrays are the memory's own."""
        own = {name: getattr(self, name) for name in _SERIES}
        return own | {"noise_size": self.error_scale.size, "noise_seen": self.error_scale.seen}

    def restore(self, arrays: Arrays) -> None:
        """Take up a state that `arrays` gave."""
        for name in _SERIES:
            setattr(self, name, arrays[name])
        self.error_scale.size, self.error_scale.seen = arrays["noise_size"], arrays["noise_seen"]

    def judge(self, departure: Floats, level: Floats, floor: Floats) -> ShortTermError:
        """Measure departures against those of the last hours.

        Parameters
        ----------
        departure : ndarray, shape (n,), float64
            Values less what the profile expects; NaN where none.
        level : ndarray, shape (n,), float64
            What the profile expects of the values themselves, in log units over the offset; NaN
            where the scale has nothing to do with the level.
        floor : ndarray, shape (n,), float64
            Least scale, in the unit of the departures.
        """
        expected = self.product / np.maximum(self.square, 1e-9) * self.recent
        error = departure - expected
        usual = np.abs(error) / np.maximum(self.spread, floor / MEAN_TO_SD)
        usual = np.where(self.seen > 0, usual, np.nan)
        where = self.error_scale.where(level + expected, peer_error(usual))
        scale = np.maximum(MEAN_TO_SD * self.spread * self.error_scale.factor(where), floor)
        size = np.clip(error / scale, -LARGEST, LARGEST)
        pair = self._pair(departure, size, scale)
        size = np.where(np.abs(pair) > ONE * np.abs(size), pair, ONE * size)
        return ShortTermError(
            expected=expected, error=error, scale=scale, size=size, usual=usual, where=where
        )

    def learn(self, departure: Floats, found: ShortTermError, is_frozen: Mask) -> None:
        """Take up what was judged; the reference of a series far out stands still for up to a day.

        Parameters
        ----------
        departure : ndarray, shape (n,), float64
        found : ShortTermError
            What `judge` said of it.
        is_frozen : ndarray, shape (n,), bool
            Where the series is so far out that its reference is to stand still.
        """
        known = np.isfinite(departure)
        self.age += 1
        lasted = np.where(self.held > 0, self.held + self.age, 1.0)
        self.held = np.where(known, lasted * is_frozen, self.held)
        is_held = (self.held > 0) & (self.held * self.width_s <= HELD_S)
        learns = known & ~is_held
        self._learn_scale(found, learns)
        self._learn_share(departure, found, learns)
        self._learn_recent(departure, found, learns, known)
        self.before = np.where(known, found.expected, self.before)
        self.error = np.where(known, found.error, self.error)
        self.scale = np.where(known, found.scale, self.scale)
        self.age[known] = 0
        self.seen += known

    def pass_by(self) -> None:
        """Take up a pane in which no series has a value, before any had one."""
        self.age += 1
        self.square[:], self.product[:] = PRIOR, PRIOR / 2

    def _pair(self, departure: Floats, size: Floats, scale: Floats) -> Floats:
        """Sum of this error and the last one on the same side, in scales of the sum; else 0."""
        this = departure - self.before
        both = (this + self.error) / np.sqrt(scale**2 + self.scale**2)
        counts = (self.seen > 0) & ((self.age + 1) * self.width_s <= PAIR_S)
        counts &= (np.abs(size) >= LEAST) & (size * self.error > 0)
        return np.where(counts, np.clip(both, -LARGEST, LARGEST), 0.0)

    def _learn_scale(self, found: ShortTermError, learns: Mask) -> None:
        factor = self.error_scale.factor(found.where)
        self.error_scale.learn(found.where, np.where(learns, found.usual, np.nan))
        per_day = 86_400 / self.width_s
        gain = learns / np.minimum(self.seen + 1, SPREAD_DAYS * per_day)
        limit = np.where(self.seen > per_day, FAR * found.scale, np.inf)
        size = np.minimum(np.abs(or_zero(found.error)) / factor, limit)
        self.spread += gain * (size - self.spread)

    def _learn_share(self, departure: Floats, found: ShortTermError, learns: Mask) -> None:
        """Take up how much of a departure remains."""
        before = np.clip(self.recent / found.scale, -FAR, FAR)
        now = np.clip(or_zero(departure) / found.scale, -FAR, FAR)
        keep = np.where(learns, FORGET, 1.0)
        self.square = np.where(self.seen > 0, self.square * keep + learns * before**2, PRIOR)
        self.product = np.where(
            self.seen > 0, self.product * keep + learns * before * now, PRIOR / 2
        )

    def _learn_recent(
        self, departure: Floats, found: ShortTermError, learns: Mask, known: Mask
    ) -> None:
        limit = CLIP * found.scale
        step = np.clip(or_zero(departure - self.recent), -limit, limit)
        gain = learns * (1 - np.exp(-self.age * (self.width_s / MEMORY_S)))
        self.recent = np.where(
            known, self.recent + gain * step, self.recent * np.exp(-self.width_s / FADE_S)
        )


_SERIES: Final = (
    "seen",
    "recent",
    "spread",
    "square",
    "product",
    "age",
    "held",
    "before",
    "error",
    "scale",
)
