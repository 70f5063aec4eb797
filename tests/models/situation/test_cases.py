"""Case summaries of the street partitions, added up."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from models.cases.indicators.cell_counts import pack_cells
from models.cases.indicators.closing_times import MEDIAN
from models.cases.indicators.definitions import CORE_COUNTS
from models.cases.indicators.window_sums import WINDOWS
from models.messages.street_summaries import (
    CaseSummary,
    ClosingTimeHistogram,
    IndicatorCount,
    PossibleDuplicate,
    StageNow,
    WatchedCase,
)
from models.situation.cases import RANKED, WATCHED, CaseView
from models.windows.sketch import bin_of


def cases(partition: int, **more: object) -> CaseSummary:
    fields: dict[str, object] = {
        "feed": "cases",
        "partition": partition,
        "partitions": 2,
        "published_ms": 0,
        "watermark_ms": 0,
    }
    return CaseSummary(**(fields | more))  # type: ignore[arg-type]


def test_stages_flags_and_indicators_add_up() -> None:
    view = CaseView()
    assert view.is_empty
    stage = StageNow(open=2, overdue=1, dwell_h_sum=3.0, done=4, done_h_sum=5.0)
    count = IndicatorCount("30d", "all", "", "closed_of_filed", 3, 4)
    plain = IndicatorCount("30d", "all", "", "filed", 4, None)
    for partition in (0, 1, 1):
        view.apply(
            cases(
                partition,
                stages={"filed": stage},
                flags={"no-actor": 2},
                indicators=[count, plain],
            )
        )
    assert view.stages() == {
        "filed": StageNow(open=4, overdue=2, dwell_h_sum=6.0, done=8, done_h_sum=10.0)
    }
    assert view.flags() == {"no-actor": 4}
    assert view.indicators() == [
        IndicatorCount("30d", "all", "", "closed_of_filed", 6, 8),
        IndicatorCount("30d", "all", "", "filed", 8, None),
    ]
    assert view.indicator("closed_of_filed", ("today", "30d")) == view.indicators()[0]
    assert view.indicator("closed_of_filed", ("today",)) is None


def test_the_most_overdue_cases_of_the_district_are_watched() -> None:
    def watched(number: int) -> WatchedCase:
        return WatchedCase(
            case=f"c{number}",
            cell="",
            category="",
            department="",
            stage="filed",
            reported_ms=0,
            due_ms=0,
            overdue_min=number,
        )

    view = CaseView()
    view.apply(cases(0, watched=[watched(n) for n in range(0, 40, 2)]))
    view.apply(cases(1, watched=[watched(n) for n in range(1, 41, 2)]))
    assert [case.overdue_min for case in view.watched()] == list(range(39, 39 - WATCHED, -1))


def test_possible_duplicates_of_all_partitions_are_told_newest_first() -> None:
    def pair(number: int) -> PossibleDuplicate:
        return PossibleDuplicate(
            case=f"{number:02d}",
            original="00",
            cell="110101001001001",
            category="E0102",
            reported_ms=number,
            distance_m=1.0,
            age_min=number,
            score=0.5,
        )

    view = CaseView()
    view.apply(cases(0, duplicates=[pair(n) for n in range(1, 30, 2)], duplicates_open=15))
    view.apply(cases(1, duplicates=[pair(n) for n in range(2, 30, 2)], duplicates_open=14))
    assert [one.reported_ms for one in view.duplicates()] == list(range(29, 9, -1))
    assert view.duplicates_open() == 29


def test_streets_and_departments_are_ranked_and_small_ones_come_last() -> None:
    def due(by: str, group: str, in_time: int, n: int) -> IndicatorCount:
        return IndicatorCount("30d", by, group, "closed_in_time_of_due", in_time, n)

    view = CaseView()
    assert view.rankings() == {"street": [], "department": []}
    view.apply(cases(0, indicators=[due("street", "a", 80, 100), due("street", "lucky", 1, 1)]))
    view.apply(cases(1, indicators=[due("street", "b", 95, 100), due("department", "", 9, 10)]))
    ranked = view.rankings()
    assert [(place.group, place.is_small) for place in ranked["street"]] == [
        ("b", False),
        ("a", False),
        ("lucky", True),
    ]
    assert ranked["street"][1].low < 0.8 < ranked["street"][1].high
    assert ranked["department"] == []  # nobody knows whose these are
    view.apply(cases(1, indicators=[due("street", f"{n:02d}", n, 100) for n in range(50)]))
    told = [place.group for place in view.rankings()["street"]]
    assert (len(told), told[0], told[1], told[-1]) == (RANKED, "a", "49", "lucky")


def test_medians_are_made_of_all_streets_and_cells_are_passed_on() -> None:
    view = CaseView()
    early, late = (bin_of(np.array([hours * 3600])).tolist() for hours in (1, 40))
    block = pack_cells(np.array([110101001001001]), [np.ones((1, len(CORE_COUNTS)), np.int64)] * 5)
    view.apply(
        cases(
            0, spreads=[ClosingTimeHistogram("30d", "department", "water", early, [3])], cells=block
        )
    )
    view.apply(cases(1, spreads=[ClosingTimeHistogram("30d", "department", "water", late, [8])]))
    [median] = view.indicators()
    assert (median.indicator, median.numerator, median.denominator) == (MEDIAN, 11, 11)
    assert median.value == pytest.approx(40, rel=0.05)
    assert view.cells() == [block]


def test_a_ranked_group_has_its_counts_its_rate_and_its_interval() -> None:
    view = CaseView()
    counts = [("street", "a", 80, 100), ("department", "w", 3, 4)]
    view.apply(
        cases(
            0,
            indicators=[
                IndicatorCount("30d", by, group, "closed_in_time_of_due", in_time, n)
                for by, group, in_time, n in counts
            ],
        )
    )
    ranked = view.rankings()
    for by, group, in_time, n in counts:
        (place,) = ranked[by]
        assert (place.group, place.successes, place.n, place.rate) == (
            group,
            in_time,
            n,
            in_time / n,
        )
        wanted = binomtest(in_time, n).proportion_ci(0.95, "wilson")
        assert (place.low, place.high) == pytest.approx((wanted.low, wanted.high), abs=1e-3)
        assert place.low < place.shrunk < place.high
    assert view.rankings() is ranked  # made once a change


def test_only_the_indicator_and_the_window_of_a_ranking_count() -> None:
    view = CaseView()
    others = [
        IndicatorCount("7d", "street", "a", "closed_in_time_of_due", 8, 10),
        IndicatorCount("30d", "street", "a", "closed_of_filed", 8, 10),
        IndicatorCount("30d", "community", "a", "closed_in_time_of_due", 8, 10),
        IndicatorCount("30d", "street", "b", "closed_in_time_of_due", 0, 0),
        IndicatorCount("30d", "street", "", "closed_in_time_of_due", 8, 10),
    ]
    view.apply(cases(0, indicators=others))
    assert view.rankings() == {"street": [], "department": []}


def test_the_best_and_the_worst_of_many_are_told_and_of_few_all() -> None:
    for groups, told in ((RANKED, range(RANKED)), (RANKED + 1, [*range(10), *range(11, 21)])):
        view = CaseView()
        counts = [
            IndicatorCount("30d", "street", f"{n:02d}", "closed_in_time_of_due", 990 - n, 1000)
            for n in range(groups)
        ]
        view.apply(cases(0, indicators=counts))
        assert [one.group for one in view.rankings()["street"]] == [f"{n:02d}" for n in told]


def test_counts_of_one_name_add_up_and_a_count_without_a_whole_leaves_it_out() -> None:
    view = CaseView()
    for partition, (part, whole) in enumerate(((1.5, None), (2.0, 4), (3.0, None), (4.0, 6))):
        view.apply(cases(partition, indicators=[IndicatorCount("7d", "all", "", "x", part, whole)]))
    assert view.indicators() == [IndicatorCount("7d", "all", "", "x", 10.5, 10)]
    assert view.indicator("x", ("today", "7d")) == view.indicators()[0]
    assert view.indicator("y", ("7d",)) is None
    assert view.shown() == view.indicators()
    assert view.shown() is view.shown()  # made once a change
    view.apply(cases(0, indicators=[]))
    assert view.shown() == view.indicators()
    assert view.indicators() == [IndicatorCount("7d", "all", "", "x", 9.0, 10)]


def test_an_indicator_is_of_the_whole_district_and_of_the_first_window_that_has_it() -> None:
    view = CaseView()
    counts = [
        IndicatorCount("30d", "street", "s", "x", 1, 2),
        IndicatorCount("30d", "all", "", "x", 3, 4),
        IndicatorCount("7d", "all", "", "x", 5, 6),
        IndicatorCount("7d", "all", "", "z", 7, 8),
    ]
    view.apply(cases(0, indicators=counts))
    found = [view.indicator("x", windows) for windows in (("30d", "7d"), ("7d", "30d"), ("today",))]
    assert [one and one.numerator for one in found] == [3, 5, None]


def test_cases_beyond_the_bound_of_a_dimension_are_told_by_feed() -> None:
    view = CaseView()
    counts = [
        IndicatorCount("30d", "department", "(others)", "filed", 7, None),
        IndicatorCount("30d", "area", "(others)", "filed", 2, None),
        IndicatorCount("7d", "beat", "(others)", "filed", 4, None),
        IndicatorCount("30d", "beat", "(others)", "closed", 4, None),
        IndicatorCount("30d", "beat", "b", "filed", 4, None),
    ]
    view.apply(cases(0, indicators=counts))
    view.apply(cases(1, indicators=counts[:1]))
    view.apply(cases(0, indicators=counts[:2], feed="parking"))
    assert view.beyond("cases") == {"department": 14, "area": 2}
    assert view.beyond("parking") == {"department": 7, "area": 2}
    view.apply(cases(0, indicators=[]))
    assert view.beyond("cases") == {"department": 7}
    assert view.beyond("gas") == {}


def test_what_a_partition_counted_yesterday_is_not_of_today() -> None:
    """A street worker that is down leaves its last summary behind."""
    told = [
        IndicatorCount("today", "all", "", "filed", 5, None),
        IndicatorCount("30d", "all", "", "filed", 50, None),
    ]
    spread = [
        ClosingTimeHistogram("today", "all", "", [5], [3]),
        ClosingTimeHistogram("30d", "all", "", [5], [30]),
    ]
    windows = [np.array([[count] * len(CORE_COUNTS)]) for count in range(1, len(WINDOWS) + 1)]
    cells = pack_cells(np.array([110101001001001]), windows)
    view = CaseView()
    view.apply(cases(0, today=14_000, indicators=told, spreads=spread, cells=cells))
    view.apply(cases(1, today=14_000, indicators=told))
    view.apply(cases(0, today=99_999, feed="other"))  # each feed has its own day

    def filed() -> dict[str, float]:
        return {one.window: one.numerator for one in view.indicators() if one.indicator == "filed"}

    assert filed() == {"today": 10, "30d": 100}
    view.apply(cases(1, today=14_001, indicators=told[1:]))
    assert filed() == {"30d": 100}
    medians = [one.window for one in view.indicators() if one.indicator != "filed"]
    assert medians == ["30d"]
    (left,) = view.cells()
    today = WINDOWS.index("today")
    assert not left.counts()[:, today].any()
    assert left.counts().sum() == cells.counts().sum() - cells.counts()[:, today].sum()
