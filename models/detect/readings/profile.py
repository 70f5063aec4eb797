"""What a series usually is at this hour of the week and in this season, learned one pane at a time.

One profile holds n series side by side: every step is a few array operations over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.state import Arrays

SEASONS: Final = 24  # half months
WEEK: Final = (0, 1, 2, 3, 4, 5, 6)  # kinds of day: each weekday by itself
WORKDAYS: Final = (0, 0, 0, 0, 0, 1, 1)  # kinds of day: Monday to Friday, and the weekend
TRUST_DAYS: Final = 3.0  # days seen of a season that weigh as much as the recent level
CLIP: Final = 3.0  # an error beyond so many scales teaches no more than this much
RECENT_DAYS: Final = 14.0  # memory of the recent level
SCALE_DAYS: Final = 60.0  # memory of the spread
SEASON_YEARS: Final = 3.0  # memory of the level of a season
SLOT_WEEKS: Final = 26.0  # memory of an hour of the week
ROUNDING: Final = 1e-5  # relative; seasons are kept as float32, and their error is no departure
MEAN_TO_SD: Final = 1.2533  # of a normal distribution: SD = 1.2533 · mean absolute deviation


@dataclass(frozen=True, kw_only=True)
class SeasonalPosition:
    """Where a pane lies in the week and the year.

    Attributes
    ----------
    weekday : int
        0 is Monday.
    hour : int
        Local hour of the day.
    seasons : tuple of (int, float)
        The two half months it lies between, with their weights, which sum to 1.
    """

    weekday: int
    hour: int
    seasons: tuple[tuple[int, float], tuple[int, float]]

    @classmethod
    def of(cls, local: datetime) -> Self:
        """Place a local time.

        Examples
        --------
        >>> moment = SeasonalPosition.of(datetime.fromisoformat("2016-04-16T07:30+08:00"))
        >>> moment.weekday, moment.hour, moment.seasons[0][0]
        (5, 7, 6)
        """
        day = local.timetuple().tm_yday - 1 + local.hour / 24
        position = day / 365.25 * SEASONS - 0.5
        first = int(np.floor(position))
        after = position - first
        seasons = ((first % SEASONS, 1 - after), ((first + 1) % SEASONS, after))
        return cls(weekday=local.weekday(), hour=local.hour, seasons=seasons)


@dataclass(frozen=True, kw_only=True)
class Normal:
    """What is normal for n series at one moment; every array has shape (n,).

    Attributes
    ----------
    level : float64
        Expected value; NaN where nothing was seen yet.
    scale : float64
        Robust standard deviation of what was seen around it, wider with little history.
    n : float64
        Past values the level rests on.
    """

    level: Floats
    scale: Floats
    n: Floats


class Profile:
    """Level of n series by hour of the week and season, with its spread.

    level = base + slot, where base leans on the same half months of earlier years as far as they
    were seen, else on the recent level; slot is the hour of the week's own departure, shrunk
    towards 0 while few weeks were seen. Errors are clipped at three scales before they teach
    (Huber), so a spike or an outage moves nothing and a lasting shift is taken up slowly.

    Parameters
    ----------
    panes_per_day : float
        How many panes a day has.
    floor : float
        Least scale, in the unit of the values.
    days : tuple of int
        Kind of each weekday, Monday first: `WEEK`, or `WORKDAYS` where less history or memory is
        to be had.

    References
    ----------
    Huber, P. J. (1964). Robust estimation of a location parameter. Ann. Math. Stat. 35, 73-101.
    """

    def __init__(self, panes_per_day: float, floor: float, days: tuple[int, ...] = WEEK) -> None:
        self.panes_per_day = panes_per_day
        self.floor = floor
        self.days = days
        slots = 24 * (max(days) + 1)
        self.seen = np.zeros(0)
        self.recent = np.zeros(0)
        self.spread = np.zeros(0)  # mean absolute error
        self.slot = np.zeros((slots, 0), dtype=np.float32)
        self.slot_seen = np.zeros((slots, 0), dtype=np.float32)
        self.season = np.zeros((SEASONS, 0), dtype=np.float32)
        self.season_spread = np.zeros((SEASONS, 0), dtype=np.float32)
        self.season_seen = np.zeros((SEASONS, 0), dtype=np.float32)

    def resize(self, n: int) -> None:
        """Hold n series: new ones come last and know nothing, what is beyond n is forgotten."""
        if n == self.seen.size:
            return
        for name, array in self.arrays().items():
            room = [(0, 0)] * (array.ndim - 1) + [(0, max(n - array.shape[-1], 0))]
            setattr(self, name, np.pad(array[..., :n], room))

    def arrays(self) -> Arrays:
        """Give the whole state; the arrays are the profile's own."""
        names = (
            "seen",
            "recent",
            "spread",
            "slot",
            "slot_seen",
            "season",
            "season_spread",
            "season_seen",
        )
        return {name: getattr(self, name) for name in names}

    def restore(self, arrays: Arrays) -> None:
        """Take up a state that `arrays` gave."""
        for name in self.arrays():
            setattr(self, name, arrays[name])

    def at(self, moment: SeasonalPosition) -> Normal:
        """Say what is normal at a moment."""
        day = self.panes_per_day
        season_n, season, season_spread = self._season(moment)
        trust = season_n / (season_n + TRUST_DAYS * day)
        base = self.recent + trust * (season - self.recent)
        spread = self.spread + trust * (season_spread - self.spread)
        young = np.sqrt(1 + day / np.maximum(self.seen, 1))
        floor = self.floor + ROUNDING * np.abs(self.recent)
        return Normal(
            level=np.where(self.seen > 0, base + self._slot(moment), np.nan),
            scale=np.maximum(MEAN_TO_SD * spread, floor) * young,
            n=np.maximum(season_n, np.minimum(self.seen, RECENT_DAYS * day)),
        )

    def learn(self, moment: SeasonalPosition, values: Floats, normal: Normal) -> None:
        """Take up the values of one pane; NaN teaches nothing.

        Parameters
        ----------
        moment : SeasonalPosition
            When they were measured.
        values : ndarray, shape (n,), float64
            One per series.
        normal : Normal
            What `at` said of this moment.
        """
        known = np.isfinite(values)
        first = known & (self.seen == 0)
        self.recent[first] = values[first]
        limit = np.where(self.seen > self.panes_per_day, CLIP * normal.scale, np.inf)
        error = np.where(known & ~first, np.clip(values - normal.level, -limit, limit), 0.0)
        rest = np.where(known, values - self._slot(moment), np.nan)
        self._learn_slot(moment, known, error)
        size = np.abs(error)
        self._learn_season(moment, rest, size, limit)
        gain = known / np.minimum(self.seen + 1, RECENT_DAYS * self.panes_per_day)
        self.recent += gain * _step(rest - self.recent, limit)
        gain = known / np.minimum(self.seen + 1, SCALE_DAYS * self.panes_per_day)
        self.spread += gain * (size - self.spread)
        self.seen += known

    def _season(self, moment: SeasonalPosition) -> tuple[Floats, Floats, Floats]:
        """Give how much is known of this time of the year, its level and its spread."""
        (first, first_weight), (second, second_weight) = moment.seasons
        a = first_weight * self.season_seen[first].astype(np.float64)
        b = second_weight * self.season_seen[second].astype(np.float64)
        total = np.maximum(a + b, 1e-9)
        level = (a * self.season[first] + b * self.season[second]) / total
        spread = (a * self.season_spread[first] + b * self.season_spread[second]) / total
        return a + b, level, spread

    def _slot(self, moment: SeasonalPosition) -> Floats:
        slot = self._index(moment)
        weeks = self.slot_seen[slot] * (24 / self.panes_per_day)
        return np.asarray(self.slot[slot] * weeks / (weeks + 2.0), dtype=np.float64)

    def _index(self, moment: SeasonalPosition) -> int:
        return self.days[moment.weekday] * 24 + moment.hour

    def year(self) -> Floats:
        """Level without the season, shape (n,): usual over the year; NaN before half a year."""
        known = self.season_seen > self.panes_per_day
        seasons = known.sum(axis=0)
        mean = (self.season * known).sum(axis=0) / np.maximum(seasons, 1)
        return np.where(seasons >= SEASONS // 2, mean, np.nan)

    def _learn_slot(
        self, moment: SeasonalPosition, known: NDArray[np.bool_], error: Floats
    ) -> None:
        slot = self._index(moment)
        memory = SLOT_WEEKS * max(self.panes_per_day / 24, 1.0)
        gain = known / np.minimum(self.slot_seen[slot] + 2, memory)
        self.slot[slot] += (gain * error).astype(np.float32)
        self.slot_seen[slot] += known

    def _learn_season(
        self, moment: SeasonalPosition, rest: Floats, size: Floats, limit: Floats
    ) -> None:
        known = np.isfinite(rest)
        memory = SEASON_YEARS * 365 / SEASONS * self.panes_per_day
        for which, weight in moment.seasons:
            is_new = self.season_seen[which] == 0
            level = np.where(is_new, self.recent, self.season[which])
            spread = np.where(is_new, self.spread, self.season_spread[which])
            gain = known * weight / np.minimum(self.season_seen[which] + 1, memory)
            self.season[which] = level + gain * _step(rest - level, limit)
            self.season_spread[which] = spread + gain * (size - spread)
            self.season_seen[which] += known * weight


def _step(error: Floats, limit: Floats) -> Floats:
    """Clip errors, and let a missing one teach nothing."""
    clipped = np.minimum(np.maximum(error, -limit), limit)
    return np.where(np.isfinite(error), clipped, 0.0)
