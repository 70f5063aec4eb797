"""Numbers, times and durations; and the examples in the package's docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dashboards
from dashboards.common.wording import UNKNOWN, both, clock, duration, measured, number
from tests.dashboards.page import words

BEIJING = ZoneInfo("Asia/Shanghai")
MODULES = [m.name for m in pkgutil.walk_packages(dashboards.__path__, "dashboards.")]


@pytest.mark.parametrize("module", MODULES)
def test_examples_of_the_docstrings(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_unknown_is_a_dash_never_a_zero(value: float | None) -> None:
    assert number(value) == measured(value, 1, "µg/m³") == UNKNOWN
    assert duration(value) == {"zh": UNKNOWN, "en": UNKNOWN}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (9 * 3_600 + 1_800, "9.5 h"),
        (36_000, "10 h"),
        (86_400, "1 d"),
    ],
)
def test_a_duration_takes_its_largest_unit(seconds: float, text: str) -> None:
    assert duration(seconds)["en"] == text


def test_a_clock_is_the_citys_and_names_another_day() -> None:
    late = 1_271_433_600_000  # 2010-04-17 00:00 in Beijing, still the 16th in UTC
    assert clock(late, BEIJING, late) == "00:00"
    assert clock(late - 1, BEIJING, late) == "04-16 23:59"
    assert clock(0, BEIJING, late) == UNKNOWN


@given(st.floats(min_value=0, max_value=1e9))
def test_a_duration_never_needs_more_than_a_few_characters(seconds: float) -> None:
    assert len(duration(seconds)["zh"]) <= 9


def test_both_languages_are_in_the_page_each_marked() -> None:
    shown = both({"zh": "案件", "en": "cases"})
    assert [span.lang for span in shown.children] == ["zh-CN", "en"]
    assert words(shown, "zh") == "案件"
    assert words(shown, "en") == "cases"
