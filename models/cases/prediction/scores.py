"""How good predictions of a breach are, next to the plain rule "age over a share of the limit"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from models.cases.prediction.breach import Bin
from models.cases.prediction.survival import Hours

Outcomes = NDArray[np.bool_]


def brier(probability: Hours, broke: Outcomes) -> float:
    """Mean squared error of probabilities (Brier, Monthly Weather Review 78, 1950)."""
    return float(np.mean((probability - broke) ** 2))


def precision_at_recall(score: Hours, broke: Outcomes, recall: float) -> float:
    """Precision of the highest scores at the threshold that first reaches a recall."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(broke[order])
    last = np.append(np.diff(score[order]) != 0, True)  # equal scores fall together
    enough = last & (hits >= recall * broke.sum())
    at = int(np.argmax(enough))
    return float(hits[at] / (at + 1))


def reliability(probability: Hours, broke: Outcomes, bins: int = 10) -> list[Bin]:
    """Group by predicted probability; a calibrated model has equal figures in each bin."""
    which = np.minimum((probability * bins).astype(int), bins - 1)
    return [
        Bin(
            predicted=float(probability[which == index].mean()),
            observed=float(broke[which == index].mean()),
            n=int((which == index).sum()),
        )
        for index in np.unique(which)
    ]


def rule_probability(share: Hours, broke: Outcomes, share_to_judge: Hours) -> Hours:
    """Make probabilities of the plain rule, calibrated on history: its best case."""
    fitted = IsotonicRegression(out_of_bounds="clip")  # type: ignore[no-untyped-call]
    fitted.fit(share, broke.astype(np.float64))
    result: Hours = fitted.predict(share_to_judge)  # type: ignore[no-untyped-call]
    return result
