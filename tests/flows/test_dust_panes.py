"""A year of Dongsi's real hours through the live code path equals plain pandas."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.dust import Seen, backtest, dongcheng, expected_panes, hours


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
