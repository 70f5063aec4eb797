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
from numpy.typing import NDArray

from models.detect.contract import Floats
from models.detect.series.blocks import WARM_UP, Block, bounds, padded
from models.detect.series.discord import discord
from models.detect.series.distribution import SHORT, level, mean, roughness
from models.detect.series.forecast import regression, same_phase
from models.detect.series.level_shift import Levels, LevelShift
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
GAP: Final = 64  # rows without a value, after which the first ones are not judged …
RARE_GAPS: Final = 0.01  # … unless the series has more such gaps than this share of its values
FAR: Final = 1e90  # values further out are taken for this: their squares must have a sum
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
    shifts : tuple of LevelShift
        Changes of level that lasted until they were accepted as normal, by column, then by row.
    """

    anomaly: Floats
    onset: Floats
    shifts: tuple[LevelShift, ...] = ()


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
    table = _tame(values[:, None] if values.ndim == 1 else values)
    n, width = table.shape
    if not width or n <= WARM_UP:
        return SeriesScores(np.zeros(n), np.zeros(n))
    wholes = [padded(_filled(column)) for column in table.T]
    levels = [Levels(padded(_bridged(column)), which) for which, column in enumerate(table.T)]
    columns = [_members(*given, step) for given in zip(table.T, wholes, levels, strict=True)]
    states = [_power_mean(members, POWER) for members in columns]
    return SeriesScores(
        anomaly=_state(_with_reference(_power_mean(states, COLUMN_POWER), table, wholes)),
        onset=onset_scores([join_members(members) for members in columns]),
        shifts=tuple(shift for level in levels for shift in level.shifts if shift.row < n),
    )


def _with_reference(states: Floats, table: Floats, wholes: list[Floats]) -> Floats:
    """Join the columns' scores with how far all of them are from their reference together."""
    n, width = table.shape
    if width == 1:
        return states
    departure = joint_departure(np.column_stack(wholes), list(bounds(n)))[:n] / USUAL_DEPARTURE
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


def _members(
    values: Floats, whole: Floats, levels: Levels, step: Callable[[], None]
) -> list[Floats]:
    """Each member's measured scores of one series; 0 where there is no value."""
    n = values.size
    is_judged = np.isfinite(values) & ~_after_gap(np.isfinite(values))
    blocks = [_judged_later(whole, levels, *span) for span in bounds(n)]
    members = []
    for member in MEMBERS.values():
        measured = _measured(member(whole, blocks), blocks)[:n]
        members.append(np.where(is_judged, measured, 0.0))
        step()
    return members


def _judged_later(values: Floats, levels: Levels, start: int, stop: int) -> Block:
    block = Block.after(values[:start], stop, levels.before(start))
    levels.observe(start, stop)
    return block


def _tame(values: Floats) -> Floats:
    """Take infinite values for missing ones, and the largest for `FAR`."""
    return np.clip(np.where(np.isfinite(values), values, np.nan), -FAR, FAR)


def _bridged(values: Floats) -> Floats:
    """Carry the last value on over short gaps and into the first rows of long ones."""
    rows = np.arange(values.size)
    last = np.maximum.accumulate(np.where(np.isfinite(values), rows, -GAP - 1))
    return np.where(rows - last <= GAP, _filled(values), np.nan)


def _after_gap(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows come first after a long gap, where such gaps are rare."""
    rows = np.flatnonzero(known)
    ends = 1 + np.flatnonzero(np.diff(rows) > GAP)
    is_rare = np.arange(ends.size) <= RARE_GAPS * ends
    is_after = np.zeros(known.size, dtype=np.bool_)
    for end in ends[is_rare].tolist():
        is_after[rows[end : end + SHORT]] = True
    return is_after


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
        calm = block.compared.calm
        past = scores[calm[calm >= WARM_UP][-USUAL_MEMORY:]]
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
