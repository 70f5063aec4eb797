"""A cluster, a thin day and an outbreak in real Boston cases: one explained warning each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from models.messages.signals import ClusterSignal, CountSignal
from models.messages.warnings import CityWarning, WarningChange
from ops.backtest.backtest import Backtest
from ops.cities import catalog_of
from ops.files.sources import read_messages
from tests.flows.spring import LAST, OUTBREAK_FROM, cluster, opened, outbreak, spring

ZONE = ZoneInfo("America/New_York")
THIN_DAY, NEXT_DAY = "2016-04-13", "2016-04-14"
AGENTS = ("cases", "outbreaks", "warn")

pytestmark = [pytest.mark.data, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Spring:
    """The same spring twice: as it was, and with what was put into it."""

    plain: Backtest
    changed: Backtest


def thinned(cases: pd.DataFrame) -> pd.DataFrame:
    """Leave one case in eight of one day, as where a channel of reports is down."""
    is_lost = cases.open_dt.str.startswith(THIN_DAY)
    return pd.DataFrame(cases[~is_lost | (is_lost.cumsum() % 8 == 0)])


def run(folder: Path, *parts: pd.DataFrame) -> Backtest:
    """Write the cases to a file and run it; nothing is closed in it."""
    folder.mkdir()
    opened(*parts).to_csv(folder / "cases.csv", index=False)
    settings, catalog = catalog_of("boston311")
    test = Backtest(catalog, settings, "cases", agents=AGENTS)
    test.run(read_messages(folder, catalog.mapping("boston311")))
    return test


@pytest.fixture(scope="module")
def twice(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Spring:
    cases, folder = spring(shared_data), tmp_path_factory.mktemp("spring")
    changed = run(folder / "changed", thinned(cases), cluster(cases), outbreak(cases))
    return Spring(run(folder / "plain", cases), changed)


def lives(test: Backtest, rule: str, since: str, until: str) -> list[list[CityWarning]]:
    """Warnings of a rule raised between two local days."""
    first, last = (
        datetime.fromisoformat(day).replace(tzinfo=ZONE).timestamp() * 1000
        for day in (since, until)
    )
    return [
        life
        for life in test.warnings.values()
        if life[0].rule == rule and first <= life[0].raised_ms < last
    ]


def test_the_cluster_is_told_once_and_grows_by_joining_cases_only(twice: Spring) -> None:
    (life,) = lives(twice.changed, "case-clusters", "2016-04-03", "2016-04-08")
    changes = [change.change for change in life]
    assert changes[0] is WarningChange.RAISED
    assert changes[-1] is WarningChange.CLEARED
    observed = [_observed(change) for change in life[:-1] if change.change is WarningChange.UPDATED]
    assert observed == sorted(set(observed))
    assert 6 <= max(map(_observed, life)) <= 8  # a repeat in one cell and day is no further case
    assert lives(twice.plain, "case-clusters", "2016-04-03", "2016-04-08") == []


def test_the_cluster_is_explained_by_place_time_and_category(twice: Spring) -> None:
    (life,) = lives(twice.changed, "case-clusters", "2016-04-03", "2016-04-08")
    told = life[-2]
    assert 1 < len(told.cells) <= 8
    assert all(cell.startswith("840025") and len(cell) == 15 for cell in told.cells)
    for text in (told.explanation["en"], told.facts["en"]):
        assert "once in" in text
        assert "expected" in text
    assert "Pest Infestation" in told.facts["en"]
    assert "聚集" in told.facts["zh"]


def test_the_outbreak_over_the_whole_city_is_one_warning_of_the_city(twice: Spring) -> None:
    (life,) = [
        life
        for life in lives(twice.changed, "case-counts", OUTBREAK_FROM, LAST)
        if life[0].scope == "regional"
    ]
    assert life[0].area == "840025"
    assert "whole district" in life[0].facts["en"]
    local = lives(twice.changed, "case-counts", OUTBREAK_FROM, LAST)
    assert len(local) <= 2, "streets that rose with the city do not warn beside it"
    assert lives(twice.plain, "case-counts", OUTBREAK_FROM, LAST) == []


def test_the_thin_day_is_one_warning_of_the_city_when_it_is_over(twice: Spring) -> None:
    (life,) = lives(twice.changed, "case-drops", THIN_DAY, LAST)
    assert [change.change for change in life] == [WarningChange.RAISED, WarningChange.CLEARED]
    raised = datetime.fromtimestamp(life[0].raised_ms / 1000, ZONE)
    assert raised.isoformat()[:16] == f"{NEXT_DAY}T00:00"
    assert (life[0].area, life[0].scope) == ("840025", "regional")
    assert _observed(life[0]) <= 4
    assert "the whole district fell together" in life[0].facts["en"]
    assert "2016-01-15至2016-03-" in life[0].facts["zh"]
    assert lives(twice.plain, "case-drops", THIN_DAY, NEXT_DAY) == []


def test_an_unchanged_spring_is_nearly_quiet(twice: Spring) -> None:
    quiet: Sequence[str] = [life[0].rule for life in twice.plain.warnings.values()]
    assert len([rule for rule in quiet if rule != "case-silence"]) <= 2


def _observed(warning: CityWarning) -> float:
    (worst, *_) = warning.evidence
    assert isinstance(worst, CountSignal | ClusterSignal)
    return worst.evidence.observed
