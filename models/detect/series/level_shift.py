"""What a value is compared with: its past without what still lasts, from the newest level on.

Where a block ends with values beyond nearly all of the reference, their rows are kept out of it:
what lasts is not learned as normal. Once it has lasted long, and stands, it is accepted as a shift
of the level: the reference begins anew where the shift began, and the shift is named. What goes on
moving, as a counter does, has no level to accept; its rows return into the reference unnamed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats

Positions = NDArray[np.int64]

LEAST: Final = 16  # rows of a reference; where fewer are known, gaps count as the value before
TRUSTED: Final = 512  # rows of a reference from which on it keeps rows out
MEMORY: Final = 8000  # newest rows of a reference that are looked at
BEYOND: Final = 0.01  # share of the reference that lies further out than a value that is away
RUN: Final = 16  # rows away, less those inside, at the end of a block where something may begin
ACCEPTED: Final = 0.25  # share of the reference that a level must last to be accepted …
ACCEPTED_LEAST: Final = 512  # … and rows at the least
STANDS: Final = 0.25  # share of a shift by which old and new level may move within themselves


@dataclass(frozen=True)
class LevelShift:
    """A change of level that lasted until it was accepted as the new normal.

    Attributes
    ----------
    column : int
        Which series of the table it is in.
    row : int
        Row at which it was accepted; it follows from this row and earlier ones.
    since : int
        First row of the new level.
    before, after : float
        Medians of the old reference and of the rows since then, in the unit of the series.
    """

    column: int
    row: int
    since: int
    before: float
    after: float


class NormalRows(NamedTuple):
    """Rows before a block that say what is normal.

    Attributes
    ----------
    reference : ndarray of int
        Rows of the present level.
    calm : ndarray of int
        Rows of any level that were not kept out when they were new.
    known : ndarray of int
        All rows with a value.
    """

    reference: Positions
    calm: Positions
    known: Positions


@dataclass(frozen=True)
class Episode:
    """Rows at the end of what is known that lie beyond the reference.

    Attributes
    ----------
    since : int
        First of them.
    side : int
        1 where they lie above it, -1 where below.
    is_confirmed : bool
        They are most of a block; less may be the top of a wave and is kept out for one block only.
    """

    since: int
    side: int
    is_confirmed: bool = False


class Levels:
    """The reference of one series, block by block.

    Parameters
    ----------
    values : ndarray, shape (n,), float64
        NaN where there is no value: such rows are in no reference.
    column : int
        Which series of the table it is.
    """

    def __init__(self, values: Floats, column: int = 0) -> None:
        self._values = values
        self._column = column
        self._is_calm, self._is_kept = np.isfinite(values), np.isfinite(values)
        self._begin = 0  # of the present level
        self._episode: Episode | None = None
        self._out: Positions = np.zeros(0, dtype=np.int64)  # rows of the episode
        self.shifts: list[LevelShift] = []

    def before(self, start: int) -> NormalRows:
        """Rows that a block from `start` on is compared with."""
        reference = self._begin + np.flatnonzero(self._is_kept[self._begin : start])
        if reference.size < LEAST:
            reference = np.arange(start)
        calm = np.flatnonzero(self._is_calm[:start])
        return NormalRows(reference, calm, known=self._known(0, start))

    def observe(self, start: int, stop: int) -> None:
        """Keep rows of a block out of the reference, or accept their level, if they are away."""
        reference = self.before(start).reference
        rows = self._known(max(self._begin, start - RUN), stop)  # it may have begun just before
        if reference.size < TRUSTED or not rows.size:
            return
        low, high = np.quantile(self._values[reference[-MEMORY:]], [BEYOND, 1 - BEYOND])
        sides = np.where(self._values[rows] > high, 1, -1 * (self._values[rows] < low))
        if self._episode and 2 * int((sides == self._episode.side).sum()) > rows.size:
            self._go_on(self._episode, reference, stop)
        else:
            self._end()
            self._begin_where_away(rows, sides)

    def _known(self, start: int, stop: int) -> Positions:
        return start + np.flatnonzero(np.isfinite(self._values[start:stop]))

    def _go_on(self, episode: Episode, reference: Positions, stop: int) -> None:
        self._episode = replace(episode, is_confirmed=True)
        self._keep_out(self._known(episode.since, stop))
        if stop - episode.since >= max(ACCEPTED_LEAST, ACCEPTED * reference.size):
            self._accept(reference, episode.since, stop)

    def _end(self) -> None:
        """Let the rows of an episode back into the reference if it was only the end of a block."""
        if self._episode and not self._episode.is_confirmed:
            self._is_calm[self._out] = self._is_kept[self._out] = True
        self._episode = None

    def _begin_where_away(self, rows: Positions, sides: NDArray[np.int64]) -> None:
        """Begin an episode if the block ends beyond the reference, for `RUN` rows or more."""
        for side in (1, -1):
            excess = np.cumsum(np.where(sides == side, 1, -1)[::-1])[::-1]
            first = int(excess.argmax())
            if excess[first] >= RUN:
                is_most = 2 * first < rows.size
                self._episode = Episode(int(rows[first]), side, is_confirmed=is_most)
                self._keep_out(rows[first:])

    def _keep_out(self, rows: Positions) -> None:
        self._out = rows
        self._is_calm[rows] = self._is_kept[rows] = False

    def _accept(self, reference: Positions, since: int, stop: int) -> None:
        """Let the rows since then into the reference, as its new level if they have one."""
        rows = self._known(since, stop)
        self._is_kept[rows], self._episode = True, None
        before = float(np.median(self._values[reference[-MEMORY:]]))
        after = float(np.median(self._values[rows]))
        moves = max(self._moves(reference[-MEMORY:]), self._moves(rows))
        if moves <= STANDS * abs(after - before):
            self._begin = since
            self.shifts.append(LevelShift(self._column, stop - 1, since, before, after))

    def _moves(self, rows: Positions) -> float:
        """Say how far the medians of the first and the second half of some rows are apart."""
        first, second = np.array_split(self._values[rows], 2)
        return float(abs(np.median(second) - np.median(first)))
