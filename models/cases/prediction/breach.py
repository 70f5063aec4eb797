"""Will an open case be closed in time? A calibrated probability, and when it may close.

A model is numbers in JSON, not a pickle: reading one can run no code. It holds survival curves of
groups of cases, and weights of a logistic regression that starts from what the curves say and
corrects it by the hour, the load, the street and the share of the limit that is gone. Which of them
is used is decided by cases that neither has seen; with little history it is the curves, and the
model says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.cases.columns import NEVER, Names
from models.cases.prediction.survival import Curve, Hours
from models.timing.zone import Times, Zone

FORMAT: Final = 2
MODEL_FILE: Final = "models/cases.json"  # in the archive
EVERYTHING: Final = ""  # the group of all cases
FEATURES: Final = (
    "curve",
    "share",
    "late_share",
    "log_age",
    "log_limit",
    "log_left",
    "night",
    "weekend",
    "load",
    "stage",
    "street",
)
Method = Literal["curves", "regression", "both"]  # both: the mean of their probabilities
_NEAR_ONE: Final = 1e-4
_SURE: Final = 50.0  # beyond it a logistic function is 0 or 1
_DAY_H, _HOUR_MS = 24, 3_600_000


@dataclass(frozen=True, kw_only=True)
class OpenCases:
    """Open cases at some moment, each maybe at another; all of shape (n,).

    Attributes
    ----------
    category, department, street : str objects
    began_ms, due_ms, at_ms : int64
        Filing, limit, and the moment it is looked at; epoch milliseconds.
    load : float64
        Open cases of the department at that moment.
    stage : float64
        Place of the stage in the loop.
    """

    category: Names
    department: Names
    street: Names
    began_ms: Times
    due_ms: Times
    at_ms: Times
    load: Hours
    stage: Hours

    @property
    def age_h(self) -> Hours:
        """Hours since filing."""
        result: Hours = np.maximum(self.at_ms - self.began_ms, 0) / _HOUR_MS
        return result

    @property
    def limit_h(self) -> Hours:
        """Hours from filing to the limit."""
        result: Hours = np.maximum(self.due_ms - self.began_ms, 0) / _HOUR_MS
        return result


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of similar predicted probability: predicted and observed share that broke."""

    predicted: float
    observed: float
    n: int


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """How the methods did on the newest part of the history, learnt from the older part.

    Attributes
    ----------
    from_ms : int
        Where that part begins.
    looks : int
        Moments of cases that were judged.
    brier : dict of str to float
        Mean squared error by method.
    reliability : list of Bin
        Of the method with the smallest.
    """

    from_ms: int
    looks: int
    brier: dict[Method, float]
    reliability: list[Bin]


