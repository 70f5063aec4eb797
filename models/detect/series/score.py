"""Two scores for each value of any time series, from that value and earlier ones only.

Seven members look for different kinds of the unusual. Each one's score is measured by what the
member usually gives on this series, and the scores are joined by a power mean: several members
that agree count as much as one that is sure. Nothing is trained and nothing is set. The joined
score is a state; `models.detect.series.onset` says of the same members where something begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from models.detect.contract import Floats
from models.detect.series.blocks import WARM_UP, Block, bounds, padded
from models.detect.series.discord import discord
from models.detect.series.distribution import level, mean, roughness
from models.detect.series.forecast import regression, same_phase
from models.detect.series.onset import join_members, onset_scores
from models.detect.series.reference import joint_departure

Member = Callable[[Floats, list[Block]], Floats]

MEMBERS: Final[dict[str, Member]] = {
    "forecast": regression,
    "same phase": same_phase,
    "level": level,
    "mean": mean,
    "roughness": roughness,
    "shape": partial(discord, share=1.0),
    "short shape": partial(discord, share=0.35),
}
USUAL: Final = 0.98  # a member's score is measured by this quantile of its own past
USUAL_MEMORY: Final = 8000
POWER: Final = 1.5  # between the mean (1) and the greatest (infinity) of the members
COLUMN_POWER: Final = 2.0
USUAL_DEPARTURE: Final = 2.0  # of several columns from their reference, as 1 is of a column …
DEPARTURE_WEIGHT: Final = 0.2  # … and its weight in the joined score
LARGEST: Final = 20.0  # one member says at most this much …
LARGEST_AFTER: Final = 1000  # … after so many values; before, a share of it: little was seen yet
SETTLED: Final = 300  # values after which a member is fully believed
LINGER: Final = 0.3  # weight of the running mean in the score: unusual things come in stretches
LINGER_GAIN: Final = 0.08
HALF: Final = 3.0  # joined score that is printed as 0.5


@dataclass(frozen=True)
class SeriesScores:
    """Two answers for each row, in the order of time.

    Attributes
    ----------
    anomaly : ndarray, shape (n,), float64
        State: how unusual a row is, in [0, 1); greater is more unusual.
    onset : ndarray, shape (n,), float64
        Event: how rarely something as new begins, in [0, 1); 0 at most rows. 0.5 comes by chance
        once in 1,000 rows.
    """

    anomaly: Floats
    onset: Floats


def score_series(values: Floats, step: Callable[[], None] = lambda: None) -> Floats:
    """Score every row of a table of series: the state alone, see `score_states_and_onsets`.

    Examples
    --------
    >>> values = np.sin(np.arange(300) / 5)
    >>> values[250] = 3.0
    >>> int(score_series(values).argmax())
    250
    """
    return score_states_and_onsets(values, step).anomaly


def score_states_and_onsets(
    values: Floats, step: Callable[[], None] = lambda: None
) -> SeriesScores:
    """Score every row of a table of series.

    Parameters
    ----------
    values : ndarray, shape (n,) or (n, m), float64
        m series side by side, in the order of time; NaN where there is no value.
    step : callable, optional
        Called after each member of each column, `len(MEMBERS)` times a column: for a progress bar.

    Returns
    -------
    SeriesScores
        0 for the first rows, which nothing can be compared with. The scores of a prefix are the
        prefix of the scores.
    """
    table = values[:, None] if values.ndim == 1 else values
    n, width = table.shape
    if not width or n <= WARM_UP:
        return SeriesScores(np.zeros(n), np.zeros(n))
    columns = [_members(table[:, which], step) for which in range(width)]
    states = [_power_mean(members, POWER) for members in columns]
    return SeriesScores(
        anomaly=_state(_with_reference(_power_mean(states, COLUMN_POWER), table)),
        onset=onset_scores([join_members(members) for members in columns]),
    )


def _with_reference(states: Floats, table: Floats) -> Floats:
    """Join the columns' scores with how far all of them are from their reference together."""
    n, width = table.shape
    if width == 1:
        return states
    whole = np.column_stack([padded(_filled(table[:, which])) for which in range(width)])
    spans = list(bounds(n))
    departure = joint_departure(whole, spans)[:n] / USUAL_DEPARTURE
    is_judged = (departure > 0) & np.isfinite(table).any(axis=1)
    joined = (1 - DEPARTURE_WEIGHT) * states + DEPARTURE_WEIGHT * departure
    return np.where(is_judged, joined, states)


def _power_mean(scores: list[Floats], power: float) -> Floats:
    mean = np.mean(np.power(scores, power), axis=0) ** (1 / power)
    return np.asarray(mean, dtype=np.float64)


def _state(joined: Floats) -> Floats:
    """Let the joined score linger and bring it into [0, 1)."""
    lasting = (1 - LINGER) * joined + LINGER * _running_mean(joined)
    return np.asarray(lasting / (lasting + HALF), dtype=np.float64)


def _members(values: Floats, step: Callable[[], None]) -> list[Floats]:
    """Each member's measured scores of one series; 0 where there is no value."""
    n = values.size
    whole = padded(_filled(values))
    blocks = [Block.after(whole[:start], stop) for start, stop in bounds(n)]
    members = []
    for member in MEMBERS.values():
        measured = _measured(member(whole, blocks), blocks)[:n]
        members.append(np.where(np.isfinite(values), measured, 0.0))
        step()
    return members


def _filled(values: Floats) -> Floats:
    """Carry the last value on over gaps; before the first one stand zeros."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(values.size), -1))
    return np.where(last >= 0, np.where(known, values, 0.0)[last], 0.0)


def _measured(scores: Floats, blocks: list[Block]) -> Floats:
    """Measure a member's scores by what it usually gave before each block.

    The first cycle of a rhythm is full of shapes that were never seen, so a short past says little.
    """
    measured = np.zeros(scores.size)
    for block in blocks:
        past = scores[max(WARM_UP, block.start - USUAL_MEMORY) : block.start]
        middle, usual = np.quantile(past, [0.5, USUAL]) if past.size else (0.0, 3.0)
        trust = min(1.0, block.start / SETTLED)
        sizes = trust * scores[block.where] / max(usual, 1.2 * middle, 1e-6)
        most = LARGEST * min(1.0, block.start / LARGEST_AFTER)
        measured[block.where] = np.minimum(sizes, most)
    return measured


def _running_mean(scores: Floats) -> Floats:
    means = np.empty(scores.size)
    mean_ = 0.0
    for which, value in enumerate(scores.tolist()):
        mean_ += LINGER_GAIN * (value - mean_)
        means[which] = mean_
    return means
