"""A local excess on an April day of real hours: one explained warning, which clears."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.catalog import LevelName
from config.levels import LEAST_DAYS, LEVEL_NAMES
from models.messages.signals import ReadingSignal
from models.messages.warnings import CityWarning, Reason, WarningChange
from models.warnings.wording import rarity
from ops.backtest.backtest import Backtest
from ops.backtest.report import report_of
from tests.flows.dust import STATIONS, Seen, at_ms, backtest, dongcheng, hours, raised
from tests.models.monitors.signals_of import only

DONGSI = "110101006"
EXCESS_FROM, EXCESS_HOURS, EXCESS = "2014-04-16 09:00", 8, 400.0
BUDGET_A_DAY = 6
JUDGING = ("panes", "detect", "warn")  # what a warning of one rule comes from

pytestmark = [
    pytest.mark.data,
    pytest.mark.timeout(900),
]  # three months: half a minute


@pytest.fixture(scope="module")
def dusty_months(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    """All five stations, so that there is a region; Dongsi with an excess of coarse dust."""
    frames = {
        station: hours(shared_data, station, "2014-02-15", "2014-05-15") for station in STATIONS
    }
    frames["Dongsi"] = raised(frames["Dongsi"], EXCESS_FROM, EXCESS_HOURS, EXCESS)
    return backtest(tmp_path_factory.mktemp("dusty-months"), frames)


def during_excess(test: Backtest) -> list[list[CityWarning]]:
    """Lives of warnings of Dongsi raised on the day of the excess."""
    since, until = at_ms("2014-04-16 00:00"), at_ms("2014-04-17 00:00")
    return [
        life
        for life in test.warnings.values()
        if (life[0].area, life[0].rule) == (DONGSI, "dust-local-excess")
        and since <= life[0].raised_ms < until
    ]


def test_the_excess_raises_one_warning_within_two_hours(dusty_months: Backtest) -> None:
    (life,) = during_excess(dusty_months)
    first = life[0]
    assert first.change is WarningChange.RAISED
    assert at_ms(EXCESS_FROM) < first.raised_ms <= at_ms(EXCESS_FROM) + 2 * 3_600_000
    assert first.scope == "local"
    assert len(first.cells) == 1


def test_it_is_explained_by_what_was_seen_and_expected(dusty_months: Backtest) -> None:
    (life,) = during_excess(dusty_months)
    (worst, *_) = only(ReadingSignal, life[0].evidence)
    seen = worst.evidence
    assert seen.observed > EXCESS
    assert seen.expected < seen.high < seen.observed
    assert seen.region is not None
    assert seen.region < seen.observed / 2
    for text in life[0].explanation.values():
        numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*", text)]
        for name in ("observed", "expected", "low", "high", "region", "clears_below"):
            assert any(n == pytest.approx(getattr(seen, name), abs=0.51) for n in numbers), name


def test_it_clears_once_the_excess_is_over(dusty_months: Backtest) -> None:
    (life,) = during_excess(dusty_months)
    last = life[-1]
    assert last.change is WarningChange.CLEARED
    assert last.reason is Reason.NORMAL
    over = at_ms(EXCESS_FROM) + EXCESS_HOURS * 3_600_000
    assert over < last.cleared_ms <= over + 4 * 3_600_000
    assert [change.revision for change in life] == list(range(len(life)))


def test_the_dusty_months_stay_within_the_budget(dusty_months: Backtest) -> None:
    zone = timedelta(hours=8)
    days = Counter(
        (datetime.fromtimestamp(life[0].raised_ms / 1000, UTC) + zone).date()
        for life in dusty_months.warnings.values()
        if life[0].rule == "dust-local-excess"  # silences go to another desk
    )
    assert max(days.values()) <= BUDGET_A_DAY
    assert 0 < sum(days.values()) <= BUDGET_A_DAY * 6


def test_the_report_tells_the_same(dusty_months: Backtest) -> None:
    report = report_of(dusty_months, dongcheng())
    assert report["warnings_opened"] == len(report["warnings"]) == len(dusty_months.warnings)
    still_open = [warning for warning in report["warnings"] if warning["cleared"] is None]
    assert report["warnings_open"] == len(still_open)
    (life,) = during_excess(dusty_months)
    (told,) = [warning for warning in report["warnings"] if warning["id"] == life[0].id]
    assert told["raised"].startswith("2014-04-16T")
    assert told["raised"].endswith("+08:00")
    assert told["rule"] == "dust-local-excess"
    assert told["area"] == DONGSI


def test_without_the_excess_that_day_is_quiet(shared_data: Path, tmp_path: Path) -> None:
    frames = {
        station: hours(shared_data, station, "2014-03-01", "2014-04-19") for station in STATIONS
    }
    seen = Seen()
    test = backtest(tmp_path, frames, seen, agents=JUDGING)
    assert during_excess(test) == []
    assert any(tick_ms > at_ms(EXCESS_FROM) for _, _, tick_ms in seen.told())


@pytest.mark.parametrize(("excess", "is_rare"), [(EXCESS, False), (900.0, True)])
def test_a_station_alone_warns_of_what_its_own_past_seldom_brings(
    shared_data: Path, tmp_path: Path, excess: float, is_rare: bool
) -> None:
    """Nobody to compare with: the wind brings +400 every other week, and +900 not in a month."""
    frame = hours(shared_data, "Dongsi", "2014-01-01", "2014-04-20")
    frames = {"Dongsi": raised(frame, EXCESS_FROM, EXCESS_HOURS, excess)}
    test = backtest(tmp_path, frames, agents=JUDGING)
    found = during_excess(test)
    assert bool(found) == is_rare
    for life in found:
        assert life[0].scope == "local"
        assert only(ReadingSignal, life[0].evidence)[0].evidence.region is None
        assert life[0].severity >= LEAST_DAYS
        assert life[-1].change is WarningChange.CLEARED


@pytest.mark.parametrize(
    "until", ["2013-07-01", pytest.param("2017-03-01", marks=pytest.mark.slow)]
)
def test_nothing_warns_that_chance_brings_more_often_than_once_in_thirty_days(
    shared_data: Path, tmp_path: Path, until: str
) -> None:
    """Of 155 warnings of four years of one station many said "by chance once in 10.1 hours"."""
    frames = {"Dongsi": hours(shared_data, "Dongsi", "2013-03-01", until)}
    test = backtest(tmp_path, frames, agents=JUDGING)
    lives = [life for life in test.warnings.values() if life[0].rule == "dust-local-excess"]
    days = (at_ms(f"{until} 00:00") - at_ms("2013-03-01 00:00")) / 86_400_000
    assert 0 < len(lives) < 2 * days / LEAST_DAYS
    for warning in (change for life in lives for change in life):
        known_days = (warning.updated_ms - at_ms("2013-03-01 00:00")) / 86_400_000
        assert warning.severity <= known_days  # one station: nobody has seen more
        if warning.change in (WarningChange.RAISED, WarningChange.LEVEL_UP):
            assert warning.severity >= dongcheng().rules[warning.rule].levels[level_of(warning)]
            assert rarity(warning.severity, "en") in warning.explanation["en"]


def level_of(warning: CityWarning) -> LevelName:
    return LEVEL_NAMES[warning.level - 1]
