"""`gridpulse doctor` says before a year begins that its public holidays are not known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from chinese_calendar.constants import holidays

from config.loader import load
from config.registry import Registry
from config.settings import Settings
from ops.processes.doctor import calendar
from ops.processes.findings import CheckOutcome


@pytest.mark.parametrize(
    ("city", "today", "verdict"),
    [
        ("dongcheng", "2024-06-01", CheckOutcome.OK),
        ("dongcheng", "2089-12-20", CheckOutcome.WARN),
        ("boston", "2089-12-20", None),
    ],
)
def test_holidays_that_are_not_published_are_named_where_limits_go_by_them(
    city: str, today: str, verdict: CheckOutcome | None
) -> None:
    now_s = datetime.fromisoformat(today).replace(tzinfo=UTC).timestamp()
    found = [finding.verdict for finding in calendar(load(Settings(city=city)), now_s)]
    assert found == ([] if verdict is None else [verdict])


def test_weeks_that_reach_into_an_unknown_year_are_named_before_it_begins() -> None:
    catalog, last = load(Settings()), max(holidays).year
    found = [
        next(iter(calendar(catalog, datetime(last, 12, day, tzinfo=UTC).timestamp()))).verdict
        for day in (1, 20)
    ]
    assert found == [CheckOutcome.OK, CheckOutcome.WARN]


def test_a_city_without_limits_needs_no_calendar() -> None:
    catalog = load(Settings()).model_copy(update={"registry": Registry()})
    assert list(calendar(catalog, 0.0)) == []
