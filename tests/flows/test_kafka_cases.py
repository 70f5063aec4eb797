"""Real cases through Apache Kafka, a worker killed meanwhile: what pandas counts, in any order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from config.catalog import Catalog
from models.cases.summary import CaseSummary
from models.feeds.raw import RawMessage
from ops.apache import Kafka
from ops.sources import read_mapped
from tests.flows.line import Line, line
from tests.real_cases import BALTIMORE, BOSTON, ZONE, Key, Table, live_counts, read

pytestmark = [pytest.mark.kafka, pytest.mark.data, pytest.mark.timeout(900)]

SINCE = date(2013, 1, 1)
# The ends of the data: in the middle of a month, and at the end of a year.
ENDS = ("2013-06-18", "2014-01-01")
BLOCK_MS = 2 * 86_400_000
Panes = Counter[tuple[int, int, str]]  # start, cell, type → cases


def known(table: Table, folder: Path, catalog: Catalog) -> pd.DataFrame:
    """The cases that lie in the city, with their cells and streets."""
    frame = read(table, folder).rename(columns={"Longitude": "longitude", "Latitude": "latitude"})
    grid = catalog.grid_at(SINCE)
    index = grid.locate(frame.longitude.to_numpy(), frame.latitude.to_numpy())
    frame["cell"] = np.where(index >= 0, grid.codes[index], 0)
    frame["street"] = (frame.cell // 10**6).astype(str)
    return pd.DataFrame(frame[index >= 0])


def until(frame: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """What was known of the cases at a time."""
    now = pd.DataFrame(frame[frame.opened < end]).copy()
    now.loc[now.closed >= end, "closed"] = pd.NaT
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


def found_counts(summaries: list[CaseSummary]) -> dict[Key, float]:
    """Add the street partitions up."""
    found: Counter[Key] = Counter()
    for summary in summaries:
        for one in summary.indicators:
            found[one.window, one.by, one.group, one.indicator] += one.numerator  # type: ignore[assignment]
    return dict(found)


def assert_counts(started: Line, now: pd.DataFrame, department: str) -> None:
    """The live indicators and open cases are those of pandas."""
    summaries = started.case_summaries()
    last = max(now.opened.max(), now.closed.max())
    wanted = live_counts(now, last, {"department": department, "street": "street"})
    found = found_counts(summaries)
    assert {key: found.get(key, 0.0) for key in wanted} == wanted
    is_open = sum(stage.open for one in summaries for stage in one.stages.values())
    assert is_open == now.closed.isna().sum()


@pytest.fixture(scope="module")
def boston(
    kafka: Kafka, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    with line(tmp_path_factory.mktemp("boston"), kafka.bootstrap, "boston") as started:
        yield started


def test_a_year_of_boston_is_counted_as_pandas_counts_though_workers_die(
    boston: Line, shared_data: Path
) -> None:
    frame = known(BOSTON, shared_data, boston.catalog)
    since = SINCE.isoformat()
    for end in ENDS:
        killer = threading.Thread(target=kill_when_working, args=(boston,))
        killer.start()
        boston.replay(
            "cases", shared_data / "cases" / BOSTON.file, "--mapping", BOSTON.mapping,
            "--since", since, "--until", end,
        )  # fmt: skip
        killer.join()
        now = until(frame, pd.to_datetime(end).tz_localize(ZONE))
        boston.await_all("cases", events_of(now))
        assert_counts(boston, now, "department")
        since = end
    boston.await_readers()
    assert boston.ear.seen.case_panes() == expected_panes(now)
    assert -9 in boston.worker.statuses


def kill_when_working(started: Line) -> None:
    """Kill the worker some time after it began."""
    time.sleep(3)
    started.worker.kill(0)


def test_baltimore_shuffled_and_twice_is_counted_as_pandas_counts(
    kafka: Kafka, shared_data: Path, tmp_path: Path
) -> None:
    with line(tmp_path / "baltimore", kafka.bootstrap, "baltimore") as started:
        frame = known(BALTIMORE, shared_data, started.catalog)
        mapping = started.catalog.mapping(BALTIMORE.mapping)
        source = read_mapped(shared_data / "cases" / BALTIMORE.file, mapping)
        started.publish("cases", shuffled(list(source.messages())))
        started.await_all("cases", events_of(frame))
        assert_counts(started, frame, "Agency")
        started.await_readers()
        assert started.ear.seen.case_panes() == expected_panes(frame)


def shuffled(messages: list[RawMessage]) -> list[RawMessage]:
    """Shuffle within blocks of two days, with a third of the messages a second time."""
    rng = np.random.default_rng(5)
    result: list[RawMessage] = []
    block: list[RawMessage] = []
    for message in [*messages, None]:
        if block and (message is None or message.ts_ms - block[0].ts_ms >= BLOCK_MS):
            twice = block + block[::3]
            result += [twice[at] for at in rng.permutation(len(twice))]
            block = []
        if message is not None:
            block.append(message)
    return result
