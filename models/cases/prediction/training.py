"""Learn from closed cases which open ones will break their limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from models.cases.columns import NEVER, CaseColumns, Names, names
from models.cases.prediction.breach import (
    EVERYTHING,
    BreachModel,
    Method,
    OpenCases,
    Validation,
    features,
)
from models.cases.prediction.scores import brier, reliability
from models.cases.prediction.survival import Curve, Hours, kaplan_meier
from models.cases.state import LOOP, Stage
from models.grid.codes import street_code
from models.timing.units import HOUR_MS
from models.timing.zone import Times, Zone

MOMENTS: Final = 8  # times at which each case is looked at while it was open
LEAST_CASES: Final = 200  # with limits; under it only the curves are used
LEAST_IN_GROUP: Final = 30
DRAWN_BY: Final = 20.0  # cases of the common share that each street is given beside its own
_SHARE_FOR_CURVES: Final = 0.6  # the older part of the history; the rest trains the weights
_HELD_APART: Final = 0.3  # newest share of the cases, on which the methods are compared
_FILED: Final = float(LOOP.index(Stage.FILED))


@dataclass(frozen=True, kw_only=True)
class CaseMoments:
    """Cases as they stood at moments of their lives, and what became of them; shape (n,).

    Attributes
    ----------
    cases : OpenCases
    broke : bool
        Whether the case was not closed by its limit.
    """

    cases: OpenCases
    broke: NDArray[np.bool_]


def train(cases: CaseColumns, until_ms: int, zone: Zone, seed: int = 0) -> BreachModel:
    """Train a model on what was known at a moment.

    Parameters
    ----------
    cases : CaseColumns
        Cases filed later, and closings later, are not looked at.
    until_ms : int
        That moment, epoch milliseconds.
    zone : Zone
        Local time of the city.
    seed : int
        Of the moments at which cases are looked at: the same data give the same model.
    """
    model = _trained(cases, until_ms, zone, seed)
    validation = None if model.is_fallback else _validated(cases, until_ms, zone, seed)
    if validation is None:
        return model
    return msgspec.structs.replace(model, method=_best(validation.brier), validation=validation)


def _best(scores: dict[Method, float]) -> Method:
    return min(scores, key=lambda method: scores[method])


def _validated(cases: CaseColumns, until_ms: int, zone: Zone, seed: int) -> Validation | None:
    """Compare the methods on newer cases than they have seen; None where there are too few."""
    filed = cases.filed[_known_at(cases, until_ms)]
    from_ms = int(np.quantile(filed, 1 - _HELD_APART))
    older = _trained(cases, from_ms, zone, seed)
    newer = _judged_at(cases, until_ms) & (cases.filed >= from_ms)
    seen = moments(cases, newer, seed + 1)
    if older.is_fallback or len(np.unique(seen.broke)) < 2:
        return None
    methods: tuple[Method, ...] = get_args(Method)
    chances = {method: older.by_method(seen.cases, zone, method) for method in methods}
    scores = {method: brier(chance, seen.broke) for method, chance in chances.items()}
    return Validation(
        from_ms=from_ms,
        looks=len(seen.broke),
        brier=scores,
        reliability=reliability(chances[_best(scores)], seen.broke),
    )


def _trained(cases: CaseColumns, until_ms: int, zone: Zone, seed: int) -> BreachModel:
    """Learn the curves and, with enough history, the weights."""
    known = _known_at(cases, until_ms)
    filed = cases.filed[known]
    model = BreachModel(
        trained_until_ms=until_ms,
        cases=int(known.sum()),
        curves=curves(cases, known, until_ms),
        typical_load=_typical_load(cases, known, until_ms),
        street_odds=street_odds(cases, _judged_at(cases, until_ms)),
    )
    judged = _judged_at(cases, until_ms)
    if int(judged.sum()) < LEAST_CASES:
        return model
    # Weights are learnt where the curves had not seen the cases yet, as it will be in use.
    middle = int(np.quantile(filed, _SHARE_FOR_CURVES))
    early = BreachModel(
        trained_until_ms=middle,
        cases=0,
        curves=curves(cases, _known_at(cases, middle), middle),
        typical_load=model.typical_load,
        street_odds=street_odds(cases, _judged_at(cases, middle)),
    )
    seen = moments(cases, judged & (cases.filed >= middle), seed)
    return _fit(model, early, seen, zone)


def _known_at(cases: CaseColumns, until_ms: int) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = (cases.filed != NEVER) & (cases.filed < until_ms)
    return result


def _judged_at(cases: CaseColumns, until_ms: int) -> NDArray[np.bool_]:
    """Mark the cases whose limit had come by a moment."""
    has_come: NDArray[np.bool_] = (cases.due != NEVER) & (cases.due <= until_ms)
    return _known_at(cases, until_ms) & has_come


def curves(cases: CaseColumns, known: NDArray[np.bool_], until_ms: int) -> dict[str, Curve]:
    """Survival curves of all groups that have enough cases, as known at a moment."""
    filed, closed = cases.filed[known], cases.closed[known]
    has_closed = (closed != NEVER) & (closed <= until_ms)
    end = np.where(has_closed, closed, until_ms)
    hours = np.maximum(end - filed, 0) / HOUR_MS
    category, department = cases.category[known], cases.department[known]
    members: dict[str, list[int]] = {}
    for index, (cat, dep) in enumerate(zip(category, department, strict=True)):
        members.setdefault(f"{dep}/{cat}", []).append(index)
        members.setdefault(f"/{cat}", []).append(index)
    found = {EVERYTHING: kaplan_meier(hours, has_closed)}
    for key, rows in members.items():
        if len(rows) >= LEAST_IN_GROUP:
            found[key] = kaplan_meier(hours[rows], has_closed[rows])
    return found


def moments(cases: CaseColumns, chosen: NDArray[np.bool_], seed: int) -> CaseMoments:
    """Look at cases with a limit at random moments between filing and limit, while open.

    Parameters
    ----------
    chosen : ndarray, shape (len(cases),), bool
    seed : int
    """
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.flatnonzero(chosen), MOMENTS)
    filed, due, closed = cases.filed[rows], cases.due[rows], cases.closed[rows]
    at = filed + (rng.random(len(rows)) * np.maximum(due - filed, 0)).astype(np.int64)
    was_open = (closed == NEVER) | (at < closed)
    rows, at = rows[was_open], at[was_open]
    return CaseMoments(
        cases=OpenCases(
            category=cases.category[rows],
            department=cases.department[rows],
            street=streets(cases)[rows],
            began_ms=cases.filed[rows],
            due_ms=cases.due[rows],
            at_ms=at,
            load=load_at(cases, cases.department[rows].astype(str), at),
            stage=stage_at(cases, rows, at),
        ),
        broke=(cases.closed[rows] == NEVER) | (cases.closed[rows] > cases.due[rows]),
    )


def streets(cases: CaseColumns) -> Names:
    """Street of each case: by its cell, as in the stream; else what the sender calls it."""
    pairs = zip(cases.cell, cases.street, strict=True)
    return names(street_code(cell) if cell else named for cell, named in pairs)


def street_odds(cases: CaseColumns, judged: NDArray[np.bool_]) -> dict[str, float]:
    """Log odds of breaking the limit on each street against all, from cases whose limit has come.

    Parameters
    ----------
    judged : ndarray, shape (len(cases),), bool
    """
    if not judged.any():
        return {}
    due, closed, where = cases.due[judged], cases.closed[judged], streets(cases)[judged]
    broke = (closed == NEVER) | (closed > due)
    share = (broke.sum() + 0.5) / (len(broke) + 1)
    found = {}
    for street in np.unique(where.astype(str)).tolist():
        mine = broke[where == street]
        own = (mine.sum() + DRAWN_BY * share) / (len(mine) + DRAWN_BY)
        found[street] = float(np.log(own / (1 - own)) - np.log(share / (1 - share)))
    return found


def load_at(cases: CaseColumns, department: NDArray[np.str_], at_ms: Times) -> Hours:
    """Open cases of each department at each moment, shape (n,)."""
    load = np.zeros(len(at_ms))
    owner = cases.department.astype(str)
    for name in np.unique(department):
        asked = department == name
        filed = np.sort(cases.filed[(owner == name) & (cases.filed != NEVER)])
        closed = np.sort(cases.closed[(owner == name) & (cases.closed != NEVER)])
        load[asked] = np.searchsorted(filed, at_ms[asked], side="right") - np.searchsorted(
            closed, at_ms[asked], side="right"
        )
    return np.maximum(load, 0)


def stage_at(cases: CaseColumns, rows: NDArray[np.int64], at_ms: Times) -> Hours:
    """Place in the loop that each case had reached at each moment, shape (n,)."""
    place = np.full(len(rows), _FILED)
    for times in (cases.dispatched, cases.disposed, cases.verified):
        reached = (times[rows] != NEVER) & (times[rows] <= at_ms)
        place += reached
    return place


def _typical_load(cases: CaseColumns, known: NDArray[np.bool_], until_ms: int) -> dict[str, float]:
    """Median number of open cases of each department when one of its cases is filed."""
    owner = cases.department.astype(str)
    load = load_at(cases, owner[known], np.minimum(cases.filed[known], until_ms))
    return {
        str(name): float(np.median(load[owner[known] == name])) for name in np.unique(owner[known])
    }


def _fit(model: BreachModel, early: BreachModel, seen: CaseMoments, zone: Zone) -> BreachModel:
    """Fit the weights on part of the looks and their calibration on the rest."""
    if len(np.unique(seen.broke)) < 2:
        return model
    x = features(seen.cases, early.by_curves(seen.cases), early, zone)
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x = (x - mean) / scale
    # Whole cases go to one side: looks at the same case are not independent.
    for_weights = (seen.cases.began_ms // HOUR_MS) % 3 != 0
    if len(np.unique(seen.broke[for_weights])) < 2 or for_weights.all():
        return model
    regression = LogisticRegression(max_iter=500)  # type: ignore[no-untyped-call]
    regression.fit(x[for_weights], seen.broke[for_weights])
    raw = regression.predict_proba(x[~for_weights])[:, 1]  # type: ignore[no-untyped-call]
    curve = IsotonicRegression(out_of_bounds="clip")  # type: ignore[no-untyped-call]
    curve.fit(raw, seen.broke[~for_weights])
    return msgspec.structs.replace(
        model,
        mean=[float(v) for v in mean],
        scale=[float(v) for v in scale],
        weights=[float(v) for v in regression.coef_[0]],
        intercept=float(regression.intercept_[0]),
        calibrated_from=[float(v) for v in curve.X_thresholds_],
        calibrated_to=[float(v) for v in curve.y_thresholds_],
    )
