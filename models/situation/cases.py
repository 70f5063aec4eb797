"""How the cases stand: the newest case summary of each street partition, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from models.cases.indicators.cell_counts import CellCounts
from models.cases.indicators.closing_times import medians
from models.cases.indicators.ranking import Place, rank
from models.messages.street_summaries import (
    CaseSummary,
    IndicatorCount,
    PossibleDuplicate,
    RankedGroup,
    StageNow,
    WatchedCase,
)

WATCHED: Final = 20
DUPLICATES: Final = 20
RANKED: Final = 20  # groups of a ranking that are told, the best and the worst of them
RANKED_BY: Final = "closed_in_time_of_due"
RANKED_WINDOW: Final = "30d"


class CaseView:
    """Newest case summary of each (feed, partition)."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], CaseSummary] = {}
        self._indicators: list[IndicatorCount] | None = None  # merged once a change: they are many
        self._rankings: dict[str, list[RankedGroup]] | None = None

    def put(self, summary: CaseSummary) -> None:
        """Replace the older summary of the same source."""
        self._newest[summary.feed, summary.partition] = summary
        self._indicators = self._rankings = None

    @property
    def is_empty(self) -> bool:
        """No partition has spoken yet."""
        return not self._newest

    def stages(self) -> dict[str, StageNow]:
        """Open cases by stage of the closed loop."""
        merged: dict[str, StageNow] = {}
        for summary in self._newest.values():
            for name, stage in summary.stages.items():
                merged[name] = _add(merged[name], stage) if name in merged else stage
        return merged

    def indicators(self) -> list[IndicatorCount]:
        """Live indicators: numerators and denominators added up; then the medians."""
        if self._indicators is None:
            summaries = self._newest.values()
            self._indicators = _merged(
                count for summary in summaries for count in summary.indicators
            )
            self._indicators += medians(one for summary in summaries for one in summary.spreads)
        return self._indicators

    def cells(self) -> list[CellCounts]:
        """Give the counts of all cells; each block has other cells."""
        return [summary.cells for summary in self._newest.values() if summary.cells.cells]

    def indicator(self, indicator: str, windows: tuple[str, ...]) -> IndicatorCount | None:
        """Give an indicator of the whole district in the first window that has it."""
        found = {
            c.window: c for c in self.indicators() if (c.by, c.indicator) == ("all", indicator)
        }
        return next((found[window] for window in windows if window in found), None)

    def rankings(self) -> dict[str, list[RankedGroup]]:
        """Rank streets and departments by what they close in time; small ones come last."""
        if self._rankings is None:
            counts: dict[str, dict[str, tuple[int, int]]] = {"street": {}, "department": {}}
            for one in self.indicators():
                is_asked = (one.window, one.indicator) == (RANKED_WINDOW, RANKED_BY)
                if is_asked and one.by in counts and one.group and one.denominator:
                    counts[one.by][one.group] = (int(one.numerator), one.denominator)
            self._rankings = {by: _both_ends(rank(groups)) for by, groups in counts.items()}
        return self._rankings

    def watched(self) -> list[WatchedCase]:
        """Give the most overdue cases of the district."""
        every = (case for summary in self._newest.values() for case in summary.watched)
        return sorted(every, key=lambda case: (-case.overdue_min, case.case))[:WATCHED]

    def duplicates(self) -> list[PossibleDuplicate]:
        """Give the newest open cases of the district that may repeat another one."""
        every = (one for summary in self._newest.values() for one in summary.duplicates)
        return sorted(every, key=lambda one: (-one.reported_ms, one.case))[:DUPLICATES]

    def duplicates_open(self) -> int:
        """Open cases that may repeat another one."""
        return sum(summary.duplicates_open for summary in self._newest.values())

    def flags(self) -> dict[str, int]:
        """Open cases by reason code."""
        total: Counter[str] = Counter()
        for summary in self._newest.values():
            total.update(summary.flags)
        return dict(sorted(total.items()))


def _both_ends(places: list[Place]) -> list[RankedGroup]:
    """Give the best and the worst of a ranking, `RANKED` at most."""
    half = RANKED // 2
    told = places if len(places) <= RANKED else [*places[:half], *places[-half:]]
    return [
        RankedGroup(
            group=place.group,
            successes=place.successes,
            n=place.n,
            rate=place.successes / place.n,
            low=place.low,
            high=place.high,
            shrunk=place.shrunk,
            is_small=place.is_small,
        )
        for place in told
    ]


def _merged(counts: Iterable[IndicatorCount]) -> list[IndicatorCount]:
    """Add up the counts of one name."""
    merged: dict[tuple[str, str, str, str], tuple[float, int | None]] = {}
    for count in counts:
        key = (count.window, count.by, count.group, count.indicator)
        numerator, denominator = merged.get(key, (0, None))
        if count.denominator is not None:
            denominator = (denominator or 0) + count.denominator
        merged[key] = (numerator + count.numerator, denominator)
    return [IndicatorCount(*key, *merged[key]) for key in sorted(merged)]


def _add(one: StageNow, other: StageNow) -> StageNow:
    """Add two parts of a stage."""
    return StageNow(
        open=one.open + other.open,
        overdue=one.overdue + other.overdue,
        dwell_h_sum=one.dwell_h_sum + other.dwell_h_sum,
        done=one.done + other.done,
        done_h_sum=one.done_h_sum + other.done_h_sum,
    )
