"""Prometheus gets the figures of the snapshot, and none where there is no snapshot."""

from __future__ import annotations

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from dashboards.common.metrics import MOST_GROUPS, WallMetrics
from dashboards.common.source import Trouble
from models.grid.grid import Grid
from models.messages.street_summaries import IndicatorCount
from models.situation.snapshot import Snapshot
from tests.dashboards import factory

INDICATORS = [
    IndicatorCount("today", "all", "", "filed", 3447, None),
    IndicatorCount("today", "all", "", "closed_of_filed", 3350, 3447),
    IndicatorCount("7d", "all", "", "closed_of_due", 0, 0),
    IndicatorCount("today", "street", "110101001", "filed", 9, None),
    IndicatorCount("30d", "all", "", "median_hours_to_close", 1675, 3350, 6.5),
]


def groups(by: str, many: int) -> list[IndicatorCount]:
    """Groups with more and more cases, a third of which was closed in time."""
    return [
        one
        for n in range(1, many + 1)
        for one in (
            IndicatorCount("30d", by, f"g{n:03d}", "filed", 3 * n, None),
            IndicatorCount("30d", by, f"g{n:03d}", "closed_in_time_of_due", n, 3 * n),
            IndicatorCount("7d", by, f"g{n:03d}", "filed", n, None),
            IndicatorCount("30d", by, f"g{n:03d}", "returned_of_disposed", 1, 2),
        )
    ]


def scraped(
    metrics: WallMetrics, found: Snapshot | Trouble
) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.exposition(found, 0.5).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith(("gridpulse_case", "gridpulse_feed"))
    }


def about(window: str, indicator: str) -> tuple[tuple[str, str], ...]:
    return (("indicator", indicator), ("window", window))


def test_the_figures_are_those_of_the_snapshot(grid: Grid) -> None:
    snapshot = factory.snapshot(grid, indicators=INDICATORS, stages=factory.stages())
    found = scraped(WallMetrics(), snapshot)
    name = "gridpulse_case_indicator"
    assert found[name, about("today", "filed")] == 3447
    assert found[name, about("today", "closed_of_filed")] == 3350 / 3447
    assert found[f"{name}_numerator", about("today", "closed_of_filed")] == 3350
    assert found[f"{name}_denominator", about("today", "closed_of_filed")] == 3447
    stages = factory.stages()
    open_ = {key[1][0][1]: n for key, n in found.items() if key[0] == "gridpulse_cases_open"}
    overdue = {key[1][0][1]: n for key, n in found.items() if key[0] == "gridpulse_cases_overdue"}
    assert open_ == {stage: now.open for stage, now in stages.items()}
    assert overdue == {stage: now.overdue for stage, now in stages.items()}


def test_nothing_of_nothing_is_no_rate_and_streets_are_left_to_the_snapshot(grid: Grid) -> None:
    found = scraped(WallMetrics(), factory.snapshot(grid, indicators=INDICATORS, stages={}))
    name = "gridpulse_case_indicator"
    assert (name, about("7d", "closed_of_due")) not in found
    assert found[f"{name}_denominator", about("7d", "closed_of_due")] == 0
    assert len([key for key in found if key[0] == f"{name}_numerator"]) == 4


def test_a_median_is_told_as_it_is_and_not_as_a_ratio(grid: Grid) -> None:
    found = scraped(WallMetrics(), factory.snapshot(grid, indicators=INDICATORS))
    assert found["gridpulse_case_indicator", about("30d", "median_hours_to_close")] == 6.5


def test_risk_duplicates_and_flags_are_told(grid: Grid) -> None:
    snapshot = factory.snapshot(grid, figures={"cases_at_risk": 7.0}, flags={"two-closings": 3})
    found = scraped(WallMetrics(), snapshot)
    assert found["gridpulse_cases_at_risk", (("city", "110101"),)] == 7
    assert found["gridpulse_cases_possible_duplicates", (("city", "110101"),)] == 12
    assert found["gridpulse_cases_flagged", (("reason", "two-closings"),)] == 3


def test_without_a_model_no_risk_is_told(grid: Grid) -> None:
    found = scraped(WallMetrics(), factory.snapshot(grid, figures={}))
    assert "gridpulse_cases_at_risk" not in {name for name, _ in found}


def test_streets_and_departments_have_their_core_rates_but_never_too_many(grid: Grid) -> None:
    indicators = [*groups("department", MOST_GROUPS + 9), *groups("beat", 3), *groups("street", 2)]
    found = scraped(WallMetrics(), factory.snapshot(grid, indicators=indicators))
    told = {dict(labels)["by"]: set[str]() for name, labels in found if "group" in name}
    for name, labels in found:
        if name == "gridpulse_case_group_indicator":
            told[dict(labels)["by"]].add(dict(labels)["group"])
    assert set(told) == {"department", "street"}
    assert len(told["department"]) == MOST_GROUPS
    assert "g001" not in told["department"]  # the fewest cases
    assert {dict(labels)["indicator"] for name, labels in found if "group" in name} == {
        "filed",
        "closed_in_time_of_due",
    }
    rate = (("by", "street"), ("group", "g002"), ("indicator", "closed_in_time_of_due"))
    assert found["gridpulse_case_group_indicator", rate] == 2 / 6


def test_what_is_unknown_is_not_told(grid: Grid) -> None:
    metrics = WallMetrics()
    assert scraped(metrics, factory.snapshot(grid, indicators=INDICATORS)) != {}
    assert scraped(metrics, Trouble.REDIS) == {}


def test_odd_sources_and_what_passed_a_bound_are_told_by_feed(grid: Grid) -> None:
    busy = factory.snapshot(grid)
    odd = msgspec.structs.replace(
        busy.feeds[0], departed_sources=3, unregistered_sources=2, beyond={"sensors": 12}
    )
    found = scraped(WallMetrics(), msgspec.structs.replace(busy, feeds=[odd]))
    dust = (("feed", "dust"),)
    assert found["gridpulse_feed_departed_sources", dust] == 3
    assert found["gridpulse_feed_unregistered_sources", dust] == 2
    assert found["gridpulse_feed_beyond_bound", (("bound", "sensors"), *dust)] == 12
