"""How often chance gives a run of unusual panes: counted in the past, extended by p-values."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.detect.contract import Floats
from models.detect.state import pack, unpack
from models.detect.stats.supported import longest_supported, shared
from models.timing.units import DAY_MS

STEP: Final = 0.1  # of score, from one counted threshold to the next
TOP: Final = 80  # thresholds; a score is at most 7.9, which is `calibration.LEAST_P`
ENOUGH: Final = 10  # upcrossings of a threshold from which on its own rate counts
GAP_MS: Final = 6 * 3_600_000  # values farther apart are no run, and no more time is counted
NEVER: Final = -1  # no pane: epoch milliseconds of readings are over 0

_GRID: Final = np.arange(TOP + 1) * STEP
_LOG_TAIL: Final = special.log_ndtr(-_GRID)
_LOG_LEAST: Final = np.log(1e-9)

Places = NDArray[np.int64]


class RunRecurrence:
    """Recurrence interval of runs of `run` panes, learned from n series together.

    The score of a run is the lowest of its panes, 0 where one of them was no excess. A run score
    that rises over a threshold is an upcrossing: what a warning with that threshold would have
    been raised by. Their number in the days observed is the rate of false warnings, whatever makes
    panes follow each other. Beyond the last threshold that was crossed `ENOUGH` times the rate
    falls as the p-values of the scores do.

    Parameters
    ----------
    run : int
        Panes in a row that a warning needs.

    References
    ----------
    Leadbetter, M. R. (1983). Extremes and local dependence in stationary sequences. Z.
    Wahrscheinlichkeitstheorie 65, 291-306: exceedances come in clusters, and clusters are counted.

    Examples
    --------
    >>> once = RunRecurrence(2)
    >>> for pane in range(3):
    ...     severity, newest = once.observe(pane * 900_000, np.array([0]), np.array([3.0]))
    >>> once.score.round(1).tolist(), float(once.crossings[30])
    ([3.0], 1.0)
    """

    def __init__(self, run: int) -> None:
        self.run = run
        self.days = 0.0  # series × days observed
        self.span_days = 0.0  # days in which any series was observed
        self.newest_ms = NEVER
        self.crossings: Floats = np.zeros(TOP + 1)  # of each threshold of `_GRID`, upwards
        self.recent: Floats = np.zeros((run, 0))  # newest scores of each series
        self.score: Floats = np.zeros(0)  # of the run that ends with the newest value
        self.last_ms: NDArray[np.int64] = np.zeros(0, np.int64)

    def observe(self, start_ms: int, places: Places, scores: Floats) -> tuple[Floats, Floats]:
        """Rate the runs that end with a pane, then learn from them.

        Parameters
        ----------
        start_ms : int
            Of the pane, event time; not before the pane before.
        places : ndarray, shape (m,), int64
            Series that were judged, each once.
        scores : ndarray, shape (m,), float64
            How unusual their excess is, on the scale of a normal distribution; 0 for none.

        Returns
        -------
        severity, newest : ndarray, shape (m,), float64
            By chance one series has as rare a run once in so many days; and if all panes of the
            run had been like the newest.
        """
        self._grow(int(places.max(initial=-1)) + 1)
        gap_ms = start_ms - self.last_ms[places]
        is_apart = (self.last_ms[places] == NEVER) | (gap_ms > GAP_MS)
        recent = np.where(is_apart, 0.0, self.recent[1:, places])
        recent = np.concatenate([recent, scores[None]])
        before = np.where(is_apart, 0.0, self.score[places])
        now = recent.min(axis=0)
        severity, newest = self._rated(now), self._rated(scores)
        self.recent[:, places], self.score[places] = recent, now
        self.last_ms[places] = start_ms
        self._count(before, now)
        self.days += float(np.where(is_apart, 0, gap_ms).sum()) / DAY_MS
        self._follow(start_ms)
        return severity, newest

    def rewind(self, now_ms: int) -> None:
        """Begin new runs where the last pane was later than a time."""
        self.last_ms[self.last_ms > now_ms] = NEVER
        self.newest_ms = NEVER if self.newest_ms > now_ms else self.newest_ms

    def log_days(self) -> Floats:
        """Logarithm of the recurrence interval of one series at each threshold, never falling."""
        days = max(self.days, 1 / 96)
        counted = np.log(self.crossings + 1)
        known = np.flatnonzero(self.crossings >= ENOUGH)
        last = int(known[-1]) if known.size else 1
        beyond = counted[last] + _LOG_TAIL - _LOG_TAIL[last]
        log_rate = np.where(np.arange(TOP + 1) <= last, counted, beyond) - np.log(days)
        log_rate[0] = np.inf  # no excess at all is no rarity
        rising: Floats = np.maximum.accumulate(-log_rate)
        return np.maximum(rising, _LOG_LEAST)

    def most_days(self, watched: NDArray[np.int64]) -> Floats:
        """Give the longest recurrence interval that was seen enough of, by series watched.

        It is the time that all series together were observed, shared among those watched: beyond
        it nothing was counted, and the fall of the p-values alone would speak. Nor is it more
        than the days observed support, however many series there were: all saw the same season.
        """
        counted = shared(self.days, watched)
        most: Floats = np.minimum(counted, longest_supported(self.span_days))
        return most

    def score_of(self, days: float) -> float:
        """Give the lowest score that comes once in so many days."""
        return float(np.interp(np.log(max(days, 1e-9)), self.log_days(), _GRID))

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        arrays = {"crossings": self.crossings, "recent": self.recent, "score": self.score}
        values = {"run": self.run, "days": self.days, "span_days": self.span_days}
        return pack(values | {"newest_ms": self.newest_ms}, {**arrays, "last_ms": self.last_ms})

    @classmethod
    def from_bytes(cls, data: bytes) -> RunRecurrence:
        """Continue where `to_bytes` was called; raises `MalformedState` on anything else."""
        values, arrays = unpack(data)
        made = cls(int(values["run"]))
        made.days = float(values["days"])
        made.crossings, made.recent = arrays["crossings"], arrays["recent"]
        made.score, made.last_ms = arrays["score"], arrays["last_ms"]
        # States of earlier versions do not know the days: no series was observed for longer.
        made.span_days = float(values.get("span_days", made.days / max(made.score.size, 1)))
        made.newest_ms = int(values.get("newest_ms", made.last_ms.max(initial=NEVER)))
        return made

    def _follow(self, start_ms: int) -> None:
        """Count the time since the pane before, whichever series it was of."""
        gap_ms = start_ms - self.newest_ms
        if self.newest_ms != NEVER and 0 < gap_ms <= GAP_MS:
            self.span_days += gap_ms / DAY_MS
        self.newest_ms = max(self.newest_ms, start_ms)

    def _rated(self, scores: Floats) -> Floats:
        """Give the recurrence interval of each score; most panes have no excess at all."""
        if not scores.any():
            return np.zeros(scores.shape)
        rated: Floats = np.exp(np.interp(scores, _GRID, self.log_days()))
        return rated

    def _count(self, before: Floats, now: Floats) -> None:
        """Count each threshold that a run score rose over."""
        risen = now > before
        if not risen.any():
            return
        bins = [
            np.bincount(np.minimum(each[risen] / STEP + 1e-9, TOP).astype(int), minlength=TOP + 1)
            for each in (now, before)
        ]
        self.crossings += (bins[0] - bins[1])[::-1].cumsum()[::-1]

    def _grow(self, n: int) -> None:
        more = n - self.score.size
        if more <= 0:
            return
        self.recent = np.pad(self.recent, ((0, 0), (0, more)))
        self.score = np.pad(self.score, (0, more))
        self.last_ms = np.pad(self.last_ms, (0, more), constant_values=NEVER)
