"""Absolute limits: from the first pane on, by level, date, side and window."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog import DatedLimits, LimitRule
from models.messages.signals import LimitSignal
from models.monitors.limits.monitor import Learned, LimitMonitor, levels_of
from models.monitors.limits.rolling_mean import RollingMean
from models.monitors.pane_values import PaneValues
from models.timing.units import HOUR_MS
from models.warnings.levels import rating
from tests.models.monitors.signals_of import only
from tests.models.warnings.warning_things import LIMIT, LIMITS
from tests.streams.agents.district import dongcheng

ZONE = "Asia/Shanghai"
A, B = 110101001001001, 110101002001001
WIDTH_MS = 900_000
NEW = DatedLimits(
    valid_from=date(2024, 3, 1), source={"zh": "新", "en": "new"}, levels={"blue": 40, "red": 90}
)


def rule(**changed: Any) -> LimitRule:
    return LimitRule(**{**LIMIT.model_dump(), "limits": (LIMITS,), **changed})


def pane(number: int, values: dict[int, float], spread: float = 0.0) -> PaneValues:
    means = np.array(list(values.values()), np.float64)
    return PaneValues(
        feed="dust",
        metric="pm10",
        start_ms=number * WIDTH_MS,
        width_s=900,
        ingested_ms=7,
        cells=np.array(list(values), np.int64),
        values=means,
        low=means - spread,
        high=means + spread,
    )


def judge(
    monitor: LimitMonitor,
    number: int,
    values: dict[int, float],
    learned: Learned | None = None,
    spread: float = 0.0,
) -> list[LimitSignal]:
    batch = monitor.judge(
        pane(number, values, spread), learned, number * WIDTH_MS, (number + 1) * WIDTH_MS
    )
    assert (batch.feed, batch.rule) == ("dust", "gas-limit")
    return only(LimitSignal, batch.signals)


def levels(signals: list[LimitSignal]) -> dict[str, tuple[int, int, bool]]:
    return {s.subject: (s.evidence.reached, s.evidence.holds, s.active) for s in signals}


def test_a_value_over_a_limit_is_a_signal_in_the_first_pane() -> None:
    found = judge(LimitMonitor(rule(), ZONE), 0, {A: 14, B: 3.9})
    assert levels(found) == {str(A): (4, 4, True)}
    assert (found[0].severity, found[0].evidence.limit, found[0].cells) == (0, 14, [str(A)])
    assert found[0].evidence.source == LIMITS.source


def test_it_lasts_down_to_its_release_and_ends_once() -> None:
    monitor = LimitMonitor(rule(release=0.5), ZONE)
    assert levels(judge(monitor, 0, {A: 9})) == {str(A): (3, 4, True)}
    assert levels(judge(monitor, 1, {A: 2})) == {str(A): (0, 1, True)}
    assert levels(judge(monitor, 2, {A: 1.9})) == {str(A): (0, 0, False)}
    assert judge(monitor, 3, {A: 2}) == []


def test_of_what_must_not_be_fallen_below_less_is_worse() -> None:
    oxygen = DatedLimits(
        valid_from=date(1970, 1, 1),
        source={"zh": "氧", "en": "oxygen"},
        levels={"yellow": 19.5, "red": 16},
    )
    monitor = LimitMonitor(rule(direction="below", limits=(oxygen,), release=0.95), ZONE)
    assert levels(judge(monitor, 0, {A: 15, B: 20.6})) == {str(A): (4, 4, True)}
    (held,) = judge(monitor, 1, {A: 20})
    assert (held.evidence.reached, held.evidence.holds) == (0, 2)
    assert held.evidence.clears_at == pytest.approx(19.5 / 0.95)


def test_a_full_car_park_is_a_limit_too() -> None:
    full = DatedLimits(
        valid_from=date(1970, 1, 1),
        source={"zh": "容量", "en": "capacity"},
        levels={"blue": 95, "yellow": 100},
    )
    found = judge(LimitMonitor(rule(limits=(full,), release=1.0), ZONE), 0, {A: 100, B: 94})
    assert levels(found) == {str(A): (2, 2, True)}


@pytest.mark.parametrize(("statistic", "reached"), [("mean", 0), ("max", 1), ("min", 0)])
def test_the_statistic_of_the_pane_is_the_rule_s(statistic: str, reached: int) -> None:
    monitor = LimitMonitor(rule(statistic=statistic), ZONE)
    found = judge(monitor, 0, {A: 3.5}, spread=1)
    assert [s.evidence.reached for s in found] == ([reached] if reached else [])


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "reached"),
    [("2024-02-29 23:45", 4), ("2024-03-01 00:00", 1), ("1969-06-01 00:00", 0)],
)
def test_limits_are_those_of_the_local_day(at: str, reached: int) -> None:
    old = LIMITS.model_copy(update={"valid_to": date(2024, 3, 1)})
    monitor = LimitMonitor(rule(limits=(old, NEW)), ZONE)
    number = ms(at) // WIDTH_MS
    assert [s.evidence.reached for s in judge(monitor, number, {A: 50})] == (
        [reached] if reached else []
    )


def test_a_cell_that_gives_no_value_is_named_as_silent() -> None:
    monitor = LimitMonitor(rule(), ZONE)
    judge(monitor, 0, {A: 14})
    batch = monitor.judge(None, None, WIDTH_MS, 2 * WIDTH_MS)
    assert (batch.silent, batch.signals) == ({"pm10": [str(A)]}, [])


def learned(severity: float, newest: float = 0.0) -> Learned:
    return Learned(np.array([severity]), np.array([newest]), np.array([1.0]), np.zeros(1, np.bool_))


@pytest.mark.parametrize(
    ("needs", "value", "severity", "reached"),
    [
        ("either", 3.9, 29, 0),
        ("either", 3.9, 400, 2),
        ("either", 14, 0, 4),
        ("both", 14, 0, 0),
        ("both", 3.9, 400, 0),
        ("both", 14, 400, 2),
        ("both", 4, 4000, 1),
    ],
)
def test_a_limit_and_what_was_learned_may_be_joined(
    needs: str, value: float, severity: float, reached: int
) -> None:
    joined = rule(needs=needs, detector="seasonal", levels={"blue": 30, "yellow": 365})
    found = judge(LimitMonitor(joined, ZONE), 0, {A: value}, learned(severity))
    assert max((rating(joined, s).reached for s in found), default=0) == reached


def test_what_is_rare_stays_while_its_newest_pane_would_be() -> None:
    joined = rule(needs="either", detector="seasonal", levels={"blue": 30})
    monitor = LimitMonitor(joined, ZONE)
    judge(monitor, 0, {A: 1}, learned(40))
    (held,) = judge(monitor, 1, {A: 1}, learned(0, newest=28))
    assert (held.active, rating(joined, held).holds) == (True, 1)
    (ended,) = judge(monitor, 2, {A: 1}, learned(0, newest=14))
    assert not ended.active


@given(st.lists(st.floats(-5, 30), min_size=1, max_size=30))
def test_a_restart_changes_nothing(values: list[float]) -> None:
    whole, broken = LimitMonitor(rule(window_h=2), ZONE), LimitMonitor(rule(window_h=2), ZONE)
    for number, value in enumerate(values):
        again = LimitMonitor(rule(window_h=2), ZONE)
        again.restore(broken.to_bytes())
        broken = again
        assert judge(whole, number, {A: value}) == judge(broken, number, {A: value})


@given(st.floats(0, 200), st.floats(0.5, 1))
def test_what_is_reached_is_held(value: float, release: float) -> None:
    reached = levels_of(LIMITS, np.array([value]), "above")
    assert levels_of(LIMITS, np.array([value]), "above", release=release) >= reached


def test_a_day_s_mean_needs_twenty_hours_and_forgets_the_day_before() -> None:
    mean = RollingMean(24)
    cell = np.array([A])
    found = [float(mean.observe(h * HOUR_MS, cell, np.array([100.0]))[0]) for h in range(24)]
    assert np.isnan(found[:19]).all()
    assert found[19:] == [100.0] * 5
    found = [float(mean.observe((24 + h) * HOUR_MS, cell, np.array([0.0]))[0]) for h in range(24)]
    assert found[11] == pytest.approx(50)
    assert found[23] == 0
    late = mean.observe(100 * HOUR_MS, cell, np.array([5.0]))
    assert np.isnan(late).all(), "after days without a value there is no mean of a day"


def test_hours_weigh_the_same_however_many_values_they_have() -> None:
    mean, cell = RollingMean(2), np.array([A])
    for _ in range(4):
        mean.observe(0, cell, np.array([10.0]))
    assert mean.observe(HOUR_MS, cell, np.array([20.0])).tolist() == [15.0]


def test_the_shipped_limits_are_the_values_of_their_standards() -> None:
    gas, pm10 = (dongcheng().rules[name] for name in ("gas-excess", "pm10-limit"))
    assert isinstance(gas, LimitRule)
    assert isinstance(pm10, LimitRule)
    limits = gas.limits_at(date(2024, 3, 6))
    assert limits is not None
    assert limits.levels == {"blue": 10, "yellow": 20, "orange": 25, "red": 50}
    assert "GB/T 50493-2019" in limits.source["en"]
    assert (pm10.window_h, pm10.least_hours) == (24, 20)
    days = [date(2012, 12, 31), date(2026, 2, 28), date(2026, 3, 1), date(2030, 12, 31)]
    at = [pm10.limits_at(day) for day in [*days, date(2031, 1, 1)]]
    found = [each and (each.levels["blue"], each.source["en"][:12]) for each in at]
    old, new = "GB 3095-2012", "GB 3095-2026"
    assert found == [None, (150, old), (120, new), (120, new), (100, new)]
