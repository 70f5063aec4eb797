"""How the cases stand: the newest case summary of each street partition, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from models.bounded import OTHERS
from models.cases.indicators.cell_counts import CellCounts, without_window
from models.cases.indicators.closing_times import medians
from models.cases.indicators.largest_groups import added_up, largest_groups, with_others
from models.cases.indicators.ranking import GroupRank, rank
from models.events.tags import PRIORITIES
from models.messages.event_counts import EventCounts
from models.messages.street_summaries import (
    CaseSummary,
    ClosingTimeHistogram,
    IndicatorCount,
    PossibleDuplicate,
    RankedGroup,
    StageNow,
    WatchedCase,
)

WATCHED: Final = 20
DUPLICATES: Final = 20
RANKED: Final = 20  # groups of a ranking that are shown, the best and the worst of them
SHOWN_GROUPS: Final = 50  # of a dimension in a snapshot; the others are counted together
RANKED_BY: Final = "closed_in_time_of_due"
RANKED_WINDOW: Final = "30d"
FILED: Final = "filed"
TODAY: Final = "today"

C = TypeVar("C", IndicatorCount, ClosingTimeHistogram)


class CaseView:
    """Newest case summary of each (feed, partition).

    A partition whose day is over has counted nothing of the day of the others: what it calls today
    is left out.
    """

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], CaseSummary] = {}
        self._beyond: dict[tuple[str, int], dict[str, int]] = {}
        self._counts: list[IndicatorCount] | None = None  # merged once a change: they are many
        self._shown: list[IndicatorCount] | None = None
        self._rankings: dict[str, list[RankedGroup]] | None = None

    def apply(self, summary: CaseSummary) -> None:
        """Replace the older summary of the same source."""
        self._newest[summary.feed, summary.partition] = summary
        self._beyond[summary.feed, summary.partition] = {
            one.by: int(one.numerator)
            for one in summary.indicators
            if (one.window, one.group, one.indicator) == (RANKED_WINDOW, OTHERS, FILED)
        }
        self._counts = self._shown = self._rankings = None

    @property
    def is_empty(self) -> bool:
        """No partition has reported yet."""
        return not self._newest

    def stages(self) -> dict[str, StageNow]:
        """Open cases by stage of the closed loop."""
        merged: dict[str, StageNow] = {}
        for summary in self._newest.values():
            for name, stage in summary.stages.items():
                merged[name] = _add(merged[name], stage) if name in merged else stage
        return merged

    def indicators(self) -> list[IndicatorCount]:
        """Live indicators of all groups: numerators and denominators added up; then the medians."""
        return self._added_up() + medians(self._spreads())

    def shown(self) -> list[IndicatorCount]:
        """Live indicators of the `SHOWN_GROUPS` largest groups, and of the others together."""
        if self._shown is None:
            counts = self._added_up()
            kept = largest_groups(counts, SHOWN_GROUPS)
            self._shown = added_up(with_others(counts, kept))
            self._shown += medians(with_others(self._spreads(), kept))
        return self._shown

    def beyond(self, feed: str) -> dict[str, int]:
        """Cases of a feed filed in 30 days that are counted under `OTHERS`, by dimension."""
        found: Counter[str] = Counter()
        for key, counts in self._beyond.items():
            if key[0] == feed:
                found.update(counts)
        return dict(found)

    def _added_up(self) -> list[IndicatorCount]:
        if self._counts is None:
            self._counts = added_up(
                count
                for summary in self._newest.values()
                for count in self._of_its_day(summary, summary.indicators)
            )
        return self._counts

    def _spreads(self) -> Iterable[ClosingTimeHistogram]:
        return (
            one
            for summary in self._newest.values()
            for one in self._of_its_day(summary, summary.spreads)
        )

    def _of_its_day(self, summary: CaseSummary, counts: list[C]) -> list[C]:
        """Give the counts of a summary, without those of today where its day is over."""
        if not self._is_behind(summary):
            return counts
        return [one for one in counts if one.window != TODAY]

    def _is_behind(self, summary: CaseSummary) -> bool:
        every = self._newest.values()
        return summary.today < max(one.today for one in every if one.feed == summary.feed)

    def cells(self) -> list[CellCounts]:
        """Give the counts of all cells; each block has other cells."""
        return [
            without_window(summary.cells, TODAY) if self._is_behind(summary) else summary.cells
            for summary in self._newest.values()
            if summary.cells.cells
        ]

    def indicator(self, indicator: str, windows: tuple[str, ...]) -> IndicatorCount | None:
        """Give an indicator of the whole district in the first window that has it."""
        found = {c.window: c for c in self.shown() if (c.by, c.indicator) == ("all", indicator)}
        return next((found[window] for window in windows if window in found), None)

    def rankings(self) -> dict[str, list[RankedGroup]]:
        """Rank streets and departments by what they close in time; small ones come last."""
        if self._rankings is None:
            counts: dict[str, dict[str, tuple[int, int]]] = {"street": {}, "department": {}}
            for one in self._added_up():
                is_asked = (one.window, one.indicator) == (RANKED_WINDOW, RANKED_BY)
                is_group = one.by in counts and one.group not in ("", OTHERS)
                if is_asked and is_group and one.denominator:
                    counts[one.by][one.group] = (int(one.numerator), one.denominator)
            self._rankings = {by: _both_ends(rank(groups)) for by, groups in counts.items()}
        return self._rankings

    def watched(self) -> list[WatchedCase]:
        """Give the most overdue cases of the district."""
        every = (case for summary in self._newest.values() for case in summary.watched)
        return sorted(every, key=lambda case: (-case.overdue_min, case.case))[:WATCHED]

    def events(self) -> list[EventCounts]:
        """Cases of major events by event, phase and object, added up."""
        sums: dict[tuple[str, str, str], list[int]] = {}
        for summary in self._newest.values():
            for one in summary.events:
                event, phase, name, *counts = msgspec.structs.astuple(one)
                known = sums.setdefault((event, phase, name), [0] * len(counts))
                sums[event, phase, name] = [a + b for a, b in zip(known, counts, strict=True)]
        return [EventCounts(*key, *counts) for key, counts in sorted(sums.items())]

    def tagged(self) -> list[WatchedCase]:
        """Give the most pressing open cases of major events."""
        every = (case for summary in self._newest.values() for case in summary.tagged)
        return sorted(
            every, key=lambda one: (PRIORITIES.index(one.priority), one.due_ms, one.case)
        )[:WATCHED]

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


def _both_ends(places: list[GroupRank]) -> list[RankedGroup]:
    """Give the best and the worst of a ranking, `RANKED` at most."""
    half = RANKED // 2
    shown = places if len(places) <= RANKED else [*places[:half], *places[-half:]]
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
        for place in shown
    ]


def _add(one: StageNow, other: StageNow) -> StageNow:
    """Add two parts of a stage."""
    return StageNow(
        open=one.open + other.open,
        overdue=one.overdue + other.overdue,
        dwell_h_sum=one.dwell_h_sum + other.dwell_h_sum,
        done=one.done + other.done,
        done_h_sum=one.done_h_sum + other.done_h_sum,
    )
