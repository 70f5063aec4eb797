"""Mines precursors: signals after which a warning came in the same street, tested against chance.

A signal of one kind is followed by a warning of a rule where one was raised in its street after
`least_lead` and within `within`. How often that would happen by chance is told by permutation: in
every street all signals of the kind are moved by one random number of whole days around the span,
so that their rhythm of the day and their bursts stay, and only what binds them to the warnings is
lost. Of all pairs that are tested the share of false discoveries is controlled.

References
----------
Benjamini and Hochberg, Controlling the false discovery rate, JRSS B 57 (1995).
Phipson and Smyth, Permutation p-values should never be zero, Stat. Appl. Genet. Mol. Biol. 9
(2010).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from models.cases.indicators.ranking import wilson
from models.timing.units import DAY_MS, HOUR_MS, MINUTE_MS

REPLICATES: Final = 999
LEAST_SUPPORT: Final = 5  # warnings that were preceded
LEAST_DAYS: Final = 28  # of the span: fewer leave too few ways to move
MOST_FALSE: Final = 0.05  # share of false discoveries among what is offered

Times = NDArray[np.int64]


class Onset(NamedTuple):
    """When something began: its kind, its street (9 digits), and when (epoch ms)."""

    kind: str
    street: str
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class Precursor:
    """A kind of signal and a rule whose warnings it came before.

    Attributes
    ----------
    signal, rule : str
    signals, followed : int
        Signals of the kind, and those of them that were followed.
    warnings, support : int
        Warnings of the rule, and those of them that were preceded.
    precision, low, high : float
        followed ÷ signals, with Wilson's interval, 95 %.
    by_chance : float
        Mean share followed over the permutations.
    lead_h : float
        Median hours from the last signal before a warning to the warning.
    p_value, q_value : float
        Of the permutation test, and after control of false discoveries.
    """

    signal: str
    rule: str
    signals: int
    followed: int
    warnings: int
    support: int
    precision: float
    low: float
    high: float
    by_chance: float
    lead_h: float
    p_value: float
    q_value: float = 1.0


def mine(
    signals: Iterable[Onset],
    warnings: Iterable[Onset],
    span_ms: tuple[int, int],
    *,
    is_own: Callable[[str, str], bool] = lambda signal, rule: False,
    within_ms: int = 24 * HOUR_MS,
    least_lead_ms: int = 10 * MINUTE_MS,
    replicates: int = REPLICATES,
    seed: int = 11,
) -> list[Precursor]:
    """Find the pairs that hold against chance, the most certain first.

    Parameters
    ----------
    signals, warnings : iterable of Onset
        Inside the span.
    span_ms : (int, int)
        Begin and end of the archive, epoch milliseconds.
    is_own : callable
        Tells of a kind of signal and a rule whether the rule is made of such signals: no precursor.
    within_ms, least_lead_ms : int
        Longest and shortest time from a signal to a warning.
    replicates : int
        Permutations.

    Returns
    -------
    list of Precursor
        Empty where the span is shorter than `LEAST_DAYS`.
    """
    days = (span_ms[1] - span_ms[0]) // DAY_MS
    if days < LEAST_DAYS:
        return []
    before, after = _by_kind(signals), _by_kind(warnings)
    window = least_lead_ms, within_ms
    found: list[Precursor] = []
    for kind, mine_ in sorted(before.items()):
        for rule, theirs in sorted(after.items()):
            if is_own(kind, rule):
                continue
            rng = np.random.default_rng([seed, len(found), len(kind), len(rule)])
            pair = _Pair(mine_, theirs, window, span_ms[0], int(days), rng)
            if pair.support >= LEAST_SUPPORT:
                found.append(pair.tested(kind, rule, replicates))
    if not found:
        return []
    q_values = false_discovery_control([each.p_value for each in found])
    made = (replace(each, q_value=float(q)) for each, q in zip(found, q_values, strict=True))
    kept = [each for each in made if each.q_value <= MOST_FALSE]
    return sorted(kept, key=lambda each: (each.q_value, -each.precision, each.signal, each.rule))


def _by_kind(onsets: Iterable[Onset]) -> Mapping[str, Mapping[str, Times]]:
    """Sort onsets by kind, street and time."""
    lists: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for kind, street, at_ms in onsets:
        lists[kind][street].append(at_ms)
    return {
        kind: {street: np.array(sorted(times), np.int64) for street, times in streets.items()}
        for kind, streets in lists.items()
    }


class _Pair:
    """One kind of signal and one rule, over all streets."""

    def __init__(
        self,
        signals: Mapping[str, Times],
        warnings: Mapping[str, Times],
        window: tuple[int, int],
        start_ms: int,
        days: int,
        rng: np.random.Generator,
    ) -> None:
        self._signals, self._warnings = signals, warnings
        self._least_ms, self._most_ms = window
        self._start_ms, self._days, self._rng = start_ms, days, rng
        leads = [self._leads(street) for street in warnings]
        self._lead_ms = np.concatenate(leads) if leads else np.zeros(0, np.int64)

    @property
    def support(self) -> int:
        """Warnings that were preceded."""
        return len(self._lead_ms)

    def tested(self, kind: str, rule: str, replicates: int) -> Precursor:
        """Compare with chance."""
        total = sum(len(times) for times in self._signals.values())
        followed = sum(int(self._followed(s, t).sum()) for s, t in self._signals.items())
        chance = np.zeros(replicates, np.int64)
        for street, times in self._signals.items():
            chance += self._followed(street, self._moved(times, replicates)).sum(axis=1)
        low, high = wilson(followed, total)
        return Precursor(
            signal=kind,
            rule=rule,
            signals=total,
            followed=followed,
            warnings=sum(len(times) for times in self._warnings.values()),
            support=self.support,
            precision=followed / total,
            low=low,
            high=high,
            by_chance=float(chance.mean()) / total,
            lead_h=float(np.median(self._lead_ms)) / HOUR_MS,
            p_value=(1 + int((chance >= followed).sum())) / (1 + replicates),
        )

    def _moved(self, times: Times, replicates: int) -> Times:
        """Move all signals of a street by whole days around the span, shape (replicates, n)."""
        by = self._rng.integers(1, self._days, (replicates, 1)) * DAY_MS
        length = self._days * DAY_MS
        return self._start_ms + (times[None, :] - self._start_ms + by) % length

    def _followed(self, street: str, times: Times) -> NDArray[np.bool_]:
        """Tell which signals of a street were followed; any shape."""
        warnings = self._warnings.get(street)
        if warnings is None:
            return np.zeros(times.shape, dtype=bool)
        first = np.searchsorted(warnings, times + self._least_ms, side="left")
        last = np.searchsorted(warnings, times + self._most_ms, side="right")
        result: NDArray[np.bool_] = last > first
        return result

    def _leads(self, street: str) -> Times:
        """Give the time from the last signal before each warning that was preceded."""
        signals, warnings = self._signals.get(street), self._warnings[street]
        if signals is None:
            return np.zeros(0, np.int64)
        last = np.searchsorted(signals, warnings - self._least_ms, side="right") - 1
        lead = warnings - signals[np.maximum(last, 0)]
        return np.asarray(lead[(last >= 0) & (lead <= self._most_ms)], np.int64)
