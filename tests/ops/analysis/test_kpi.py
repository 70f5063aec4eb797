"""`gridpulse kpi` against an independent computation with pandas, and on files of its own shape."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from ops.cli import application
from tests.loaded_cases import loaded
from tests.real_cases import (
    BALTIMORE,
    BOSTON,
    Found,
    Table,
    agree,
    expected_by,
    expected_by_month,
    read,
)

RUNNER = CliRunner()


def found_by(table: Table, folder: Path, by: str) -> Found:
    found: Found = {}
    for row in loaded(table, folder).rows(by):
        found.setdefault(row.group, {})[row.indicator] = row.value
    return found


def kpi(*arguments: str) -> dict[str, object]:
    result = RUNNER.invoke(application(), ["kpi", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def values(answer: dict[str, object]) -> Found:
    rows = answer["rows"]
    assert isinstance(rows, list)
    found: Found = {}
    for row in rows:
        found.setdefault(row["group"], {})[row["indicator"]] = row["value"]
    return found


@pytest.mark.data
@pytest.mark.parametrize("table", [BOSTON, BALTIMORE], ids=["boston", "baltimore"])
def test_real_data_give_what_pandas_gives(table: Table, shared_data: Path) -> None:
    frame = read(table, shared_data)
    everything = expected_by(frame, pd.Series("all", index=frame.index))
    agree(found_by(table, shared_data, "all"), everything)
    for by, column in table.groups:
        agree(found_by(table, shared_data, by), expected_by(frame, frame[column]))


@pytest.mark.data
@pytest.mark.parametrize("table", [BOSTON, BALTIMORE], ids=["boston", "baltimore"])
def test_real_data_by_month_give_what_pandas_gives(table: Table, shared_data: Path) -> None:
    wanted = expected_by_month(read(table, shared_data))
    agree(found_by(table, shared_data, "month"), wanted)


@pytest.mark.data
def test_bostons_own_verdict_is_found_again(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "cases" / BOSTON.file, low_memory=False)
    found = found_by(BOSTON, shared_data, "all")["all"]
    missed = int((frame.on_time == "OVERDUE").sum())
    assert (found["overdue"] or 0) + (found["closed_late"] or 0) == missed == 2697


@pytest.mark.data
def test_the_table_is_for_people(shared_data: Path) -> None:
    file = str(shared_data / "cases" / BALTIMORE.file)
    result = RUNNER.invoke(application(), ["kpi", file, "--mapping", "baltimore311"])
    assert result.exit_code == 0
    as_json = values(kpi(file, "--mapping", "baltimore311"))
    assert as_json == found_by(BALTIMORE, shared_data, "all")
    for text in ("10000 cases", "结案率", "97.92%", "9792 / 10000", "÷"):
        assert text in result.stdout


EVENTS = [
    {"case": "1", "type": "reported", "ts": "2024-03-01T08:00:00+08:00", "category": "E0102"},
    {"case": "1", "type": "filed", "ts": "2024-03-01T08:10:00+08:00", "due": 1709294400},
    {"case": "1", "type": "closed", "ts": "2024-03-01T18:10:00+08:00", "actor": "a"},
    {"case": "2", "type": "filed", "ts": "2024-03-02T08:00:00+08:00"},
]


def test_events_as_json_lines_need_no_mapping(tmp_path: Path) -> None:
    lines = [json.dumps(event) for event in EVENTS]
    file = tmp_path / "events.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join([*lines, lines[2], "{broken", ""]).encode()))
    answer = kpi(str(file))
    found = values(answer)["all"]
    assert (found["filed"], found["closed"], found["open"], found["due"]) == (2, 1, 1, 1)
    assert found["mean_hours_to_close"] == pytest.approx(10)
    assert answer["unused"] == {"no-event": 1}
    assert answer["cases"] == 2


def test_cells_and_beats_are_groups_too(tmp_path: Path) -> None:
    place = {"cell": "110101001001001", "category": "E0102"}
    events = [
        {"case": case, "type": "reported", "ts": 1709294400, "beat": beat, **place}
        for case, beat in (("1", "B-07"), ("2", "B-07"), ("3", ""))
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in events))
    by_beat = {
        group: row["reported"] for group, row in values(kpi(str(file), "--by", "beat")).items()
    }
    assert by_beat == {"B-07": 2, "(unknown)": 1}
    for by, group in (("cell", "110101001001001"), ("community", "110101001001")):
        assert values(kpi(str(file), "--by", by))[group]["reported"] == 3


def test_shares_come_with_their_interval_and_groups_with_their_rank(tmp_path: Path) -> None:
    lines = ["case,opened,due,closed,street"]
    for number in range(24):
        closed = "2024-03-02 08:00:00" if number % 12 else "2024-03-09 08:00:00"
        street = "lucky" if number == 1 else ("north", "south")[number % 2]
        lines.append(f"{number},2024-03-01 08:00:00,2024-03-03 08:00:00,{closed},{street}")
    file = tmp_path / "cases.csv"
    file.write_text("\n".join(lines))
    rows = kpi(str(file), "--by", "street")["rows"]
    [north] = [r for r in rows if (r["group"], r["indicator"]) == ("north", "closed_of_due")]  # type: ignore[attr-defined]
    assert (north["low"], north["high"]) == pytest.approx((0.7575, 1.0), abs=1e-4)
    assert {r["low"] for r in rows if r["unit"] != "share"} == {None}  # type: ignore[attr-defined]
    table = RUNNER.invoke(application(), ["kpi", str(file), "--by", "street"]).stdout
    ranked = [line.split("│")[1:3] for line in table.splitlines() if " – " in line]
    assert [(place.strip(), group.strip()) for place, group in ranked] == [
        ("1", "south"),
        ("2", "north"),
        ("too few", "lucky"),
    ]


def test_shuffled_and_repeated_events_give_the_same(tmp_path: Path) -> None:
    straight, shuffled = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    lines = [json.dumps(event) for event in EVENTS]
    straight.write_text("\n".join(lines))
    shuffled.write_text("\n".join([*reversed(lines), *lines]))
    assert kpi(str(straight))["rows"] == kpi(str(shuffled))["rows"]


def test_a_table_with_plain_names_needs_no_mapping(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(
        "id,Opened At,due,closed_at,department,street\n"
        "1,2024-03-01 08:00:00,2024-03-02 08:00:00,2024-03-01 10:00:00,water,north\n"
        "2,2024-03-01 08:00:00,2024-03-01 09:00:00,,water,south\n"
        "3,2024-03-05 08:00:00,,,traffic,\n"
        "4,no time,,,traffic,north\n"
    )
    answer = kpi(str(file), "--by", "street")
    found = values(answer)
    assert set(found) == {"north", "south", "(unknown)"}
    assert found["south"]["overdue"] == 1
    assert found["north"]["closed_in_time_of_due"] == 1.0
    assert answer["unused"] == {"unreadable-time": 2}  # of the report and of the filing


def test_closed_by_status_without_a_time_stays_open_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_text("case,opened,closed\n1,2024-03-01 08:00:00,\n2,2024-03-02 08:00:00,soon\n")
    answer = kpi(str(file))
    assert values(answer)["all"]["closed"] == 0
    assert answer["unused"] == {"unreadable-time": 1}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("odd.csv", "alpha,beta\n1,2\n", "name a mapping"),
        ("empty.jsonl", "\n", "holds no rows"),
        ("missing.csv", None, "no such file"),
        ("odd.txt", "x", "holds no rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    name: str, text: str | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    if text is not None:
        file.write_text(text)
    result = RUNNER.invoke(application(), ["kpi", str(file), "--json"])
    assert result.exit_code != 0
    assert said in str(result.exception)


@pytest.mark.parametrize(
    ("lang", "name"), [("zh", "urban-enforcement 城管执法局"), ("en", "Urban Enforcement")]
)
def test_names_beside_codes_come_in_the_language_asked_for(
    tmp_path: Path, lang: str, name: str
) -> None:
    cases = tmp_path / "cases.jsonl"
    event = {"case": "A1", "type": "filed", "ts": "2026-04-12T09:30:00+08:00", "category": "0301"}
    event |= {"cell": "110101001001001", "department": "urban-enforcement"}
    cases.write_text(json.dumps(event))
    runner = CliRunner()
    asked = ["kpi", str(cases), "--by", "department", "--lang", lang, "--wide"]
    assert name in runner.invoke(application(), asked).stdout
    found = runner.invoke(
        application(), ["cases", "find", "--file", str(cases), "--lang", lang, "--wide"]
    )
    assert name in " ".join(found.stdout.split())
