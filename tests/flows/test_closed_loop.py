"""Cases that nobody deals with, from their raw messages to the words of the shipped warnings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain

import pytest

from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages.warnings import CityWarning, Level, WarningChange
from models.timing.units import DAY_MS, HOUR_MS
from ops.backtest.backtest import Backtest

START_MS = 1_709_222_400_000  # 2024-03-01 00:00 in Shanghai, a Friday
LEFT, BACK = "110101001001001", "110101002001001"  # cells of two streets
AGENTS = ("cases", "closed-loop", "warn")


def step(case: str, kind: str, hour: float, **more: object) -> RawMessage:
    cell = LEFT if case.startswith("left") else BACK
    ts_ms = START_MS + round(hour * HOUR_MS)
    told = {"case": case, "type": kind, "ts": ts_ms, "actor": "a", "category": "E0102"}
    told |= {"cell": cell, **more}
    return RawMessage(ts_ms, case, json.dumps(told).encode())


def left() -> Iterator[RawMessage]:
    """Sixty cases with a limit of a day, that have no step for nine days."""
    for n in range(60):
        at, due = 1 + n / 60, START_MS + DAY_MS // 2
        yield step(f"left-{n:02}", "reported", at)
        yield step(f"left-{n:02}", "filed", at + 0.1, due=due)
        yield step(f"left-{n:02}", "dispatched", at + 0.2, department="city-management")
        yield step(f"left-{n:02}", "closed", 9 * 24 + n / 60)


def back() -> Iterator[RawMessage]:
    """Twenty cases that are sent back within an hour."""
    for n in range(20):
        yield step(f"back-{n:02}", "reported", 30)
        for hour, kind in enumerate(("filed", "dispatched", "disposed", "returned"), start=31):
            yield step(f"back-{n:02}", kind, hour + n / 60)
        yield step(f"back-{n:02}", "disposed", 40)
        yield step(f"back-{n:02}", "closed", 41)


def later() -> Iterator[RawMessage]:
    """One case a day, so that time goes on."""
    for day in range(1, 24):
        yield step(f"later-{day}", "reported", day * 24)
        yield step(f"later-{day}", "closed", day * 24 + 1)


@pytest.fixture(scope="module")
def warned() -> dict[str, list[CityWarning]]:
    line = Backtest(load(Settings()), Settings(), "cases", agents=AGENTS)
    line.run(sorted(chain(left(), back(), later()), key=lambda message: message.ts_ms))
    raised = [life[0] for life in line.warnings.values()]
    assert len({each.rule for each in raised}) == len(raised), [each.id for each in raised]
    return {life[0].rule: life for life in line.warnings.values()}


def after_h(at_ms: int) -> float:
    return (at_ms - START_MS) / HOUR_MS


def test_each_shipped_rule_of_the_closed_loop_warns_once_and_ends(
    warned: dict[str, list[CityWarning]],
) -> None:
    assert sorted(warned) == [
        "cases-idle", "cases-overdue", "cases-reopened", "closing-rate-low", "overdue-share",
    ]  # fmt: skip
    assert all(life[-1].change is WarningChange.CLEARED for life in warned.values())
    assert warned["overdue-share"][0].area == "110101"
    assert warned["cases-overdue"][0].area == LEFT[:9]
    assert warned["cases-reopened"][0].area == BACK[:9]


def test_an_overdue_case_counts_a_day_after_its_limit_and_warns_after_two_panes(
    warned: dict[str, list[CityWarning]],
) -> None:
    raised, *_, cleared = warned["cases-overdue"]
    assert (after_h(raised.raised_ms), raised.level) == (12 + 24 + 2, Level.YELLOW)
    assert after_h(cleared.cleared_ms) == 9 * 24 + 2
    assert "60件案件超期（在办60件），达到60件；最久的为left-" in raised.facts["zh"]
    assert raised.facts["en"].startswith("60 case(s) past their limit (60 open), at or over 60")
    assert raised.facts["en"].endswith("ends under 16.")
    assert "网格" not in raised.explanation["zh"].split("。")[1]
    assert raised.cells == [LEFT]


def test_the_rate_is_judged_on_the_day_after(warned: dict[str, list[CityWarning]]) -> None:
    raised = warned["closing-rate-low"][0]
    assert after_h(raised.raised_ms) == 24 + 2
    assert raised.level is Level.YELLOW
    assert "近7日（不含当日）按期结案率0.0%，分母60件，达到或低于50.0%" in raised.facts["zh"]
    assert "Closed in time of due over the last 7 whole days 0.0% of 60 cases" in raised.facts["en"]


def test_the_department_is_named(warned: dict[str, list[CityWarning]]) -> None:
    raised = warned["overdue-share"][0]
    assert "当前在办超期率100.0%" in raised.facts["zh"]
    assert raised.facts["en"].startswith("Department City Management Commission: overdue of the")


def test_cases_sent_back_warn_at_once_and_idle_ones_after_a_week(
    warned: dict[str, list[CityWarning]],
) -> None:
    assert after_h(warned["cases-reopened"][0].raised_ms) == 35
    idle = warned["cases-idle"][0]
    assert 168 + 2 <= after_h(idle.raised_ms) <= 168 + 5
