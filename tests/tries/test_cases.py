"""The inputs of cases and mappings, through the commands as a user runs them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.tries.conftest import Run

CASES = ("--mapping", "tries-cases")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def values(answer: dict[str, Any], group: str = "all") -> dict[str, Any]:
    return {row["indicator"]: row["value"] for row in answer["rows"] if row["group"] == group}


def span(answer: dict[str, Any]) -> tuple[str, str]:
    first, end = (
        datetime.fromtimestamp(answer[name] / 1000, SHANGHAI).strftime("%m-%d %H:%M")
        for name in ("first_ms", "end_ms")
    )
    return first, end


def test_offsets_count_in_json_lines_as_in_csv(run: Run, tries: Path) -> None:
    from_csv, from_json = (run("kpi", tries / f"z.{kind}", *CASES) for kind in ("csv", "jsonl"))
    assert from_csv["rows"] == from_json["rows"]
    assert span(from_csv) == span(from_json) == ("03-02 04:00", "03-02 09:00")
    assert values(from_json)["mean_hours_to_close"] == pytest.approx(4)


def test_the_same_readings_give_the_same_panes(run: Run, tries: Path, tmp_path: Path) -> None:
    reports = []
    for kind in ("csv", "jsonl"):
        report = tmp_path / f"{kind}.json"
        arguments = ("dust", tries / f"r_z.{kind}", "--mapping", "tries-dst", "--report", report)
        run("backtest", *arguments, "--archive", tmp_path / kind)
        reports.append(json.loads(report.read_text()))
    assert reports[0] == reports[1]
    assert reports[0]["panes_closed"] == 2
    panes = [sorted((tmp_path / kind).rglob("*.parquet")) for kind in ("csv", "jsonl")]
    names = [[file.parent.name for file in files] for files in panes]
    assert names[0] == names[1] != []
    assert [file.read_bytes() for file in panes[0]] == [file.read_bytes() for file in panes[1]]


def test_hour_24_is_the_next_day(run: Run, tries: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    file = tries / "hour24.csv"
    run("backtest", "dust", file, "--mapping", "tries-h24", "--report", report)
    figures = json.loads(report.read_text())
    assert figures["readings_in"] == figures["panes_closed"] == 480
    assert figures["input"] == {
        "read": 480,
        "used": 480,
        "set_aside": {},
        "columns": {"pm10": "PM10", "time": "stamp"},
        "notes": [],
    }


@pytest.mark.parametrize("name", ["k_semi.csv", "k_tab.csv"])
def test_any_separator_is_read(run: Run, tries: Path, name: str) -> None:
    answer = run("kpi", tries / name, *CASES, "--by", "street")
    [group] = {row["group"] for row in answer["rows"]}
    assert group.startswith("110101")
    assert values(answer, group)["mean_hours_to_close"] == pytest.approx(2)


def test_an_unclosed_quote_is_told_as_what_it_is(run: Run, tries: Path) -> None:
    answer = run("kpi", tries / "k_quote.csv", *CASES)
    assert answer["input"]["set_aside"] == {"unclosed-quote": 1}
    assert (answer["input"]["read"], answer["input"]["used"]) == (4, 3)
    assert values(answer)["filed"] == 3


@pytest.mark.parametrize(
    ("name", "separator"), [("nl.csv", "\n"), ("u2028.csv", "\u2028"), ("ff.csv", "\f")]
)
def test_line_breaks_inside_a_field_stay_there(
    run: Run, tries: Path, tmp_path: Path, name: str, separator: str
) -> None:
    rows = (tries / name).read_bytes().decode().count("2024-")
    file = tmp_path / "cases.csv"
    text = (tries / name).read_bytes().decode()
    file.write_bytes(text.replace("time,v,note", "opened,id,note", 1).encode())
    assert separator in text
    answer = run("kpi", file)
    assert (answer["input"]["read"], answer["input"]["used"]) == (rows, rows)


def test_a_number_is_read_as_its_text(run: Run, tries: Path) -> None:
    answer = run("kpi", tries / "numf.jsonl", *CASES)
    found = values(answer)
    assert (answer["cases"], found["filed"], found["closed"]) == (2, 2, 1)
    assert found["mean_hours_to_close"] == pytest.approx(6, abs=1e-3)
    assert answer["unplaced"] == {"no-place": 1}
    shown = run("cases", "show", "20240001", "--file", tries / "numf.jsonl", *CASES)
    assert shown["since"] == "2024-03-02 10:00:00"


def test_a_key_that_no_row_has_is_an_empty_column(run: Run, tries: Path) -> None:
    found = values(run("kpi", tries / "openkey.jsonl", *CASES))
    assert (found["filed"], found["closed"], found["open"]) == (2, 0, 2)


def test_closings_before_the_opening_are_flagged(run: Run, tries: Path) -> None:
    answer = run("kpi", tries / "kpi_before.csv", *CASES)
    found = values(answer)
    assert answer["flags"]["closed-before-filing"] == 2
    assert (found["filed"], found["closed"]) == (4, 4)
    assert found["mean_hours_to_close"] == pytest.approx(1.5)
    assert [note["code"] for note in answer["notes"]] == ["missing-actor", "step-skipped"]
    assert "missing-actor" not in answer["flags"]