class BreachModel(msgspec.Struct, frozen=True, kw_only=True):
    """A trained model.

    Attributes
    ----------
    format : int
        A program refuses a model of another format.
    trained_until_ms : int
        End of the history it was trained on.
    cases : int
        Cases in that history.
    curves : dict of str to Curve
        By group: `department/category`, `/category`, and "" for all.
    typical_load : dict of str to float
        Median load of each department.
    street_odds : dict of str to float
        How much likelier cases of a street break their limit, as log odds against all cases,
        drawn to 0 where they are few.
    mean, scale, weights : list of float
        Standardisation and weights of `FEATURES`; empty where only the curves are used.
    intercept : float
    calibrated_from, calibrated_to : list of float
        Points of the calibration: probability before and after, both ascending.
    method : {"curves", "regression", "both"}
        What gives the probability.
    validation : Validation or None
        Why that method; None where the history was too short to hold a part of it apart.
    """

    format: int = FORMAT
    trained_until_ms: int
    cases: int
    curves: dict[str, Curve]
    typical_load: dict[str, float] = {}
    street_odds: dict[str, float] = {}
    mean: list[float] = []
    scale: list[float] = []
    weights: list[float] = []
    intercept: float = 0.0
    calibrated_from: list[float] = []
    calibrated_to: list[float] = []
    method: Method = "curves"
    validation: Validation | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether there was too little history for more than the curves."""
        return not self.weights

    def to_json(self) -> bytes:
        """Write the model."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes) -> BreachModel:
        """Read a model.

        Raises
        ------
        ValueError
            The bytes are not a model, or one of another format.
        """
        model = msgspec.json.decode(data, type=cls)
        if model.format != FORMAT or len(model.weights) not in (0, len(FEATURES)):
            msg = f"model format {model.format} with {len(model.weights)} weights is not known here"
            raise ValueError(msg)
        if fault := shape_fault(model):
            raise ValueError(fault)
        return model

    def breach(self, cases: OpenCases, zone: Zone) -> Hours:
        """Probability that each case will not be closed by its limit, shape (n,).

        1 for a case whose limit has passed already, NaN for one without a limit.
        """
        chance = self.by_method(cases, zone, self.method)
        chance = np.where(cases.due_ms < cases.at_ms, 1.0, chance)
        result: Hours = np.where(cases.due_ms == NEVER, np.nan, chance)
        return result

    def by_method(self, cases: OpenCases, zone: Zone, method: Method) -> Hours:
        """Give the probability by one of the methods, of limits that have not passed."""
        by_curves = self.by_curves(cases)
        if self.is_fallback or method == "curves":
            return by_curves
        x = (features(cases, by_curves, self, zone) - self.mean) / self.scale
        score = np.clip(x @ np.array(self.weights) + self.intercept, -_SURE, _SURE)
        raw = 1 / (1 + np.exp(-score))
        result: Hours = np.interp(raw, self.calibrated_from, self.calibrated_to)
        return (by_curves + result) / 2 if method == "both" else result

    def by_curves(self, cases: OpenCases) -> Hours:
        """Give the probability by the survival curves alone."""
        result = np.empty(len(cases.at_ms))
        for curve, members in self._by_curve(cases):
            result[members] = curve.breach(cases.age_h[members], cases.limit_h[members])
        return result

    def expected_close_ms(self, cases: OpenCases) -> Times:
        """Time by which such cases are closed as often as not; `NEVER` where they mostly stay."""
        result = np.full(len(cases.at_ms), NEVER, dtype=np.int64)
        for curve, members in self._by_curve(cases):
            hours = curve.expected_hours(cases.age_h[members])
            ms = cases.began_ms[members] + np.nan_to_num(hours) * _HOUR_MS
            result[members] = np.where(np.isnan(hours), NEVER, ms.astype(np.int64))
        return result

    def _by_curve(self, cases: OpenCases) -> list[tuple[Curve, NDArray[np.int64]]]:
        """Give each curve that is needed, and the cases that it serves: the finest there is."""
        if not len(cases.at_ms):
            return []
        groups = list(zip(cases.department, cases.category, strict=True))
        curve_of = {(dep, cat): self._finest(dep, cat) for dep, cat in set(groups)}
        number = {key: index for index, key in enumerate(dict.fromkeys(curve_of.values()))}
        which = np.array([number[curve_of[group]] for group in groups], dtype=np.int64)
        order = np.argsort(which, kind="stable")
        ends = np.cumsum(np.bincount(which, minlength=len(number)))
        return [
            (self.curves[key], members)
            for key, members in zip(number, np.split(order, ends[:-1]), strict=True)
        ]

    def _finest(self, department: str, category: str) -> str:
        """Give the name of the smallest group that has a curve."""
        keys = (f"{department}/{category}", f"/{category}", EVERYTHING)
        return next(key for key in keys if key in self.curves)


def features(
    cases: OpenCases, by_curves: Hours, model: BreachModel, zone: Zone
) -> NDArray[np.float64]:
    """Lay out what the regression sees, shape (n, len(FEATURES)).

    Of the model only what it knows of departments and streets is used.
    """
    age, limit = cases.age_h, cases.limit_h
    left = np.maximum(limit - age, 0)
    share = age / np.maximum(limit, 1 / 60)
    chance = np.clip(by_curves, _NEAR_ONE, 1 - _NEAR_ONE)
    local_h = zone.local(cases.at_ms) // _HOUR_MS
    hour, weekday = local_h % _DAY_H, (local_h // _DAY_H + 3) % 7  # 1970-01-01 was a Thursday
    usual = np.array([max(model.typical_load.get(name, 1.0), 1.0) for name in cases.department])
    columns = (
        np.log(chance / (1 - chance)),
        share,
        np.maximum(share - 0.8, 0),
        np.log1p(age),
        np.log1p(limit),
        np.log1p(left),
        ((hour < 7) | (hour >= 19)).astype(np.float64),
        (weekday >= 5).astype(np.float64),
        np.log1p(cases.load / usual),
        cases.stage,
        np.array([model.street_odds.get(name, 0.0) for name in cases.street]),
    )
    return np.column_stack(columns)


def shape_fault(model: BreachModel) -> str | None:
    """Say what would make a model stumble over the first case; None where nothing would."""
    if EVERYTHING not in model.curves:
        return "it has no curve of all cases"
    for group, curve in model.curves.items():
        if len(curve.hours) != len(curve.open_share) or curve.hours != sorted(curve.hours):
            return f"the curve of {group!r} has hours and shares that do not fit together"
        if not all(0 <= share <= 1 for share in curve.open_share):
            return f"the curve of {group!r} has a share outside 0 to 1"
    return _regression_fault(model) if model.weights else None


def _regression_fault(model: BreachModel) -> str | None:
    if not len(model.weights) == len(model.mean) == len(model.scale) or 0 in model.scale:
        return "its weights have no mean or scale each"
    steps = model.calibrated_from, model.calibrated_to
    if not steps[0] or len(steps[0]) != len(steps[1]) or steps[0] != sorted(steps[0]):
        return "its calibration has points that do not fit together"
    return None if all(0 <= p <= 1 for p in steps[1]) else "its calibration leaves 0 to 1"
