"""Gas over its limit, for a day and on and off: what a backtest of the inputs says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tries.conftest import Run


def warnings_of(run: Run, tries: Path, folder: Path, name: str) -> list[dict[str, Any]]:
    report = folder / "report.json"
    run("backtest", "hazard", tries / name, "--report", report)
    found: list[dict[str, Any]] = json.loads(report.read_text())["warnings"]
    return found


@pytest.mark.parametrize(
    ("name", "raised", "over"),
    [
        ("gas_5d_95.jsonl", "2024-03-06T00:15:00+08:00", "2024-03-07T00:00:00+08:00"),
        ("gas_30d_95.jsonl", "2024-03-31T00:15:00+08:00", "2024-04-01T00:00:00+08:00"),
    ],
)
def test_explosive_gas_is_red_in_the_first_pane_whatever_was_before(
    run: Run, tries: Path, tmp_path: Path, name: str, raised: str, over: str
) -> None:
    [warning] = warnings_of(run, tries, tmp_path, name)
    assert (warning["level"], warning["raised"], warning["cleared"]) == ("red", raised, over)


def test_gas_that_comes_and_goes_is_one_unsteady_warning(
    run: Run, tries: Path, tmp_path: Path
) -> None:
    [warning] = warnings_of(run, tries, tmp_path, "flap3.jsonl")
    assert warning["unsteady"]
    assert warning["cleared_because"] == "normal"
