"""Real cases through Apache Kafka, processes killed meanwhile: what pandas counts, in any order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from config.catalog import Catalog
from config.errors import InputError
from config.names import PANES
from models.cases.indicators.report import UNKNOWN
from models.situation.cases import CaseView
from ops.analysis.archive import connect
from ops.analysis.kpi import load_archive
from ops.files.sources import read_mapped
from ops.kafka.apache import Kafka
from tests.flows.line import Line, line
from tests.flows.spring import shuffled
from tests.real_cases import (
    BALTIMORE,
    BOSTON,
    CORE,
    ZONE,
    Counts,
    Found,
    Key,
    Table,
    agree,
    expected_by,
    expected_by_month,
    live_counts,
    live_medians,
    read,
)

pytestmark = [pytest.mark.kafka, pytest.mark.data, pytest.mark.timeout(900)]

FIRST_YEAR = ("2013-06-18", "2014-04-01")  # in the middle of a month, and after the first year
FIVE_YEARS = ("2015-06-18", "2018-01-01")
OVER_A_YEAR, ALL_OF_BALTIMORE = "2015-02-15", "2020-01-01"
Panes = Counter[tuple[int, int, str]]  # start, cell, type → cases
TOLD_LARGE = {"closed", "open", "due"}


def known(table: Table, folder: Path, catalog: Catalog) -> pd.DataFrame:
    """The cases that lie in the city, with their cells, streets and codes of classes."""
    frame = read(table, folder).rename(columns={"Longitude": "longitude", "Latitude": "latitude"})
    grid = catalog.grid_at(date(2013, 1, 1))
    index = grid.locate(frame.longitude.to_numpy(), frame.latitude.to_numpy())
    frame["cell"] = np.where(index >= 0, grid.codes[index], 0)
    frame["street"] = (frame.cell // 10**6).astype(str)
    category = catalog.mapping(table.mapping).category
    assert category is not None
    frame["class"] = [category.codes.get(name, "other") for name in frame[table.column("category")]]
    return pd.DataFrame(frame[index >= 0])


def until(frame: pd.DataFrame, end: str) -> pd.DataFrame:
    """What was known of the cases at a time."""
    at = pd.to_datetime(end).tz_localize(ZONE)
    now = pd.DataFrame(frame[frame.opened < at]).copy()
    now.loc[now.closed >= at, "closed"] = pd.NaT
    return now


def events_of(frame: pd.DataFrame) -> int:
    """Reported, filed, and closed where it is."""
    return 2 * len(frame) + int(frame.closed.notna().sum())


def expected_panes(frame: pd.DataFrame) -> Panes:
    """Count events by hour, cell and type."""
    panes: Panes = Counter()
    for kind, column in (("reported", "opened"), ("filed", "opened"), ("closed", "closed")):
        some = frame[frame[column].notna()]
        hour = some[column].dt.tz_convert("UTC").dt.floor("h").astype("datetime64[ms, UTC]")
        for start, cell in zip(hour.astype("int64"), some.cell, strict=True):
            panes[start, cell, kind] += 1
    return panes


def assert_live(started: Line, now: pd.DataFrame, table: Table) -> None:
    """All live indicators that the data allow are those of pandas, in every window and group."""
    book = CaseView()
    for summary in started.case_summaries():
        book.apply(summary)
    large = {"department": table.column("department"), "street": "street"}
    groups = large | {"area": table.column("street"), "category": "class"}
    found: dict[Key, Counts] = {
        (one.window, one.by, one.group, one.indicator): (round(one.numerator, 6), one.denominator)
        for one in book.indicators()
        if one.indicator in CORE | TOLD_LARGE and (one.by == "all" or one.by in groups)
    }
    assert found == live_counts(now, groups)
    medians = {
        (one.window, one.by, one.group): one.value
        for one in book.indicators()
        if one.indicator == "median_hours_to_close"
    }
    assert medians == {k: pytest.approx(v, rel=0.05) for k, v in live_medians(now, large).items()}
    assert sum(stage.open for stage in book.stages().values()) == now.closed.isna().sum()
    assert_cells(book, now)


def assert_cells(book: CaseView, now: pd.DataFrame) -> None:
    """Every cell has its cases of the year."""
    day = max(now.opened.max(), now.closed.max()).normalize()
    year = now[now.opened >= day.replace(month=1, day=1)]
    found: dict[int, list[int]] = {}
    for block in book.cells():
        closed, filed = block.indicator("year", "closed_of_filed")
        assert filed is not None
        rows = zip(block.codes.tolist(), closed.tolist(), filed.tolist(), strict=True)
        found |= {cell: counts for cell, *counts in rows if counts[1]}
    by_cell = year.groupby("cell").closed.agg(["count", "size"])
    assert found == {cell: [row["count"], row["size"]] for cell, row in by_cell.iterrows()}


def assert_panes(started: Line, now: pd.DataFrame) -> None:
    """The newest word on every hour is what pandas counts in it."""
    wanted, found = expected_panes(now), started.ear.seen.case_panes
    with suppress(AssertionError):
        started.await_that(lambda: started.ear.has_read(PANES) and found() == wanted, found, 120)
    assert found() == wanted


def assert_archived(started: Line, now: pd.DataFrame, table: Table) -> None:
    """By month, department, neighbourhood and class the archive gives what pandas gives."""
    started.await_that(lambda: archived(started) >= events_of(now), lambda: archived(started))
    cases = load_archive(started.settings, started.catalog)

    def found(by: str) -> Found:
        values: Found = {}
        for row in cases.rows(by):
            values.setdefault(row.group, {})[row.indicator] = row.value
        return values

    agree(found("month"), expected_by_month(now))
    agree(found("department"), expected_by(now, now[table.column("department")]))
    unlisted = now["class"] == "other"  # keeps its own name
    names = now["class"].mask(unlisted, now[table.column("category")])
    agree(found("category"), expected_by(now, names))
    agree(found("street"), expected_by(now, now[table.column("street")].fillna(UNKNOWN)))


def archived(started: Line) -> int:
    """Steps in the archive, each counted once."""
    try:
        with connect(started.settings.archive_dir) as connection:
            return int(connection.execute("SELECT count(*) FROM cases").fetchall()[0][0])
    except (InputError, duckdb.Error):
        return 0  # no file yet, or one that is being given its name


@contextmanager
def case_line(folder: Path, kafka: Kafka, city: str) -> Iterator[Line]:
    """Run the case stream of a city; the archive has a file of each day and partition: two do."""
    with line(
        folder, kafka.bootstrap, city, "tests.flows.case_worker", street_partitions=2
    ) as started:
        yield started


@contextmanager
def killed_meanwhile(started: Line) -> Iterator[None]:
    """Kill the worker and ingest in the midst of their work, as `kill -9` does."""

    def kill() -> None:
        time.sleep(2)
        started.worker.kill(0)
        time.sleep(2)
        started.ingest.kill(0)

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()


@pytest.mark.parametrize("ends", [FIRST_YEAR, pytest.param(FIVE_YEARS, marks=pytest.mark.slow)])
def test_cases_of_boston_shuffled_and_doubled_are_counted_as_pandas_counts(
    kafka: Kafka, shared_data: Path, tmp_path: Path, ends: tuple[str, str]
) -> None:
    with case_line(tmp_path / "boston", kafka, "boston") as started:
        frame = known(BOSTON, shared_data, started.catalog)
        mapping = started.catalog.mapping(BOSTON.mapping)
        source = read_mapped(shared_data / "cases" / BOSTON.file, mapping)
        since_ms = None
        for end in ends:
            until_ms = int(pd.to_datetime(end).tz_localize(ZONE).timestamp() * 1000)
            part = shuffled(list(source.messages(since_ms, until_ms)))
            with killed_meanwhile(started) if since_ms is None else nullcontext():
                started.publish("cases", part)
            now = until(frame, end)
            started.await_all("cases", events_of(now))
            assert_live(started, now, BOSTON)
            since_ms = until_ms
        assert_panes(started, now)
        assert_archived(started, now, BOSTON)
        assert -9 in started.worker.statuses
        assert -9 in started.ingest.statuses


@pytest.mark.parametrize(
    "end", [OVER_A_YEAR, pytest.param(ALL_OF_BALTIMORE, marks=pytest.mark.slow)]
)
def test_baltimore_replayed_is_counted_as_pandas_counts(
    kafka: Kafka, shared_data: Path, tmp_path: Path, end: str
) -> None:
    with case_line(tmp_path / "baltimore", kafka, "baltimore") as started:
        frame = until(known(BALTIMORE, shared_data, started.catalog), end)
        file = shared_data / "cases" / BALTIMORE.file
        started.replay("cases", file, "--mapping", BALTIMORE.mapping, "--until", end)
        started.await_all("cases", events_of(frame))
        assert_live(started, frame, BALTIMORE)
        assert_panes(started, frame)
        assert_archived(started, frame, BALTIMORE)
