"""Silence: which sources should have reported by now, by their own rhythm."""

from __future__ import annotations

from typing import Final, Self

import numpy as np

from models.detect.contract import Floats
from models.detect.state import pack, unpack

KEPT: Final = 32  # newest gaps remembered of each source
LEAST: Final = 5  # gaps known before a source can be overdue
RARE: Final = 1e-3  # a wait that so small a share of gaps exceeds is overdue


class Silence:
    """How long each source usually keeps quiet, and how long it has now.

    A source is a sensor, a street, a report or a topic. Its newest gaps are remembered; a wait is
    judged by the greatest of them, extended by how they scatter, so that a source that reports by
    the minute is missed within minutes and a daily report not before its day is well over.

    Examples
    --------
    >>> silence = Silence()
    >>> for minute in range(10):
    ...     silence.observe(np.array([0]), np.array([minute * 60.0]))
    >>> silence.overdue(600.0).tolist(), silence.overdue(900.0).tolist()
    ([False], [True])
    """

    def __init__(self) -> None:
        self.first_s: Floats = np.zeros(0)
        self.last_s: Floats = np.zeros(0)
        self.gaps_s: Floats = np.zeros((KEPT, 0))
        self.count = np.zeros(0, dtype=np.int64)

    def observe(self, sources: np.ndarray[tuple[int], np.dtype[np.int64]], times_s: Floats) -> None:
        """Note that sources reported, each at most once a call.

        Parameters
        ----------
        sources : ndarray, shape (k,), int64
            Numbers of the sources, from 0; new ones make room for themselves.
        times_s : ndarray, shape (k,), float64
            Event times, seconds. One that is not newer than the last teaches nothing.
        """
        self._grow(int(sources.max(initial=-1)) + 1)
        gaps = times_s - self.last_s[sources]
        is_first, is_newer = np.isnan(self.last_s[sources]), gaps > 0
        which = sources[is_newer]
        self.gaps_s[self.count[which] % KEPT, which] = gaps[is_newer]
        self.count[which] += 1
        self.first_s[sources[is_first]] = times_s[is_first]
        said = is_first | is_newer
        self.last_s[sources[said]] = times_s[said]

    def rewind(self, now_s: float) -> None:
        """Take back what was reported after a time: the gaps that led there, and those alone."""
        while (which := np.flatnonzero(self.last_s > now_s)).size:
            known = which[self.count[which] > 0]
            unknown = np.setdiff1d(which, known)
            self.first_s[unknown] = self.last_s[unknown] = np.nan
            self.count[known] -= 1
            row = self.count[known] % KEPT
            self.last_s[known] -= self.gaps_s[row, known]
            others = np.where(np.arange(KEPT)[:, None] == row, np.nan, self.gaps_s[:, known])
            is_full = self.count[known] >= KEPT  # what stood there before is not known any more
            self.gaps_s[row, known] = np.where(is_full, np.nanmedian(others, axis=0), 0.0)

    def limit_s(self) -> Floats:
        """Longest wait that is still usual, for each source; NaN while too little is known.

        Notes
        -----
        Greatest gap plus the exponential tail of the gaps: mean excess over their median times
        ln(1 / (n · `RARE`)), so that with n gaps seen a longer one is as rare as `RARE`.
        """
        n = np.minimum(self.count, KEPT)
        gaps = np.where(np.arange(KEPT)[:, None] < n, self.gaps_s, np.nan)
        known = n >= LEAST
        limit = np.full(n.shape, np.nan)
        if known.any():
            gaps = gaps[:, known]
            middle = np.nanmedian(gaps, axis=0)
            excess = np.nanmean(np.maximum(gaps - middle, 0), axis=0)
            tail = np.log(1 / (np.minimum(n[known], KEPT) * RARE))
            limit[known] = (
                np.maximum(np.nanmax(gaps, axis=0), 1.5 * middle) + middle + excess * tail
            )
        return limit

    def overdue(self, now_s: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say which sources have been quiet for longer than is usual for them.

        Parameters
        ----------
        now_s : float
            Event time that everybody else has reached, for example the watermark.

        Notes
        -----
        No limit is under the greatest gap, so limits are needed only where a wait exceeds it.
        """
        wait_s = now_s - self.last_s
        if not (wait_s > self.gaps_s.max(axis=0, initial=0.0)).any():
            return np.zeros(wait_s.size, dtype=np.bool_)
        return np.asarray(wait_s > self.limit_s())

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        arrays = {
            "first_s": self.first_s,
            "last_s": self.last_s,
            "gaps_s": self.gaps_s,
            "count": self.count,
        }
        return pack({}, arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Continue where `to_bytes` was called; raises `MalformedState` on anything else."""
        _, arrays = unpack(data)
        made = cls()
        made.last_s, made.gaps_s, made.count = (arrays[k] for k in ("last_s", "gaps_s", "count"))
        # A state that does not know when it began began no later than with the gaps it has.
        made.first_s = arrays.get("first_s", made.last_s - made.gaps_s.sum(axis=0))
        return made

    def _grow(self, n: int) -> None:
        more = n - self.count.size
        if more <= 0:
            return
        self.first_s = np.pad(self.first_s, (0, more), constant_values=np.nan)
        self.last_s = np.pad(self.last_s, (0, more), constant_values=np.nan)
        self.gaps_s = np.pad(self.gaps_s, ((0, 0), (0, more)))
        self.count = np.pad(self.count, (0, more))
