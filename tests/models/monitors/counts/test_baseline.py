"""The expected count of a day follows the holidays of the city, and begins with its class."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from config.catalog import CountRule
from models.detect.state import pack, unpack
from models.monitors.case_history import CaseHistory
from models.monitors.counts.baseline import GUARD_DAYS, LEAST_DAYS, Baseline, fit_baseline
from models.monitors.counts.groups import Groups
from models.monitors.counts.table import Table
from models.timing.calendar import EPOCH, day_table
from models.timing.holidays import Holidays
from tests.models.monitors.counted_cases import CELL, case_history, filled, take_all
from tests.streams.agents.district import dongcheng

CHINA = Holidays(day_table("china"))
NONE = Holidays(day_table("none"))
FIRST = (date(2022, 1, 1) - EPOCH).days
HOLIDAY = (date(2024, 5, 1) - EPOCH).days  # a Wednesday
WORKED = (date(2024, 5, 11) - EPOCH).days  # a Saturday, worked in exchange


def fitted(holidays: Holidays) -> Baseline:
    """Fit two years in which a holiday has a third of the cases of its weekday."""
    random = np.random.default_rng(1)
    days = np.arange(FIRST, HOLIDAY)
    quiet = CHINA.shares(FIRST, HOLIDAY)[:, 0] > 0
    counts = random.poisson(np.where(quiet, 10, 30))
    return fit_to(filled(dict(zip(days.tolist(), counts.tolist(), strict=True))), holidays)


def fit_to(history: CaseHistory, holidays: Holidays) -> Baseline:
    """Fit what Dongcheng watches to a history."""
    (rule,) = (rule for rule in dongcheng().rules.values() if isinstance(rule, CountRule))
    table = Table(Groups(rule))
    table.update(history, history.days)
    found = fit_baseline(table, np.linspace(0, 1, 25), HOLIDAY, holidays)
    assert found is not None
    return found


def put_in_use(days: int) -> Baseline:
    """Fit two years of waste cases, and a class of building work that came into use late."""
    random = np.random.default_rng(2)
    history = case_history()
    for day in range(FIRST, HOLIDAY):
        counts = {(CELL, "E0102"): int(random.poisson(30))}
        if day >= HOLIDAY - days:
            counts[CELL, "E0301"] = int(random.poisson(12))
        take_all(history, day, counts)
    return fit_to(history, NONE)


def test_holidays_are_expected_to_be_as_earlier_holidays() -> None:
    known = fitted(CHINA)
    before, on = (known.expected(day, CHINA).mean[0] for day in (HOLIDAY - 1, HOLIDAY))
    assert before == pytest.approx(30, rel=0.1)
    assert on == pytest.approx(10, rel=0.2)


def test_without_a_calendar_a_holiday_is_a_day_like_others() -> None:
    known = fitted(NONE)
    assert known.expected(HOLIDAY, NONE).mean[0] > 25


def test_a_day_worked_in_exchange_has_an_effect_of_its_own() -> None:
    known = fitted(CHINA)
    assert known.expected(WORKED, CHINA).mean[0] == pytest.approx(30, rel=0.15)


def test_the_effect_survives_the_checkpoint() -> None:
    known = fitted(CHINA)
    again = Baseline.from_bytes(known.to_bytes())
    assert (
        again.expected(HOLIDAY, CHINA).mean.tolist() == known.expected(HOLIDAY, CHINA).mean.tolist()
    )


def test_a_baseline_of_an_older_model_does_not_fit() -> None:
    known = fitted(CHINA)
    assert known.fits(CHINA)
    older = replace(known, fit=replace(known.fit, beta=known.fit.beta[:, :-2]))
    assert not older.fits(CHINA)


def test_a_class_that_came_into_use_is_expected_as_it_is_since_then() -> None:
    known = put_in_use(days=120)
    row = known.series.index(("110101001", "building"))
    assert known.expected(HOLIDAY, NONE).mean[row] == pytest.approx(12, rel=0.15)


def test_a_class_is_judged_once_it_has_been_in_use_for_eight_weeks_before_the_guard() -> None:
    young, grown = put_in_use(days=LEAST_DAYS), put_in_use(days=LEAST_DAYS + 1)
    assert ("110101001", "building") not in young.series  # its first day itself teaches nothing
    assert ("110101001", "building") in grown.series
    assert ("110101001", "appearance") in young.series


def test_each_class_has_the_history_of_its_own_use() -> None:
    """A class in use for eighty days may not be called as rare as two years of others support."""
    known = put_in_use(80)
    days = {group: int(n) for (_, group), n in zip(known.series, known.days, strict=True)}
    whole = HOLIDAY - GUARD_DAYS - FIRST
    assert days["appearance"] == days["all"] == whole
    assert days["building"] == 80 - GUARD_DAYS
    again = Baseline.from_bytes(known.to_bytes())
    assert again.days.tolist() == known.days.tolist()


def test_a_baseline_that_does_not_say_since_when_is_taken_for_young() -> None:
    values, arrays = unpack(fitted(NONE).to_bytes())
    del arrays["since"]
    old = Baseline.from_bytes(pack(values, arrays))
    assert set(old.days.tolist()) == {LEAST_DAYS - GUARD_DAYS}
