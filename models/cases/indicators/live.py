"""Live counts of cases by group and window, kept by adding and taking away what changed.

A case that changed is taken out as it was and put in as it is. Groups are summed apart:
the few large ones with every count and the spread of closing times, the many small ones with the
counts of the core indicators, and the cells, which are sent as columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from models.cases.columns import NEVER, CaseColumns, Counts
from models.cases.indicators.cell_counts import CellCounts, pack_cells
from models.cases.indicators.definitions import CORE, CORE_COUNTS, INDICATORS
from models.cases.indicators.group_sums import MOST, MOST_LARGE, Entries, GroupSums
from models.cases.indicators.measures import MEASURES, is_timed, seconds_to_close
from models.cases.indicators.window_sums import WINDOWS
from models.messages.street_summaries import ClosingTimeHistogram, IndicatorCount
from models.timing.zone import Zone
from models.windows.sketch import BINS, bin_of

LARGE: Final = ("all", "street", "department")
SMALL: Final = ("community", "category", "source", "beat", "area")
EVERYTHING: Final = ("all", "all")  # the group of all cases
_LONGEST_S: Final = 2**31 - 1  # 68 years: a longer closing counts as this long


class LiveIndicators:
    """Counts of all groups by day, and their sums over the windows.

    Parameters
    ----------
    zone : Zone
        Local time of the city: where its days begin.
    most_departments, most_names : int
        Bounds of the large and of the small groups, as in `GroupSums`.
    departments : iterable of str
        Of the city's registry: no flood of other names takes their place.

    Attributes
    ----------
    group_sums : dict of str to GroupSums
        `large` and `small` count measures, `cell` those of `CORE_COUNTS`, `spread` closing times by
        bin; the keys also name them in a checkpoint.
    """

    def __init__(
        self,
        zone: Zone,
        most_departments: int = MOST_LARGE,
        most_names: int = MOST,
        departments: Iterable[str] = (),
    ) -> None:
        known = frozenset(("department", code) for code in departments)
        self._zone = zone
        self._cells: Counts = np.zeros(0, dtype=np.int64)
        self.group_sums = {
            "large": GroupSums(LARGE, len(MEASURES), most_departments, known),
            "small": GroupSums(SMALL, len(CORE_COUNTS), most_names),
            "cell": GroupSums(("cell",), len(CORE_COUNTS)),
            "spread": GroupSums(LARGE, BINS, most_departments, known),
        }

    @property
    def today(self) -> int:
        """Last day of the windows, counted from 1970-01-01; -1 before the first."""
        return self.group_sums["large"].sums.today

    def add(self, cases: CaseColumns, sign: int) -> None:
        """Put cases in (`sign` 1), or take them out as they were put in (-1)."""
        if not len(cases):
            return
        counted = [entries(cases, self._zone, name, sign) for name in MEASURES]
        counted_by_measure = dict(zip(MEASURES, counted, strict=True))
        self.group_sums["large"].add(cases, counted)
        self.group_sums["small"].add(cases, [counted_by_measure[name] for name in CORE_COUNTS])
        self.group_sums["cell"].add(cases, [counted_by_measure[name] for name in CORE_COUNTS])
        self.group_sums["spread"].add(cases, [self._closing_times(cases, sign)])

    def _closing_times(self, cases: CaseColumns, sign: int) -> Entries:
        """Give the closed cases, each in the bin of its closing time."""
        some = np.flatnonzero(is_timed(cases))
        bins = bin_of(np.minimum(seconds_to_close(cases)[some], _LONGEST_S))
        ones = np.full(len(some), sign, dtype=np.int64)
        return Entries(some, self._zone.day(cases.filed[some]), ones, bins)

    def turn(self, now_ms: int) -> bool:
        """Move on to the day of an event time; never back. Tell whether the day turned."""
        day = self._zone.day_at(now_ms)
        if day <= self.today:
            return False
        for grouped in self.group_sums.values():
            grouped.sums.turn_to(day)
        return True

    def rewind(self, now_ms: int) -> bool:
        """Go back to the day of an event time; return whether all must be counted anew."""
        day, is_anew = self._zone.day_at(now_ms), False
        for grouped in self.group_sums.values():
            is_anew |= grouped.sums.rewind_to(day)
        return is_anew

    def counts(self) -> Iterator[IndicatorCount]:
        """Give the indicators of all groups and windows that have any case, but for the cells."""
        yield from _counts_of(self.group_sums["large"], tuple(MEASURES), tuple(INDICATORS))
        yield from _counts_of(self.group_sums["small"], CORE_COUNTS, CORE)

    def spreads(self) -> list[ClosingTimeHistogram]:
        """Give the closing times of the large groups, over all windows, as counts by bin."""
        grouped = self.group_sums["spread"]
        labels = list(grouped.groups)
        found = []
        for window in WINDOWS:
            matrix = grouped.sums.window(window)
            for row in np.flatnonzero(matrix.any(axis=1)).tolist():
                used = np.flatnonzero(matrix[row])
                found.append(
                    ClosingTimeHistogram(
                        window, *labels[row], used.tolist(), matrix[row, used].tolist()
                    )
                )
        return found

    def cells(self) -> CellCounts:
        """Give the counts of all cells that have any, over all windows."""
        grouped = self.group_sums["cell"]
        if len(self._cells) != len(grouped.groups):  # few are new at a time, and rows stay
            codes = [int(cell or 0) for _, cell in grouped.groups]
            self._cells = np.array(codes, dtype=np.int64)
        return pack_cells(self._cells, [grouped.sums.window(window) for window in WINDOWS])

    def total(self, window: str, measure: str) -> int:
        """One count of all cases over one window."""
        grouped = self.group_sums["large"]
        row, matrix = grouped.groups.get(EVERYTHING), grouped.sums.window(window)
        column = list(MEASURES).index(measure)
        return 0 if row is None or row >= len(matrix) else int(matrix[row, column])


def entries(cases: CaseColumns, zone: Zone, name: str, sign: int) -> Entries:
    """Give the cases that a measure counts, each on its local day; `sign` as in `add`."""
    measure = MEASURES[name]
    anchor, weight = measure.anchor(cases), measure.weight(cases)
    some = np.flatnonzero((anchor != NEVER) & (weight != 0))
    return Entries(some, zone.day(anchor[some]), weight[some] * sign)


def _counts_of(
    grouped: GroupSums, counts: Sequence[str], codes: Sequence[str]
) -> Iterator[IndicatorCount]:
    """Give some indicators of all groups whose sums have some counts as columns."""
    chosen = [INDICATORS[code] for code in codes]
    numerator = [counts.index(one.numerator) for one in chosen]
    denominator = [counts.index(one.denominator or one.numerator) for one in chosen]
    scale = np.array([3600.0 if one.is_duration else 1.0 for one in chosen])
    labels = list(grouped.groups)
    for window in WINDOWS:
        matrix = grouped.sums.window(window)
        above, below = matrix[:, numerator] / scale, matrix[:, denominator]
        for row, which in np.argwhere(below != 0).tolist():
            under = int(below[row, which]) if chosen[which].denominator else None
            value = float(above[row, which])
            yield IndicatorCount(window, *labels[row], codes[which], value, under)
