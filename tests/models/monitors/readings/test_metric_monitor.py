"""What a watch flags, how long, and what it says of those that fall silent."""

from __future__ import annotations

import numpy as np
import pytest

from models.messages.anomalies import OTHERS, Anomaly
from models.monitors.readings.metric_monitor import (
    LEAST_P,
    REMEMBERED_MS,
    Finding,
    MetricMonitor,
    PaneValues,
)
from models.monitors.readings.series_index import SeriesPlaces
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, Plain
from tests.models.warnings.warning_things import RULE

A, B, C = CELLS
ZONE = "Asia/Shanghai"


def judge(watch: MetricMonitor, number: int, values: dict[int, float]) -> Finding:
    return watch.judge(
        PaneValues(
            feed="dust",
            metric="pm10",
            start_ms=number * PANE_MS,
            width_s=900,
            ingested_ms=number,
            cells=np.array(list(values), np.int64),
            values=np.array(list(values.values()), np.float64),
        )
    )


def told(finding: Finding) -> list[tuple[str, bool]]:
    return [(anomaly.cell, anomaly.active) for anomaly in finding.anomalies]


@pytest.fixture
def watch() -> MetricMonitor:
    return MetricMonitor(Plain(), [RULE], zone=ZONE)  # flags from 4 on, releases under 2


def test_only_what_reaches_the_lowest_level_is_flagged(watch: MetricMonitor) -> None:
    assert told(judge(watch, 0, {A: 13.9, B: 14, C: 6})) == [(str(B), True), (str(C), True)]


def test_a_cell_that_has_no_region_is_flagged_at_the_share_that_the_rule_says() -> None:
    detector = Plain()
    detector.region = np.nan
    watch = MetricMonitor(detector, [RULE.model_copy(update={"alone": 0.5})], zone=ZONE)
    assert told(judge(watch, 0, {A: 11.9, B: 12})) == [(str(B), True)]
    assert told(judge(watch, 1, {A: 11.9, B: 11})) == [(str(B), True)]
    (ended,) = judge(watch, 2, {A: 11.9, B: 10.9}).anomalies
    assert (ended.cell, ended.active, ended.evidence.region) == (str(B), False, None)


def test_a_flag_lasts_down_to_the_release_and_its_end_is_told_once(watch: MetricMonitor) -> None:
    judge(watch, 0, {A: 20})
    assert told(judge(watch, 1, {A: 12})) == [(str(A), True)]
    assert told(judge(watch, 2, {A: 11.9})) == [(str(A), False)]
    assert told(judge(watch, 3, {A: 11.9})) == []
    assert told(judge(watch, 4, {A: 12})) == []  # not flagged any more: needs 4 again


def test_a_flagged_cell_without_a_value_is_named_as_silent(watch: MetricMonitor) -> None:
    assert judge(watch, 0, {A: 20, B: 10}).silent == []
    assert judge(watch, 1, {B: 10}).silent == [str(A)]
    judge(watch, 2, {A: 10})
    assert judge(watch, 3, {B: 10}).silent == [str(A)]  # still remembered after its return
    late = 4 + REMEMBERED_MS // PANE_MS
    assert judge(watch, late, {B: 10}).silent == []


def test_evidence_is_what_the_detector_said(watch: MetricMonitor) -> None:
    (found,) = judge(watch, 8, {A: 20}).anomalies
    assert found.id == f"seasonal.dust.pm10.{A}.{8 * PANE_MS}"
    assert found.score == 10
    assert found.evidence.observed == 20
    assert (found.evidence.expected, found.evidence.low, found.evidence.high) == (10, 9, 11)
    assert found.evidence.region == 10
    assert found.evidence.scope == "local"
    assert found.evidence.once_in_days == pytest.approx(900 / 86400 / 0.001)
    assert found.evidence.clears_below == pytest.approx(12)  # score 2, on the line to 20
    assert found.ingested_ms == 8


def test_evidence_names_the_past_by_local_date_and_the_nearest_others(watch: MetricMonitor) -> None:
    near, far = A + 7, A + 900_000_000
    normal = {cell: 10.0 for cell in (far, B, near, C)}
    judge(watch, 0, {A: 10, **normal})
    next_day = 86_400_000 // PANE_MS
    (found,) = judge(watch, next_day, {**normal, A: 20}).anomalies
    assert (found.evidence.since, found.evidence.until) == ("1970-01-01", "1970-01-02")
    assert found.evidence.others == sorted(
        map(str, normal), key=lambda code: (abs(int(code) - A), int(code))
    )
    assert found.evidence.others_n == 4


def test_dates_are_those_of_the_city() -> None:
    watch = MetricMonitor(Plain(), [RULE], zone="America/New_York")
    assert judge(watch, 0, {A: 20}).anomalies[0].evidence.since == "1969-12-31"


def test_of_many_others_a_few_are_named_and_of_a_region_none() -> None:
    watch, many = (
        MetricMonitor(Plain(), [RULE], zone=ZONE),
        {A + 10 * n: 10.0 for n in range(1, 200)},
    )
    local, regional = judge(watch, 0, {**many, A: 20, A + 5: 99}).anomalies
    assert (len(local.evidence.others), local.evidence.others_n) == (OTHERS, 200)
    assert local.evidence.others[0] == str(A + 5)
    assert (regional.evidence.scope, regional.evidence.others) == ("regional", [])
    assert regional.evidence.others_n == 200


def test_a_cell_that_has_no_region_is_compared_with_nobody() -> None:
    detector = Plain()
    detector.region = np.nan
    (found,) = judge(MetricMonitor(detector, [RULE], zone=ZONE), 0, {A: 20, B: 10}).anomalies
    assert (found.evidence.others, found.evidence.others_n) == ([], 0)


def test_a_probability_of_zero_promises_no_eternity(watch: MetricMonitor) -> None:
    class Sure(Plain):
        def judge(self, start_ms, values):  # type: ignore[no-untyped-def]
            judgement = super().judge(start_ms, values)
            judgement.p_value[:] = 0
            return judgement

    (found,) = judge(MetricMonitor(Sure(), [RULE], zone=ZONE), 0, {A: 20}).anomalies
    assert found.evidence.once_in_days == pytest.approx(900 / 86400 / LEAST_P)


def test_series_grow_at_the_end_and_keep_their_places() -> None:
    detector = Plain()
    watch = MetricMonitor(detector, [RULE], zone=ZONE)
    judge(watch, 0, {C: 10})
    found: list[Anomaly] = judge(watch, 1, {A: 20, C: 30}).anomalies
    assert detector.sizes == [1, 2]
    assert watch.series.codes.tolist() == [C, A]
    assert {a.cell: a.evidence.observed for a in found} == {str(A): 20.0, str(C): 30.0}


def test_expected_comes_in_the_order_of_the_panes_cells(watch: MetricMonitor) -> None:
    assert judge(watch, 0, {C: 10, A: 11}).expected.tolist() == [10.0, 10.0]


def test_a_series_index_is_found_again_from_its_codes() -> None:
    series = SeriesPlaces()
    series.places(np.array([5, 3, 9]))
    again = SeriesPlaces(series.codes.copy())
    assert again.places(np.array([9, 7, 5])).tolist() == [2, 3, 0]
