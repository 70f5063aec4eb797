"""A year of Dongsi's real hours through the live code path equals plain pandas."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.flows.dust import Seen, backtest, dongcheng, hours

PANE_S = 900


def expected_panes(frame: pd.DataFrame, cell: int) -> dict[object, tuple[int, int, int, int]]:
    """Count, sum, min and max of each metric, pane by pane, in tenths of µg/m³."""
    series = {
        "pm10": frame["PM10"],
        "pm25": frame["PM2.5"],
        "coarse": frame["PM10"] - frame["PM2.5"],
    }
    panes: dict[object, tuple[int, int, int, int]] = {}
    for metric, column in series.items():
        tenths = (column.dropna() * 10).round().astype("int64")
        grouped = tenths.groupby(tenths.index.floor(f"{PANE_S}s")).agg(
            ["count", "sum", "min", "max"]
        )
        for start, row in grouped.iterrows():
            start_ms = int(datetime.fromisoformat(str(start)).timestamp() * 1000)
            panes["dust", start_ms, cell, metric] = tuple(map(int, row))  # type: ignore[assignment]
    return panes


@pytest.mark.data
def test_a_year_of_dongsi_gives_exactly_the_panes_of_pandas(
    shared_data: Path, tmp_path: Path
) -> None:
    frame = hours(shared_data, "Dongsi", "2014-01-01", "2015-01-01")
    seen = Seen()
    backtest(tmp_path, {"Dongsi": frame}, seen, agents={"panes"})
    found = seen.panes()
    (cell,) = {cell for _, _, cell, _ in found}
    assert found == expected_panes(frame, cell)
    (street,) = [street for street in dongcheng().streets if int(street.code) == cell // 10**6]
    assert street.name["en"] == "Dongsi"


@pytest.mark.data
def test_the_figures_count_every_reading_of_a_month(shared_data: Path, tmp_path: Path) -> None:
    frame = hours(shared_data, "Dongsi", "2014-04-01", "2014-05-01")
    test = backtest(tmp_path, {"Dongsi": frame})
    assert test.snapshot is not None
    figures = test.snapshot.figures
    known = frame[["PM10", "PM2.5"]].notna()
    assert figures["readings_in"] == known.sum().sum() + known.all(axis=1).sum()
    assert figures["panes_closed"] == known.any(axis=1).sum()
    assert figures["readings_rejected"] == figures["readings_late"] == 0
    assert figures["cells_active"] == 1
    assert figures["lag_records"] == 0
