"""`gridpulse report` on a small archive whose answers are known."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from re import DOTALL, finditer
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from config.catalog import Catalog
from config.errors import InputError, NothingUsed
from config.loader import load
from config.settings import Settings
from models.archive.datasets import DATASETS
from models.bulletin.figures import Bulletin
from models.bulletin.period import Against, Span
from models.bulletin.sentences import situation
from ops.bulletin.page import page, write_bulletin
from ops.bulletin.read import bulletin_of
from ops.cli import application

CELL, STREET = "110101001001001", "110101001"
BEIJING = ZoneInfo("Asia/Shanghai")


def at(text: str) -> int:
    """Epoch milliseconds of `DD HH:MM` in December 2016, in Beijing."""
    moment = datetime.strptime(f"2016-12-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING)
    return round(moment.timestamp() * 1000)


NOW_MS = at("20 00:00")


@cache
def catalog() -> Catalog:
    return load(Settings())


def put(archive: Path, dataset: str, day: str, *rows: dict[str, Any]) -> None:
    """Write one day of a dataset."""
    schema = DATASETS[dataset].schema
    texts = {each.name: "" for each in schema if each.type == pa.string()}
    blank = {name: None for name in schema.names} | texts
    folder = archive / dataset / f"day=2016-12-{day}"
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([blank | row for row in rows], schema=schema)
    pq.write_table(table, folder / "some.parquet")


def step(case: str, kind: str, when: str, due: str = "") -> dict[str, Any]:
    return {
        "feed": "cases",
        "case": case,
        "type": kind,
        "ts_ms": at(when),
        "cell": CELL,
        "category": "E0101",
        "department": "environment",
        "due_ms": at(due) if due else None,
    }


def change(name: str, revision: int, kind: str, when: str, **values: Any) -> dict[str, Any]:
    life = values.pop("life", None)
    known = {
        "id": name,
        "revision": revision,
        "rule": "dust-local-excess",
        "change": kind,
        "reason": "normal" if kind == "cleared" else "sustained",
        "area": STREET,
        "level": 2,
        "updated_ms": at(when),
        "cleared_ms": at(when) if kind == "cleared" else 0,
        "details": json.dumps({"cells": [CELL]} | ({"life": life} if life else {})),
    }
    return known | values


def pane(when: str, mean: float, count: int, most: float) -> dict[str, Any]:
    return {
        "feed": "dust",
        "metric": "pm10",
        "cell": CELL,
        "start_ms": at(when),
        "width_s": 3600,
        "revision": 0,
        "count": count,
        "mean": mean,
        "max": most,
    }


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    put(
        folder,
        "cases",
        "05",
        step("in-time", "filed", "05 09:00", "06 12:00"),
        step("overdue", "filed", "05 10:00", "06 12:00"),
    )
    put(
        folder,
        "cases",
        "06",
        step("in-time", "closed", "06 10:00"),
        step("tomorrow", "filed", "06 09:00", "07 12:00"),
        step("cancelled", "filed", "06 10:00", "06 20:00"),
        step("cancelled", "cancelled", "06 11:00"),
        step("quick", "filed", "06 11:00", "08 12:00"),
        step("quick", "closed", "06 15:00"),
    )
    put(folder, "cases", "07", step("later", "filed", "07 01:00"))
    acknowledged = {"acknowledged": {"role": "operator", "since_ms": 5}}
    raised = at("05 20:00")
    put(
        folder,
        "warnings",
        "05",
        change("gone", 0, "raised", "05 01:00", raised_ms=at("05 01:00")),
        change("gone", 1, "cleared", "05 02:00", raised_ms=at("05 01:00")),
        change("night", 0, "raised", "05 20:00", raised_ms=raised),
        change("night", 1, "acknowledged", "05 21:00", raised_ms=raised, life=acknowledged),
    )
    put(
        folder,
        "warnings",
        "06",
        change("night", 2, "cleared", "06 03:00", raised_ms=raised),
        change("red", 0, "raised", "06 08:00", raised_ms=at("06 08:00"), level=4),
        change("old", 0, "raised", "06 09:00", raised_ms=at("06 09:00"), level=1),
        change("old", 1, "acknowledged", "06 09:30", raised_ms=at("06 09:00"), level=1),
    )
    put(folder, "warnings", "07", change("old", 2, "cleared", "07 01:00", raised_ms=at("06 09:00")))
    put(folder, "panes", "05", pane("05 08:00", 80.0, 2, 90.0))
    put(folder, "panes", "06", pane("06 08:00", 100.0, 3, 120.0), pane("06 09:00", 200.0, 1, 250.0))
    signal: dict[str, Any] = {
        "id": "s",
        "kind": "reading",
        "feed": "dust",
        "metric": "pm10",
        "area": CELL,
    }
    signal |= {"start_ms": at("06 09:00"), "severity": 40.0, "active": True}
    signal |= {"observed": 200.0, "expected": 70.0}
    put(folder, "signals", "06", signal)
    return folder


def read(archive: Path, span: Span, day: str, now_ms: int = NOW_MS) -> Bulletin:
    return bulletin_of(Settings(archive_dir=archive), catalog(), span, day, now_ms)


@pytest.fixture(scope="module")
def day(archive: Path) -> Bulletin:
    return read(archive, Span.DAILY, "2016-12-06")


def test_cases_are_counted_as_they_stood_at_the_end_of_the_day(day: Bulletin) -> None:
    cases = day.cases
    assert cases is not None
    assert (cases.filed, cases.closed, cases.cancelled) == (3, 2, 1)
    assert (cases.open_before, cases.open, cases.overdue) == (2, 2, 1)
    assert (cases.due, cases.closed_in_time) == (2, 1)
    assert [(place.group, place.successes, place.n) for place in day.streets] == [(STREET, 1, 2)]
    assert day.departments[0].is_small
    assert [case.case for case in day.due.first] == ["tomorrow"]
    assert day.due_day.isoformat() == "2016-12-07"


def test_earlier_days_are_compared_or_said_to_be_missing(day: Bulletin) -> None:
    before = day.earlier[Against.BEFORE].counts
    assert before is not None
    assert (before.filed, before.closed, before.open) == (2, 0, 2)
    assert day.earlier[Against.LAST_WEEK].counts is None
    zh, en = (situation(day, lang)[1] for lang in ("zh", "en"))
    assert "较前一日（2件）增加1件 (+50%)" in zh
    assert "上周同日、去年同期档案中无数据" in zh
    assert "1 more (+50%) than the day before (2)" in en


def test_warnings_have_their_level_end_and_who_acknowledged_them(day: Bulletin) -> None:
    told = {
        each.id: (each.level, each.ended_by, each.is_acknowledged, each.acknowledged_by)
        for each in day.warnings
    }
    assert told == {
        "red": (4, "", False, ""),
        "night": (2, "normal", True, "operator"),
        "old": (1, "", True, ""),  # cleared on the next day; its archive does not name the role
    }
    assert "发布预警2条 (红色1、蓝色1)，另有1条" in situation(day, "zh")[3]
    assert "1条无人确认" in situation(day, "zh")[3]


def test_readings_weigh_each_reading_once(day: Bulletin) -> None:
    (pm10,) = day.readings
    assert (pm10.mean, pm10.max, pm10.readings, pm10.hours) == (125.0, 250.0, 4, 2)
    assert pm10.earlier == {Against.BEFORE: 80.0}
    assert pm10.worst is not None
    assert (pm10.departures, pm10.worst.expected) == (1, 70.0)
    assert "24小时中2小时有数据" in situation(day, "zh")[4]


def test_a_week_adds_its_days_up_and_says_which_are_missing(archive: Path) -> None:
    week = read(archive, Span.WEEKLY, "2016-12-07")
    assert week.cases is not None
    assert (week.cases.filed, week.cases.closed, week.cases.open_before) == (6, 2, 0)
    assert "7日中仅3日有案件记录" in situation(week, "zh")[0]
    assert len(week.warnings) == 4


def test_a_month_that_is_not_over_counts_up_to_now(archive: Path) -> None:
    month = read(archive, Span.MONTHLY, "2016-12-01", at("06 12:30"))
    assert not month.is_over
    assert month.cases is not None
    assert (month.cases.filed, month.cases.closed) == (5, 1)
    assert month.coverage.days == 6
    assert month.due_day.isoformat() == "2016-12-07"
    assert "尚未结束" in situation(month, "zh")[1]


def test_a_day_without_data_says_so_first_and_never_that_all_is_well(archive: Path) -> None:
    empty = read(archive, Span.DAILY, "2016-12-15")
    assert empty.coverage.is_empty
    zh, en = (situation(empty, lang) for lang in ("zh", "en"))
    assert zh[0].startswith("2016-12-15档案中没有任何数据")
    assert "holds no data at all of 2016-12-15" in en[0]
    assert len(zh) == len(en) == 5
    assert "立案0件" not in " ".join(zh)
    assert "到期案件不明" in zh[4]
    assert "cannot be computed" in en[2]
    assert "没有任何数据" in page(empty, catalog(), ["zh"])


def test_sentences_follow_the_figures(archive: Path) -> None:
    days = [situation(read(archive, Span.DAILY, f"2016-12-0{each}"), "en") for each in (5, 6, 7)]
    for place in range(5):
        assert len({sentences[place] for sentences in days}) == 3, place


def text_maps(pdf: bytes) -> bytes:
    """Give the tables of a PDF that say which characters its glyphs are."""
    streams = finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, DOTALL)
    found = []
    for each in streams:
        try:
            found.append(zlib.decompress(each[1]))
        except zlib.error:
            continue
    return b"\n".join(each for each in found if b"beginbf" in each).lower()


def test_the_document_has_both_languages_and_the_pdf_has_text(
    day: Bulletin, tmp_path: Path
) -> None:
    html, pdf = write_bulletin(day, catalog(), ["zh", "en"], tmp_path)
    text = html.read_text()
    assert 0 < text.index('<article lang="zh">') < text.index('<article lang="en">')
    for sentence in situation(day, "zh"):
        assert sentence in text
    assert "件数过少，不排名" in text
    assert "Closed in time of due" in text
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert f"{ord('案'):04x}".encode() in text_maps(content)


def test_one_language_can_be_asked_for(day: Bulletin) -> None:
    assert "立案" not in page(day, catalog(), ["en"])
    assert "Figures" not in page(day, catalog(), ["zh"])


Run = Callable[..., Any]


@pytest.fixture
def run(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("GRIDPULSE_ARCHIVE_DIR", str(archive))
    return lambda *words: CliRunner().invoke(application(), ["report", *words])


def test_the_command_prints_the_figures_as_one_object(run: Run) -> None:
    answer = run("daily", "--date", "2016-12-06", "--json")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    share = told["indicators"]["closed_in_time_of_due"]
    assert (share["numerator"], share["denominator"], share["value"]) == (1, 2, 0.5)
    assert (share["target"], bool(share["definition"]["zh"])) == (0.95, True)
    assert told["warnings"]["raised_by_level"] == {"red": 1, "orange": 0, "yellow": 0, "blue": 1}
    assert told["against"]["last-year"]["cases"] is None
    assert told["due_next"]["total"] == 1


def test_the_command_says_the_sentences_in_both_languages_or_one(run: Run) -> None:
    both = run("daily", "--date", "2016-12-06").stdout.splitlines()
    assert len(both) == 10
    assert run("daily", "--date", "2016-12-06", "--lang", "en").stdout.splitlines() == both[5:]


def test_a_day_without_rows_is_told_and_fails(run: Run) -> None:
    answer = run("daily", "--date", "2016-12-15", "--json")
    assert json.loads(answer.stdout)["has_data"] is False
    assert isinstance(answer.exception, NothingUsed)
    assert "holds nothing of 2016-12-15" in str(answer.exception)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("hourly",), "no bulletin 'hourly': write daily, weekly, monthly"),
        (("daily", "--date", "2999-01-01"), "lies ahead"),
        (("daily", "--date", "yesterday"), "expected a time"),
        (("monthly", "--date", "0001-01-01"), "before 1971"),
    ],
)
def test_wrong_use_is_one_sentence(run: Run, words: tuple[str, ...], wrong: str) -> None:
    answer = run(*words)
    assert isinstance(answer.exception, InputError)
    assert wrong in str(answer.exception)


def test_without_an_archive_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no archive in"):
        read(tmp_path, Span.DAILY, "2016-12-06")
