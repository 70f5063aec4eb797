"""Exact search for the strongest window: every zone, every length, none left out.

Most windows are ruled out together. Windows of about the same length hold no more cases than the
longest of them and weigh no less than the shortest. From the weight follows how many cases they
need, and counts and needs of all lengths lie side by side in one integer: one subtraction tells
whether any window of a zone can reach the likelihood ratio that is asked for. Rows of zones where
one can are looked at window by window.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detect.clusters.likelihood import largest_weights
from models.detect.clusters.scan_models import ScanModel, Weights
from models.detect.clusters.window_groups import WindowGroups, needs_by_weight
from models.detect.clusters.zones import Zones

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_CASES: Final = 2  # fewer are no cluster
_LARGEST_SHARE: Final = 0.5  # of the study's weight in one zone
_SLACK: Final = 1 + 1e-9  # rounding must not rule a window out
_SAME_LLR: Final = 1e-9
HIGH: Final = 64.0  # a log likelihood ratio that is seldom exceeded
_LAST_BAR: Final = 1e-6
_LOWER: Final = 0.7


@dataclass(frozen=True, slots=True)
class Best:
    """The strongest window: its pair of the zones, and the steps from `first` until before `end`.

    Attributes
    ----------
    weight : float
        What the window weighs.
    """

    llr: float
    pair: int
    first: int
    end: int
    count: int
    weight: float


class ScanSearch:
    """Search one study and what chance makes of it.

    Parameters
    ----------
    model : ScanModel
    zones : Zones
        Zones with more than half of the study's weight are left out.
    longest : int
        Most steps of a window.
    every_end : bool
        Windows end anywhere (retrospective), not with the last step alone (prospective).
    least : int
        Fewest cases of a window, 2 or more.
    fresh : int, optional
        Centres must have a case in so many last steps of the windows; any may be one without it.
    """

    def __init__(
        self,
        model: ScanModel,
        zones: Zones,
        *,
        longest: int,
        every_end: bool = False,
        least: int = LEAST_CASES,
        fresh: int | None = None,
    ) -> None:
        weights = model.weights()
        heavy = zones.prefix(weights.place_total)
        inside = heavy <= _LARGEST_SHARE * weights.total * _SLACK
        self.zones = zones if inside.all() else zones.only(inside)
        self._model, self._steps = model, model.steps
        self._longest = min(longest, model.steps)
        self._every_end, self._least, self._fresh = every_end, least, fresh
        rows = np.arange(self.zones.rows, dtype=np.int32)
        self._row = np.repeat(rows, np.diff(self.zones.start))
        self._weights = _WindowWeights(self.zones, weights)
        heaviest = heavy[inside].max(initial=0.0)
        self._most = round(heaviest) if weights.is_bound else model.cases
        self._ratio = weights.total / max(model.cases, 1)
        self._limits: dict[float, Floats] = {}
        self._tables: dict[float, Ints] = {}
        self._asked: set[tuple[float, int]] = set()
        self._needs: dict[tuple[float, int], Ints] = {}

    def strongest(self, place: Ints, step: Ints, *, bar: float) -> Best | None:
        """Find the best window; None where none reaches the bar.

        Parameters
        ----------
        place, step : ndarray, shape (cases,), int64
            Of the model, or what chance drew.
        bar : float
            The higher, the faster.
        """
        scanned = np.flatnonzero(step >= (0 if self._every_end else self._steps - self._longest))
        place, step = place[scanned], step[scanned]
        if not self._every_end:
            return self._ending(place, step, self._steps, bar)
        order = np.argsort(step, kind="stable")
        place, step = place[order], step[order]
        best: Best | None = None
        for end in (np.unique(step) + 1).tolist():  # the best windows end with a case
            first, last = np.searchsorted(step, [end - self._longest, end])
            found = self._ending(place[first:last], step[first:last], end, bar)
            if found is not None and (best is None or found.llr > best.llr + _SAME_LLR):
                best = found
        return best

    def maximum(self, place: Ints, step: Ints, *, likely: float = HIGH) -> Best | None:
        """Find the best window, however weak; None where none holds more than expected.

        Parameters
        ----------
        likely : float
            What it will hardly be above: the search goes down from there.
        """
        power, fall = max(0, ceil(log(HIGH / likely) / log(1 / _LOWER))), 1
        while True:
            bar = max(HIGH * _LOWER**power, _LAST_BAR)
            best = self.strongest(place, step, bar=bar)
            if best is not None or bar == _LAST_BAR:
                return best
            power, fall = power + fall, 2 * fall  # where chance drew nothing, few passes tell

    def _ending(self, place: Ints, step: Ints, end: int, bar: float) -> Best | None:
        """Find the best window that ends before a step, of the cases in the longest of them."""
        if place.size < self._least:
            return None
        groups = WindowGroups.of(min(self._longest, end), min(place.size, self._most))
        cases = np.zeros(self.zones.places, dtype=np.int64)
        np.add.at(cases, place, groups.pack(end - 1 - step))
        pairs = self._pairs_with_case(cases > 0, place[step >= end - (self._fresh or end)])
        if not pairs.size:
            return None
        opens = _opens(self._row[pairs])
        counts = _running(cases[self.zones.place[pairs]], opens)
        if self._every_end:  # a window without a case in its last step is best without that step
            ends = np.append(opens[1:], pairs.size) - 1
            alive = np.repeat(groups.has_shortest(counts[ends]), np.diff(opens, append=pairs.size))
            pairs, counts = pairs[alive], counts[alive]
            if not pairs.size:
                return None
            opens = _opens(self._row[pairs])
        reached = groups.reached(counts, self._needed(groups, pairs, end, bar))
        rows = np.bitwise_or.reduceat(reached, opens)
        left = np.flatnonzero(np.repeat(rows != 0, np.diff(opens, append=pairs.size)))
        if not left.size:
            return None
        reached = np.repeat(rows, np.diff(opens, append=pairs.size))[left]
        best: Best | None = None
        for flag, lengths in groups.flags():
            some = pairs[left[reached & flag != 0]]
            found = self._best_of(place, step, some, end, lengths, bar) if some.size else None
            if found is not None and (best is None or found.llr > best.llr + _SAME_LLR):
                best = found
        return best

    def _pairs_with_case(self, has_case: NDArray[np.bool_], fresh: Ints) -> Ints:
        """Give the pairs whose own place has a case, of rows whose centre may be one."""
        if self._fresh is None:
            return np.flatnonzero(has_case[self.zones.place])
        is_fresh = np.zeros(self.zones.places, dtype=np.bool_)
        is_fresh[fresh] = True
        rows = np.flatnonzero(is_fresh[self.zones.centre])
        start, size = self.zones.start[rows], np.diff(self.zones.start)[rows]
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        pairs: Ints = np.repeat(start, size) + within
        return pairs[has_case[self.zones.place[pairs]]]

    def _needed(self, groups: WindowGroups, pairs: Ints, end: int, bar: float) -> Ints:
        """Cases that the zones of some pairs need, packed; kept when a bar comes again."""
        table = self._tables.get(bar)
        if table is None:
            table = self._tables.setdefault(bar, needs_by_weight(self._limit(bar)))
        key = (bar, groups.bits)
        if self._every_end or key not in self._asked:
            self._asked.add(key)
            return groups.needs(table, lambda n: self._weights.of(pairs, end - n, end))
        known = self._needs.get(key)
        if known is None:
            known = groups.needs(table, lambda n: self._weights.of(slice(None), end - n, end))
            self._needs[key] = known
        return known[pairs]

    def _best_of(
        self,
        place: Ints,
        step: Ints,
        pairs: Ints,
        end: int,
        lengths: tuple[int, int],
        bar: float,
    ) -> Best | None:
        """Look at each window of some rows and lengths that ends before a step."""
        opens = _opens(self._row[pairs])
        short, long = lengths
        later = np.maximum(end - 1 - step - (short - 1), 0)
        late = later <= long - short
        where, spot = np.unique(place[late], return_inverse=True)
        flat = np.bincount(
            later[late] * where.size + spot, minlength=(long - short + 1) * where.size
        )
        since = np.zeros((long - short + 1, where.size + 1), dtype=np.int32)
        np.cumsum(flat.reshape(long - short + 1, where.size), axis=0, out=since[:, :-1])
        spots = np.full(self.zones.places, where.size)
        spots[where] = np.arange(where.size)
        count = _running(since[:, spots[self.zones.place[pairs]]], opens)
        ages = range(short - 1, long)
        weight = np.stack([self._weights.of(pairs, end - 1 - age, end) for age in ages])
        age, at = np.nonzero(weight <= self._limit(bar)[count])
        if not at.size:
            return None
        count, weight = count[age, at], weight[age, at]
        llr = self._model.llr(count.astype(np.float64), weight)
        same = np.flatnonzero(llr >= llr.max() - _SAME_LLR)
        near = self.zones.distance_m[pairs[at[same]]]
        one = same[np.lexsort((at[same], age[same], near))[0]]  # the smallest, then shortest
        return Best(
            llr=float(llr[one]),
            pair=int(pairs[at[one]]),
            first=end - short - int(age[one]),
            end=end,
            count=int(count[one]),
            weight=float(weight[one]),
        )

    def _limit(self, bar: float) -> Floats:
        """Largest weights that reach the bar, by cases; kept, as the bar is seldom another."""
        known = self._limits.get(bar)
        if known is None:
            known = largest_weights(self._model.llr, bar, self._most, self._ratio) * _SLACK
            known[: self._least] = -1.0
            self._limits[bar] = known
        return known


class _WindowWeights:
    """Weights of all windows: few factors of each pair's zone, or its weights until each step."""

    def __init__(self, zones: Zones, weights: Weights) -> None:
        until = np.cumsum(weights.step, axis=1)
        self._until = np.concatenate([np.zeros((len(until), 1)), until], axis=1)
        self._is_table = len(until) > 1 and len(until) >= until.shape[1]
        values = weights.place @ self._until if self._is_table else weights.place
        self._zones = zones.prefix(values)

    def of(self, pairs: Ints | slice, first: int, end: int) -> Floats:
        """Weights of the zones of some pairs, from a step until before another."""
        if self._is_table:
            weight: Floats = self._zones[pairs, end] - self._zones[pairs, first]
        elif len(self._until) == 1:
            weight = self._zones[pairs, 0] * (self._until[0, end] - self._until[0, first])
        else:
            weight = self._zones[pairs] @ (self._until[:, end] - self._until[:, first])
        return weight


def _opens(row: NDArray[np.int32]) -> Ints:
    """Find where rows begin."""
    return np.concatenate([[0], np.flatnonzero(row[1:] != row[:-1]) + 1])


def _running(values: NDArray[np.integer[Any]], opens: Ints) -> NDArray[np.integer[Any]]:
    """Add values up along the last axis, beginning anew at each of some places."""
    values[..., opens[1:]] -= np.add.reduceat(values, opens, axis=-1)[..., :-1]
    sums: NDArray[np.integer[Any]] = np.cumsum(values, axis=-1, dtype=values.dtype)
    return sums
