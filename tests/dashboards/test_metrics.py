"""Prometheus gets the figures of the snapshot, and none where there is no snapshot."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dashboards.metrics import WallMetrics
from dashboards.source import Trouble
from models.cases.summary import IndicatorCount
from models.grid.grid import Grid
from models.snapshot import Snapshot
from tests.dashboards import factory

INDICATORS = [
    IndicatorCount("today", "all", "", "filed", 3447, None),
    IndicatorCount("today", "all", "", "closed_of_filed", 3350, 3447),
    IndicatorCount("7d", "all", "", "closed_of_due", 0, 0),
    IndicatorCount("today", "street", "110101001", "filed", 9, None),
]


def scraped(
    metrics: WallMetrics, found: Snapshot | Trouble
) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.exposition(found, 0.5).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("gridpulse_case")
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
    assert len([key for key in found if key[0] == f"{name}_numerator"]) == 3


def test_what_is_unknown_is_not_told(grid: Grid) -> None:
    metrics = WallMetrics()
    assert scraped(metrics, factory.snapshot(grid, indicators=INDICATORS)) != {}
    assert scraped(metrics, Trouble.REDIS) == {}
