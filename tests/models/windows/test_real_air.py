"""A year of Dongsi's hours: the same panes and windows as plain pandas gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.messages.frames import IDLE
from models.windows.feed import FeedWindows
from models.windows.pane import Pane
from tests.models.windows.frames import LONG_AFTER_MS, Row, feed, frame

METRICS = ("pm10", "pm25")
LATENESS_MS = 600_000
pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def readings(shared_data: Path) -> pd.DataFrame:
    """Hours of 2014 with a value, one row a reading: ts_ms, metric, value in tenths."""
    table = pd.read_csv(shared_data / "air" / "PRSA_Data_Dongsi_20130301-20170228.csv.gz")
    table = table[table["year"] == 2014]
    local = pd.to_datetime(table[["year", "month", "day", "hour"]])
    seconds = local.dt.tz_localize("Asia/Shanghai").map(pd.Timestamp.timestamp)
    table = table.assign(ts_ms=(seconds * 1000).astype("int64"))
    long = table.rename(columns={"PM10": "pm10", "PM2.5": "pm25"}).melt(
        "ts_ms", list(METRICS), var_name="metric"
    )
    long = long.dropna().sort_values(["ts_ms", "metric"], ignore_index=True)
    long["value"] = (long["value"] * 10).round().astype("int64")
    tenths: pd.DataFrame = long
    return tenths


def replay(readings: pd.DataFrame, pane_s: int) -> tuple[FeedWindows, dict[int, Pane]]:
    """Run the readings through in frames of a week."""
    windows = FeedWindows(feed(pane_s=pane_s, lateness_s=LATENESS_MS // 1000, metrics=METRICS))
    closed: dict[int, Pane] = {}
    for start in range(0, len(readings), 336):
        part = readings.iloc[start : start + 336]
        rows: list[Row] = [
            (1001, METRICS.index(str(metric)), int(value), int(ts_ms), start + place)
            for place, (ts_ms, metric, value) in enumerate(part.itertuples(index=False))
        ]
        before = int(part["ts_ms"].iloc[0]) - LATENESS_MS
        after = int(part["ts_ms"].iloc[-1]) - LATENESS_MS
        for header, columns in (
            frame(rows, watermark_ms=before, metrics=METRICS),
            frame(watermark_ms=after),
        ):
            assert not windows.take(header, columns).late["cell"].size
            for told in windows.advance(LONG_AFTER_MS, with_corrections=True):
                if told.pane is not None:
                    assert told.pane.revision == 0
                    closed[told.number] = told.pane
    windows.take(*frame(watermark_ms=IDLE))
    for told in windows.advance(LONG_AFTER_MS, with_corrections=True):
        if told.pane is not None:
            closed[told.number] = told.pane
    return windows, closed


@pytest.mark.parametrize("pane_s", [900, 21_600])
def test_panes_equal_those_of_pandas(readings: pd.DataFrame, pane_s: int) -> None:
    windows, closed = replay(readings, pane_s)
    groups = readings.groupby([readings["ts_ms"] // (pane_s * 1000), "metric"])["value"]
    expected = groups.agg(["count", "sum", "min", "max"])
    assert len(closed) == readings["ts_ms"].floordiv(pane_s * 1000).nunique()
    series = {METRICS[metric]: n for n, metric in enumerate(windows.series.metrics.tolist())}
    found = {
        (number, metric): tuple(
            int(column[place]) for column in (pane.counts, pane.sums, pane.lows, pane.highs)
        )
        for number, pane in closed.items()
        for metric, place in series.items()
        if place < pane.counts.size and pane.counts[place]
    }
    assert found == {
        key: tuple(row)
        for key, row in zip(expected.index, expected.to_numpy().tolist(), strict=True)
    }
    for key, values in groups:
        assert isinstance(key, tuple)
        number, metric = key
        p95 = closed[number].quantiles(np.array([series[str(metric)]]))[1, 0]
        exact = np.quantile(values, 0.95, method="inverted_cdf")
        assert p95 == pytest.approx(exact, rel=0.05)


def test_rolling_means_at_the_end_equal_those_of_pandas(readings: pd.DataFrame) -> None:
    windows, _ = replay(readings, pane_s=900)
    rows, end_ms = windows.rows(), int(readings["ts_ms"].max())
    found = {
        windows.layers[layer]: value
        for layer, value in zip(rows.layer.tolist(), rows.value.tolist(), strict=True)
    }
    slots = {"mean_5min": (300, 30), "mean_1h": (3600, 120), "mean_24h": (86_400, 1800)}
    slots |= {"mean_7d": (604_800, 14_400)}
    for metric in METRICS:
        mine = readings[readings["metric"] == metric]
        for window, (length_s, slot_s) in slots.items():
            slot, end = mine["ts_ms"] // (slot_s * 1000), end_ms // (slot_s * 1000)
            inside = mine[(slot <= end) & (slot > end - length_s // slot_s)]
            assert found[f"{metric}.{window}"] == pytest.approx(inside["value"].mean() / 10)
        slot, end = mine["ts_ms"] // 14_400_000, end_ms // 14_400_000
        day = mine[(slot <= end) & (slot > end - 6)]["value"]
        exact = np.quantile(day, 0.95, method="inverted_cdf") / 10
        assert found[f"{metric}.p95_24h"] == pytest.approx(exact, rel=0.05)
