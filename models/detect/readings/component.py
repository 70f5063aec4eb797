"""One part of values, region or departure from it: its normal, its past, and its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.detect.contract import Floats
from models.detect.readings.profile import ROUNDING, Normal, Profile, SeasonalPosition
from models.detect.readings.short_term import LARGEST, ShortTermError, ShortTermMemory
from models.detect.state import Arrays
from models.detect.stats.calibration import ConformalTail, p_to_z
from models.timing.units import DAY_S

WARM_UP_DAYS: Final = 2.0
UNSEEN: Final = -1  # no pane: epoch milliseconds of a city's readings are over 0
FREEZE_Z: Final = 3.0  # score from which on the reference of a series stands still


@dataclass(frozen=True, kw_only=True)
class ComponentScore:
    """What a part says of one pane; every array has shape (n,), in the transformed unit.

    Attributes
    ----------
    normal : Normal
        From the part's profile.
    error : ShortTermError
        From its memory of the last hours.
    departure : float64
        Values less the level of the profile.
    sudden, seasonal_z : float64
        Distance from the last hours and from the season, in scales; NaN without a value or enough
        history. A part that is not judged against its season has NaN for `seasonal_z`.
    score, p_value : float64
        The rarer of both, by the part's own past, on the scale of a normal distribution.
    expected, scale : float64
        What the rarer of both is measured from, and in.
    """

    normal: Normal
    error: ShortTermError
    departure: Floats
    sudden: Floats
    seasonal_z: Floats
    score: Floats
    p_value: Floats
    expected: Floats
    scale: Floats


class Component:
    """Profile, short memory and past scores of n series of one part.

    Parameters
    ----------
    width_s : int
        Length of a pane in seconds.
    floor : float
        Least scale.
    days : tuple of int
        Kinds of weekday, as in `Profile`.
    is_seasonal : bool
        Whether a departure from the season is news even where the last hours led up to it.
    """

    def __init__(
        self, width_s: int, floor: float, days: tuple[int, ...], *, is_seasonal: bool
    ) -> None:
        self.profile = Profile(DAY_S / width_s, floor, days)
        self.memory = ShortTermMemory(width_s)
        self.sudden_tail = ConformalTail()
        self.seasonal_tail = ConformalTail()
        self.is_seasonal = is_seasonal
        self.span_ms = np.full((2, 0), UNSEEN)  # starts of the first and last pane with a value
        self._warm_up = WARM_UP_DAYS * DAY_S / width_s

    def resize(self, n: int) -> None:
        """Hold n series: new ones come last and know nothing, what is beyond n is forgotten."""
        self.profile.resize(n)
        self.memory.resize(n)
        if n == self.span_ms.shape[1]:
            return
        known = self.span_ms[:, :n]
        room = ((0, 0), (0, n - known.shape[1]))
        self.span_ms = np.pad(known, room, constant_values=UNSEEN)

    def __len__(self) -> int:
        return self.profile.seen.size

    def arrays(self) -> Arrays:
        """Give the whole state; the arrays are the part's own."""
        arrays = {f"profile.{name}": array for name, array in self.profile.arrays().items()}
        arrays |= {f"memory.{name}": array for name, array in self.memory.arrays().items()}
        ranks = {"sudden": self.sudden_tail.counts, "standing": self.seasonal_tail.counts}
        return arrays | ranks | {"span_ms": self.span_ms}

    def restore(self, arrays: Arrays) -> None:
        """Take up a state that `arrays` gave."""
        self.profile.restore(_under("profile.", arrays))
        self.memory.restore(_under("memory.", arrays))
        self.sudden_tail.counts, self.seasonal_tail.counts = arrays["sudden"], arrays["standing"]
        self.span_ms = arrays["span_ms"]

    def is_blank(self, values: Floats) -> bool:
        """Tell whether no series has a value, or ever had one."""
        return not (np.isfinite(values).any() or self.profile.seen.any())

    def judge(self, moment: SeasonalPosition, values: Floats, base: Floats) -> ComponentScore:
        """Judge the part's values of one pane.

        Parameters
        ----------
        moment : Moment
            When they were measured.
        values : ndarray, shape (n,), float64
            Transformed; NaN where none.
        base : ndarray, shape (n,) or (1,), float64
            What to add to the part to get log units over the offset, for the noise of the level;
            NaN where there is no such thing.
        """
        normal = self.profile.at(moment)
        departure = values - normal.level
        floor = self.profile.floor + ROUNDING * np.abs(normal.level)
        error = self.memory.judge(departure, base + normal.level, floor)
        is_settled = normal.n >= self._warm_up
        sudden = np.where(is_settled, error.size, np.nan)
        seasonal_z = np.full(sudden.shape, np.nan)
        size, p_value = sudden, self.sudden_tail.p_value(sudden)
        expected, scale = normal.level + error.expected, error.scale
        if self.is_seasonal:
            seasonal_z = np.clip(departure / normal.scale, -LARGEST, LARGEST)
            seasonal_z = np.where(is_settled, seasonal_z, np.nan)
            by_season = self.seasonal_tail.p_value(seasonal_z)
            is_rarer = by_season < p_value
            size = np.where(is_rarer, seasonal_z, sudden)
            expected = np.where(is_rarer, normal.level, expected)
            scale = np.where(is_rarer, normal.scale, scale)
            p_value = np.minimum(2 * np.minimum(p_value, by_season), 1.0)  # the better of two
        return ComponentScore(
            normal=normal,
            error=error,
            departure=departure,
            sudden=sudden,
            seasonal_z=seasonal_z,
            score=p_to_z(p_value, size),
            p_value=p_value,
            expected=expected,
            scale=scale,
        )

    def pass_by(self) -> None:
        """Take up a pane for which `is_blank`: what `learn` would do."""
        self.memory.pass_by()

    def learn(
        self, start_ms: int, moment: SeasonalPosition, values: Floats, judged: ComponentScore
    ) -> None:
        """Take up what was judged of the pane that starts at `start_ms`."""
        is_new = self.memory.held == 0  # of an excess that lasts, the beginning teaches how rare
        self.sudden_tail.learn(np.where(is_new, judged.sudden, np.nan))
        self.seasonal_tail.learn(judged.seasonal_z)
        self.memory.learn(judged.departure, judged.error, np.abs(judged.score) >= FREEZE_Z)
        self.profile.learn(moment, values, judged.normal)
        known = np.isfinite(values)
        first_ms, last_ms = self.span_ms
        first_ms[known & (first_ms == UNSEEN)] = start_ms
        last_ms[known] = start_ms


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
