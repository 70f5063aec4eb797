"""What a monitor flags, how long, and what it says of those that fall silent."""

from __future__ import annotations

import numpy as np
import pytest

from models.messages.evidence import OTHERS
from models.messages.signals import Scope
from models.monitors.flags import REMEMBERED_MS
from models.monitors.pane_values import PaneValues
from models.monitors.readings.metric_monitor import Finding, MetricMonitor
from models.monitors.readings.run_recurrence import TOP
from models.monitors.readings.series_index import SeriesPlaces
from models.monitors.readings.severity import SeverityModel
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, Plain
from tests.models.warnings.warning_things import RULE

A, B, C = CELLS
ZONE = "Asia/Shanghai"
DAYS = {"blue": 39.999}


def monitor_of(
    detector: Plain | None = None, *, run: int = 1, minimum: float = 0, zone: str = ZONE
) -> MetricMonitor:
    """One that flags from a score of 4 on and releases under 2, however much it has seen."""
    severity = SeverityModel(run, minimum)
    for part in (severity.local, severity.regional):
        part.log_days = lambda: np.log(  # type: ignore[method-assign]
            np.maximum(np.arange(TOP + 1), 1e-9)
        )
        part.most_days = lambda watched: np.full(  # type: ignore[method-assign]
            watched.shape, np.inf
        )
    rule = RULE.model_copy(update={"levels": DAYS})
    return MetricMonitor(detector or Plain(), [rule], severity, zone=zone)


def judge(monitor: MetricMonitor, number: int, values: dict[int, float]) -> Finding:
    means = np.array(list(values.values()), np.float64)
    return monitor.judge(
        PaneValues(
            feed="dust",
            metric="pm10",
            start_ms=number * PANE_MS,
            width_s=900,
            ingested_ms=number,
            cells=np.array(list(values), np.int64),
            values=means,
            low=means,
            high=means,
        )
    )


def told(finding: Finding) -> list[tuple[str, bool]]:
    return [(signal.subject, signal.active) for signal in finding.signals]


@pytest.fixture
def monitor() -> MetricMonitor:
    return monitor_of()


def test_only_what_reaches_the_lowest_level_is_flagged(monitor: MetricMonitor) -> None:
    far = 110101005001001  # alone in its street; A and B share theirs, which costs them half
    found = judge(monitor, 0, {A: 10, B: 18, C: 13.9, far: 14})
    assert told(found) == [(str(B), True), (str(far), True)]
    assert [signal.severity for signal in found.signals] == pytest.approx([40, 40])
    assert [signal.evidence.watched for signal in found.signals] == [2, 1]


def test_less_than_expected_is_no_excess(monitor: MetricMonitor) -> None:
    assert told(judge(monitor, 0, {C: -50})) == []


def test_a_run_is_rated_by_its_least_unusual_pane() -> None:
    monitor = monitor_of(run=2)
    assert told(judge(monitor, 0, {C: 16})) == []
    (found,) = judge(monitor, 1, {C: 14.5}).signals
    assert found.evidence.run == 2
    assert found.severity == pytest.approx(45)
    (held,) = judge(monitor, 2, {C: 12.5}).signals  # no run of two any more, held by itself
    assert held.active
    assert held.severity == pytest.approx(25)
    assert held.evidence.newest_severity == pytest.approx(25)
    assert told(judge(monitor, 3, {C: 11})) == [(str(C), False)]


def test_values_under_the_minimum_make_no_run() -> None:
    assert told(judge(monitor_of(minimum=17), 0, {C: 16.9})) == []
    assert told(judge(monitor_of(minimum=17), 0, {C: 17})) == [(str(C), True)]


def test_values_far_apart_are_no_run() -> None:
    monitor = monitor_of(run=2)
    judge(monitor, 0, {C: 20})
    assert told(judge(monitor, 25, {C: 20})) == []  # more than six hours later
    assert told(judge(monitor, 29, {C: 20})) == [(str(C), True)]  # an hourly station


def test_a_flag_lasts_down_to_the_release_and_its_end_is_told_once(monitor: MetricMonitor) -> None:
    judge(monitor, 0, {C: 20})
    assert told(judge(monitor, 1, {C: 12})) == [(str(C), True)]
    assert told(judge(monitor, 2, {C: 11.9})) == [(str(C), False)]
    assert told(judge(monitor, 3, {C: 11.9})) == []
    assert told(judge(monitor, 4, {C: 12})) == []  # not flagged any more: needs 4 again


