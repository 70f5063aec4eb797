"""Areas under curves: how well scores rank what is anomalous before what is not."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from models.detect.contract import Floats


def average_precision(weights: Floats, scores: Floats) -> float:
    """Area under the precision-recall curve; `weights` in [0, 1] say how anomalous a value is.

    Examples
    --------
    >>> average_precision(np.array([0.0, 1, 0, 1]), np.array([0.1, 0.9, 0.5, 0.4]))
    0.8333333333333333
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(weights[order])
    last = np.r_[ranked[1:] != ranked[:-1], True]
    recall = hits[last] / weights.sum()
    precision = hits[last] / np.flatnonzero(np.r_[False, last])
    return float(np.diff(recall, prepend=0.0) @ precision)


def blurred(labels: Floats, over: int) -> Floats:
    """Fade the edges of labels over so many values, as in the volume under the surface.

    References
    ----------
    Paparrizos, J. et al. (2022). Volume under the surface. PVLDB 15, 2774-2787.
    """
    if not over:
        return labels
    marked = np.flatnonzero(labels)
    time = np.arange(labels.size)
    after = np.searchsorted(marked, time)
    to_next = np.abs(time - marked[np.minimum(after, marked.size - 1)])
    to_last = np.abs(time - marked[np.maximum(after - 1, 0)])
    near = 1 - np.minimum(to_next, to_last) / over
    return np.asarray(np.sqrt(np.maximum(near, 0.0)), dtype=np.float64)


def roc_area(labels: Floats, scores: Floats) -> float:
    """Area under the receiver operating characteristic."""
    ranks = rankdata(scores)
    found = labels.sum()
    rest = labels.size - found
    return float((ranks[labels > 0].sum() - found * (found + 1) / 2) / (found * rest))
