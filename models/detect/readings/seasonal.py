"""Readings against their own hour of the week and season, with the regional signal taken out.

Start reading at `SeasonalDetector.judge`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Final, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from models.detect.contract import DepartureScope, Floats, Judgement
from models.detect.readings.component import Component, ComponentScore
from models.detect.readings.profile import WEEK, WORKDAYS, SeasonalPosition
from models.detect.readings.region import FEW, regional_median
from models.detect.readings.verdict import Verdict, alone, compared
from models.detect.state import MalformedState, pack, unpack

FORMAT: Final = 2  # of the saved state; the first one did not know since when it had seen a series
BOUND: Final = 3.0  # scales that `low` and `high` lie from the expected
LOG_FLOOR: Final = 0.02  # least scale of log values: two per cent
FLOOR: Final = 1e-6  # least scale of values as they are
LARGEST_LOG: Final = 700.0  # exp of more is no number


class SeasonalDetector:
    """Robust seasonal baseline of n series of one metric, local and regional parts apart.

    Each value is split in two: what the region does (median of the other series at that time) and
    how this series departs from the region. Each part has its own `Profile` of hour of week and
    season, and its own score. The greater score is the value's; whose it is, is its scope. With
    fewer than three reporting series a value is judged by its own profile alone, which is kept for
    up to `FEW` series; more than those always have a region.

    Parameters
    ----------
    width_s : int
        Length of a pane in seconds, for example 900 or 3600.
    zone : str
        IANA time zone whose hours and seasons the city lives by.
    offset : float or None
        Values are compared as log(value + offset): ratios, not differences. The offset is about
        the size of the measuring noise near 0, in the metric's unit. None: values as they are,
        for a metric that can be negative.

    Notes
    -----
    A feed's past enters by judging it in its order. Judging a pane that is not newer than the last
    one teaches nothing.

    Examples
    --------
    >>> detector = SeasonalDetector(width_s=3600, offset=5.0)
    >>> for hour in range(100):
    ...     judgement = detector.judge(hour * 3_600_000, np.array([20.0, 21.0, 22.0, 20.5]))
    >>> judgement = detector.judge(100 * 3_600_000, np.array([20.0, 21.0, 90.0, 20.5]))
    >>> judgement.scope.tolist()
    [0, 0, 1, 0]
    """

    name: ClassVar[str] = "seasonal"

    def __init__(
        self, *, width_s: int, zone: str = "Asia/Shanghai", offset: float | None = None
    ) -> None:
        self.width_s = width_s
        self.zone = zone
        self.offset = offset
        self.n = 0
        self.last_ms: int | None = None
        floor = FLOOR if offset is None else LOG_FLOOR
        self._parts = {
            "own": Component(width_s, floor, WEEK, is_seasonal=True),
            "local": Component(width_s, floor, WORKDAYS, is_seasonal=False),
            "region": Component(width_s, floor, WEEK, is_seasonal=True),
        }
        self._parts["region"].resize(1)

    def judge(self, start_ms: int, values: Floats) -> Judgement:
        """Judge the values of the pane that starts at `start_ms`, then learn from them.

        Raises
        ------
        ValueError
            Fewer series than before.
        """
        self._grow(values.size)
        local_time = datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(ZoneInfo(self.zone))
        moment = SeasonalPosition.of(local_time)
        y = self._forward(values)
        region = regional_median(y)
        split = {"own": y[: len(self._parts["own"])], "local": y - region}
        split["region"] = _middle(y, region)
        used = {name for name in split if not self._is_idle(name, split[name], region)}
        judged = {name: self._judge(name, moment, split[name], region) for name in used}
        verdict = self._verdict(y, region, judged)
        judgement = self._judgement(verdict, region)
        if self.last_ms is None or start_ms > self.last_ms:
            for name, part in self._parts.items():
                if name in used:
                    part.learn(start_ms, moment, split[name], judged[name])
                else:
                    part.pass_by()
            self.last_ms = start_ms
        return judgement

    def rewind(self, now_ms: int) -> None:
        """Let the next pane be one of this time, where the last was later."""
        if self.last_ms is not None and self.last_ms > now_ms:
            self.last_ms = None
        for part in self._parts.values():
            np.minimum(part.span_ms, now_ms, out=part.span_ms)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        values = {
            "format": FORMAT,
            "width_s": self.width_s,
            "zone": self.zone,
            "offset": self.offset,
            "n": self.n,
            "last_ms": self.last_ms,
        }
        arrays = {
            f"{name}.{key}": array
            for name, part in self._parts.items()
            for key, array in part.arrays().items()
        }
        return pack(values, arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Make a detector that continues where `to_bytes` was called.

        Raises
        ------
        MalformedState
            The bytes are something else, or the state of another version.
        """
        values, arrays = unpack(data)
        if values.get("format") != FORMAT:
            found = values.get("format", 1)
            msg = f"state of a seasonal detector of format {found}, this version reads {FORMAT}"
            raise MalformedState(msg)
        made = cls(width_s=values["width_s"], zone=values["zone"], offset=values["offset"])
        made.n, made.last_ms = values["n"], values["last_ms"]
        for name, part in made._parts.items():
            part.restore({key: arrays[f"{name}.{key}"] for key in part.arrays()})
        return made

    def _grow(self, n: int) -> None:
        if n < self.n:
            msg = f"{n} series, but {self.n} before: series may be added, not taken away"
            raise ValueError(msg)
        self.n = n
        self._parts["local"].resize(n)
        self._parts["own"].resize(n if n <= FEW else 0)

    def _forward(self, values: Floats) -> Floats:
        y = np.where(np.isfinite(values), values, np.nan)
        if self.offset is None:
            return y
        return np.asarray(np.log(np.maximum(y, 0) + self.offset), dtype=np.float64)

    def _back(self, y: Floats) -> Floats:
        if self.offset is None:
            return y
        return np.asarray(np.exp(np.minimum(y, LARGEST_LOG)) - self.offset, dtype=np.float64)

    def _is_idle(self, name: str, values: Floats, region: Floats) -> bool:
        """Tell whether a part has nothing to say, and nobody asks it."""
        is_asked = (name == "own") != self._has_region(region)
        return not is_asked and self._parts[name].is_blank(values)

    def _judge(
        self, name: str, moment: SeasonalPosition, values: Floats, region: Floats
    ) -> ComponentScore:
        """Judge one part, given the level of its values."""
        if self.offset is None:
            base = np.full(values.shape, np.nan)
        else:
            base = (region if name == "local" else np.zeros(1)) - np.log(self.offset)
        return self._parts[name].judge(moment, values, base)

    def _verdict(self, y: Floats, region: Floats, judged: dict[str, ComponentScore]) -> Verdict:
        if self._has_region(region):
            year = self._parts["region"].profile.year()
            return compared(y, region, judged["local"], judged["region"], year)
        return alone(y, judged["own"], self._parts["own"].profile.year())

    def _has_region(self, region: Floats) -> bool:
        """Tell whether values are compared with others, or each with its own past alone."""
        return self.n > FEW or bool(np.isfinite(region).any())

    def _judgement(self, verdict: Verdict, region: Floats) -> Judgement:
        reach = BOUND * verdict.scale
        least = -np.inf if self.offset is None else 0.0
        since_ms, until_ms = self._span_ms(verdict, region)
        return Judgement(
            score=verdict.score,
            p_value=verdict.p_value,
            expected=np.maximum(self._back(verdict.expected), least),
            low=np.maximum(self._back(verdict.expected - reach), least),
            high=np.maximum(self._back(verdict.expected + reach), least),
            region=self._back(region),
            scope=verdict.scope.astype(np.uint8),
            baseline_n=verdict.n.astype(np.int64),
            since_ms=since_ms,
            until_ms=until_ms,
        )

    def _span_ms(self, verdict: Verdict, region: Floats) -> NDArray[np.int64]:
        """Give the starts of the first and last pane behind each verdict, shape (2, n)."""
        if not self._has_region(region):
            return self._parts["own"].span_ms.copy()
        is_regional = verdict.scope == float(DepartureScope.REGIONAL)
        return np.where(is_regional, self._parts["region"].span_ms, self._parts["local"].span_ms)


def _middle(y: Floats, region: Floats) -> Floats:
    """Median over all series, shape (1,); NaN where they are too few to be a region."""
    if not np.isfinite(region).any():
        return np.full(1, np.nan)
    return np.full(1, np.nanmedian(y))
