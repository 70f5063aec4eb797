"""A cluster and an outbreak in a spring of real Boston cases: one explained warning each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from models.warn.warning import Change, CityWarning
from ops.backtest import Backtest
from ops.cities import catalog_of
from ops.sources import read_messages

ZONE = ZoneInfo("America/New_York")
FIRST, LAST = "2016-01-15", "2016-04-26"
CLUSTER_DAYS = ("2016-04-03", "2016-04-04", "2016-04-05")
CLUSTER_AT = (42.2815, -71.1575)  # in a quiet neighbourhood
OUTBREAK_FROM, OUTBREAK_DAYS, TIMES = "2016-04-18", 7, 2.5
AGENTS = ("cases", "outbreaks", "warn")

pytestmark = [pytest.mark.data, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Spring:
    """The same spring twice: as it was, and with what was put into it."""

    plain: Backtest
    changed: Backtest


def spring(data: Path) -> pd.DataFrame:
    """Cases opened in the span, as the file has them."""
    frame = pd.read_csv(data / "cases" / "boston311_animal_pest_2013_2017.csv.gz", dtype=str)
    return pd.DataFrame(frame[(frame.open_dt >= FIRST) & (frame.open_dt < LAST)])


def cluster(cases: pd.DataFrame) -> pd.DataFrame:
    """Eight further cases within 300 m and three days."""
    random = np.random.default_rng(3)
    extra = pd.DataFrame(cases[cases.type == "Pest Infestation - Residential"].iloc[:8])
    extra["case_enquiry_id"] = [f"cluster-{number}" for number in range(8)]
    extra["open_dt"] = [f"{CLUSTER_DAYS[n % 3]} {8 + n:02}:15:00" for n in range(8)]
    extra["latitude"] = (CLUSTER_AT[0] + random.uniform(-0.0013, 0.0013, 8)).astype(str)
    extra["longitude"] = (CLUSTER_AT[1] + random.uniform(-0.0018, 0.0018, 8)).astype(str)
    return extra


def outbreak(cases: pd.DataFrame) -> pd.DataFrame:
    """As many further cases, spread like all, as make a week 2.5 times the usual."""
    days = (pd.Timestamp(LAST) - pd.Timestamp(FIRST)).days
    n = round(len(cases) / days * (TIMES - 1) * OUTBREAK_DAYS)
    extra = cases.sample(n, random_state=4).copy()
    week = pd.date_range(OUTBREAK_FROM, periods=OUTBREAK_DAYS).strftime("%Y-%m-%d").to_numpy()
    extra["case_enquiry_id"] = [f"outbreak-{number}" for number in range(n)]
    extra["open_dt"] = week[np.arange(n) % OUTBREAK_DAYS] + " " + extra.open_dt.str[11:].to_numpy()
    return extra


def run(folder: Path, *parts: pd.DataFrame) -> Backtest:
    """Write the cases to a file and run it; nothing is closed in it."""
    folder.mkdir()
    frame = pd.concat(parts).assign(closed_dt="", case_status="Open").sort_values("open_dt")
    frame.to_csv(folder / "cases.csv", index=False)
    settings, catalog = catalog_of("boston311")
    test = Backtest(catalog, settings, "cases", agents=AGENTS)
    test.run(read_messages(folder, catalog.mapping("boston311")))
    return test


@pytest.fixture(scope="module")
def twice(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Spring:
    cases, folder = spring(shared_data), tmp_path_factory.mktemp("spring")
    changed = run(folder / "changed", cases, cluster(cases), outbreak(cases))
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
    assert changes[0] is Change.RAISED
    assert changes[-1] is Change.CLEARED
    observed = [_observed(change) for change in life[:-1] if change.change is Change.UPDATED]
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


def test_an_unchanged_spring_is_nearly_quiet(twice: Spring) -> None:
    quiet: Sequence[str] = [life[0].rule for life in twice.plain.warnings.values()]
    assert len([rule for rule in quiet if rule != "case-silence"]) <= 2


def _observed(warning: CityWarning) -> float:
    evidence = warning.evidence[0]["evidence"]
    assert isinstance(evidence, dict)
    return float(evidence["observed"])