def test_a_flagged_cell_without_a_value_is_named_as_silent(monitor: MetricMonitor) -> None:
    assert judge(monitor, 0, {C: 20, B: 10}).silent == []
    assert judge(monitor, 1, {B: 10}).silent == [str(C)]
    judge(monitor, 2, {C: 10})
    assert judge(monitor, 3, {B: 10}).silent == [str(C)]  # still remembered after its return
    late = 4 + REMEMBERED_MS // PANE_MS
    assert judge(monitor, late, {B: 10}).silent == []


def test_evidence_is_what_the_detector_said(monitor: MetricMonitor) -> None:
    (found,) = judge(monitor, 8, {C: 20}).signals
    assert found.id == f"seasonal.dust.pm10.{C}.{8 * PANE_MS}"
    assert found.severity == pytest.approx(100, rel=0.3)
    assert found.evidence.observed == 20
    assert (found.evidence.expected, found.evidence.low, found.evidence.high) == (10, 9, 11)
    assert found.evidence.region == 10
    assert found.scope is Scope.LOCAL
    assert found.evidence.clears_below == pytest.approx(12, abs=0.001)  # score 2, on the line to 20
    assert found.ingested_ms == 8


def test_evidence_names_the_past_and_the_nearest_others(
    monitor: MetricMonitor,
) -> None:
    near, far = A + 7, A + 900_000_000
    normal = {cell: 10.0 for cell in (far, B, near, C)}
    monitor.severity.local.log_days = lambda: np.full(TOP + 1, 20.0)  # type: ignore[method-assign]
    judge(monitor, 0, {A: 10, **normal})
    next_day = 86_400_000 // PANE_MS
    found = judge(monitor, next_day, {**normal, A: 20}).signals[-1]
    assert found.subject == str(A)
    assert (found.evidence.since, found.evidence.until) == ("1970-01-01", "1970-01-02")
    assert found.evidence.others == sorted(
        map(str, normal), key=lambda code: (abs(int(code) - A), int(code))
    )
    assert found.evidence.others_n == 4


def test_dates_are_those_of_the_city() -> None:
    monitor = monitor_of(zone="America/New_York")
    assert judge(monitor, 0, {C: 20}).signals[0].evidence.since == "1969-12-31"


def test_of_many_others_a_few_are_named_and_of_a_region_none() -> None:
    monitor, many = monitor_of(), {A + 10 * n: 10.0 for n in range(1, 200)}
    monitor.severity.local.log_days = lambda: np.full(TOP + 1, 20.0)  # type: ignore[method-assign]
    local, regional = judge(monitor, 0, {**many, A: 20, A + 5: 99}).signals
    assert (len(local.evidence.others), local.evidence.others_n) == (OTHERS, 200)
    assert local.evidence.others[0] == str(A + 5)
    assert (regional.scope, regional.evidence.others) == (Scope.REGIONAL, [])
    assert regional.evidence.others_n == 200


def test_a_cell_that_has_no_region_is_compared_with_nobody() -> None:
    detector = Plain()
    detector.region = np.nan
    (found,) = judge(monitor_of(detector), 0, {A: 20, B: 10}).signals
    assert (found.evidence.others, found.evidence.others_n) == ([], 0)


def test_series_grow_at_the_end_and_keep_their_places() -> None:
    detector = Plain()
    monitor = monitor_of(detector)
    judge(monitor, 0, {C: 10})
    found = judge(monitor, 1, {A: 20, C: 30}).signals
    assert detector.sizes == [1, 2]
    assert monitor.series.codes.tolist() == [C, A]
    assert {a.subject: a.evidence.observed for a in found} == {str(A): 20.0, str(C): 30.0}


def test_expected_comes_in_the_order_of_the_panes_cells(monitor: MetricMonitor) -> None:
    assert judge(monitor, 0, {C: 10, A: 11}).expected.tolist() == [10.0, 10.0]


def test_a_series_index_is_found_again_from_its_codes() -> None:
    series = SeriesPlaces()
    series.places(np.array([5, 3, 9]))
    again = SeriesPlaces(series.codes.copy())
    assert again.places(np.array([9, 7, 5])).tolist() == [2, 3, 0]
