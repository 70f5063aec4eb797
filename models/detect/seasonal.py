"""Readings against their own hour of the week and season, with the regional signal taken out.

Start reading at `SeasonalDetector.judge`.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import ClassVar, Final, Self
from zoneinfo import ZoneInfo

import numpy as np

from models.detect.base import Floats, Judgement
from models.detect.calibration import DAY_S, TailRank
from models.detect.noise import LevelNoise
from models.detect.parts import Part, Verdict, alone, compared, score
from models.detect.profile import WEEK, WORKDAYS, Moment, Normal, Profile
from models.detect.region import FEW, regional_median
from models.detect.state import pack, unpack

BOUND: Final = 3.0  # scales that `low` and `high` lie from the expected
WARM_UP_DAYS: Final = 2.0
LOG_FLOOR: Final = 0.02  # least scale of log values: two per cent
FLOOR: Final = 1e-6  # least scale of values as they are
LARGEST_LOG: Final = 700.0  # exp of more is no number

Split = dict[str, Floats]  # values of each part, transformed


class SeasonalDetector:
    """Robust seasonal baseline of n series of one metric, local and regional told apart.

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
        panes_per_day = DAY_S / width_s
        floor = FLOOR if offset is None else LOG_FLOOR
        self._profiles = {
            "own": Profile(panes_per_day, floor, WEEK),
            "local": Profile(panes_per_day, floor, WORKDAYS),
            "region": Profile(panes_per_day, floor, WEEK),
        }
        self._profiles["region"].resize(1)
        self._ranks = {part: TailRank() for part in self._profiles}
        self._noise = LevelNoise()

    def judge(self, start_ms: int, values: Floats) -> Judgement:
        """Judge the values of the pane that starts at `start_ms`, then learn from them.

        Raises
        ------
        ValueError
            Fewer series than before.
        """
        self._grow(values.size)
        local_time = datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(ZoneInfo(self.zone))
        moment = Moment.of(local_time)
        y = self._forward(values)
        region = regional_median(y)
        split = {"own": y, "local": y - region, "region": _middle(y, region)}
        normals = {name: profile.at(moment) for name, profile in self._profiles.items()}
        plain = normals["local"]
        noise = self._noisiness(region)
        normals["local"] = replace(plain, scale=plain.scale * noise)
        parts = {name: self._part(name, normals[name], split[name]) for name in normals}
        verdict = self._verdict(y, region, parts)
        if self.last_ms is None or start_ms > self.last_ms:
            self._learn(moment, split, parts, noise)
            self._learn_noise(split["local"], region, plain)
            self.last_ms = start_ms
        return self._judgement(verdict, region)

    def to_bytes(self) -> bytes:
        """Give the whole state."""
        values = {
            "width_s": self.width_s,
            "zone": self.zone,
            "offset": self.offset,
            "n": self.n,
            "last_ms": self.last_ms,
        }
        arrays = {"noise.size": self._noise.size, "noise.seen": self._noise.seen}
        arrays |= {f"rank.{part}": rank.counts for part, rank in self._ranks.items()}
        for part, profile in self._profiles.items():
            arrays |= {f"{part}.{name}": array for name, array in profile.arrays().items()}
        return pack(values, arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Make a detector that continues where `to_bytes` was called.

        Raises
        ------
        MalformedState
            The bytes are something else.
        """
        values, arrays = unpack(data)
        made = cls(width_s=values["width_s"], zone=values["zone"], offset=values["offset"])
        made.n, made.last_ms = values["n"], values["last_ms"]
        made._noise.size, made._noise.seen = arrays["noise.size"], arrays["noise.seen"]
        for part, profile in made._profiles.items():
            profile.restore({name: arrays[f"{part}.{name}"] for name in profile.arrays()})
            made._ranks[part].counts = arrays[f"rank.{part}"]
        return made

    def _grow(self, n: int) -> None:
        if n < self.n:
            msg = f"{n} series, but {self.n} before: series may be added, not taken away"
            raise ValueError(msg)
        self.n = n
        self._profiles["local"].resize(n)
        self._profiles["own"].resize(n if n <= FEW else 0)

    def _forward(self, values: Floats) -> Floats:
        y = np.where(np.isfinite(values), values, np.nan)
        if self.offset is None:
            return y
        return np.asarray(np.log(np.maximum(y, 0) + self.offset), dtype=np.float64)

    def _back(self, y: Floats) -> Floats:
        if self.offset is None:
            return y
        return np.asarray(np.exp(np.minimum(y, LARGEST_LOG)) - self.offset, dtype=np.float64)

    def _noisiness(self, region: Floats) -> Floats:
        """How many times noisier than usual a ratio is at this level of the region."""
        if self.offset is None:
            return np.ones(region.shape)
        return self._noise.factor(region - np.log(self.offset))

    def _learn_noise(self, values: Floats, region: Floats, normal: Normal) -> None:
        """Take up the errors of ratios, in scales without the factor."""
        if self.offset is not None:
            settled = normal.n >= WARM_UP_DAYS * DAY_S / self.width_s
            errors = np.where(settled, (values - normal.level) / normal.scale, np.nan)
            self._noise.learn(region - np.log(self.offset), errors)

    def _part(self, name: str, normal: Normal, values: Floats) -> Part:
        n = normal.level.size
        scores = score(normal, values[:n], WARM_UP_DAYS * DAY_S / self.width_s)
        return Part(normal=normal, score=scores, p_value=self._ranks[name].p_value(scores))

    def _verdict(self, y: Floats, region: Floats, parts: dict[str, Part]) -> Verdict:
        has_region = bool(np.isfinite(region).any())
        if has_region or self.n > FEW:
            return compared(y, region, parts["local"], _spread(parts["region"], self.n))
        return alone(y, parts["own"])

    def _learn(self, moment: Moment, split: Split, parts: dict[str, Part], noise: Floats) -> None:
        for name, profile in self._profiles.items():
            values, normal = split[name][: profile.seen.size], parts[name].normal
            profile.learn(moment, values, normal, noise if name == "local" else 1.0)
            self._ranks[name].learn(parts[name].score)

    def _judgement(self, verdict: Verdict, region: Floats) -> Judgement:
        reach = BOUND * verdict.scale
        low = self._back(verdict.expected - reach)
        return Judgement(
            score=verdict.score,
            p_value=verdict.p_value,
            expected=self._back(verdict.expected),
            low=low if self.offset is None else np.maximum(low, 0.0),
            high=self._back(verdict.expected + reach),
            region=self._back(region),
            scope=verdict.scope.astype(np.uint8),
            baseline_n=verdict.n.astype(np.int64),
        )


def _middle(y: Floats, region: Floats) -> Floats:
    """Median over all series, shape (1,); NaN where they are too few to be a region."""
    if not np.isfinite(region).any():
        return np.full(1, np.nan)
    return np.full(1, np.nanmedian(y))


def _spread(part: Part, n: int) -> Part:
    """Give every series the part that they share."""
    shared = {item.name: np.full(n, getattr(part.normal, item.name)[0]) for item in fields(Normal)}
    return Part(
        normal=Normal(**shared),
        score=np.full(n, part.score[0]),
        p_value=np.full(n, part.p_value[0]),
    )
