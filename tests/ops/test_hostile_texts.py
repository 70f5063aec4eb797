"""Texts of strangers in files, topics and names: nothing of them acts, on no screen and no page."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from dash import html
from starlette.requests import Request

from dashboards.api.http.answers import answer
from dashboards.api.http.exports import as_csv
from dashboards.common.markup import markup
from models.messages.dead_letters import Reason, Rejected
from models.messages.warnings import CityWarning
from ops.cli import main
from ops.commands.dead_letters import _print_table
from ops.document import document, heading, numbered, paragraph, table
from ops.output import Column, print_table
from tests.streams.sinks.test_mail import WARNING

ESC = "\x1b]0;owned\x07\x1b[2J\x9b2J"
BIDI = "\u202egnp.exe\u2066"
MARKUP = "[/x] [link=http://evil.example]here[/link] [red]"
HTML = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
HOSTILE = f"{ESC}{BIDI}{MARKUP}{HTML}"
FORMULAS = ("=cmd|'/c calc'!A1", "+1+cmd", "-2+3+cmd", "@SUM(A1)", "\t=1+1", "＝1+1", "\n=1+1")
PLACED = ("--series", "station", "--lon", "lon", "--lat", "lat")
ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Run a command; gives all that it printed, once nothing of it acts."""
    with pytest.raises(SystemExit) as stopped:
        main([str(each) for each in arguments])
    out, err = capsys.readouterr()
    assert not ACTING.findall(out + err)
    assert "unforeseen" not in err
    assert not stopped.value.code, err
    return out


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A table of cases by somebody hostile, down to the names of its columns and of itself."""
    file = tmp_path / f"{MARKUP.replace('/', '')}.csv"
    columns = ["case", "opened", "closed", "department", "street", "category", f"x{ESC}{MARKUP}"]
    texts = (HOSTILE, *FORMULAS)
    with file.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        writer.writerow(columns)
        for number, text in enumerate(texts):
            opened = f"2024-03-{number + 1:02d} 08:00"
            named = [text, opened, "", text, text, text, text]
            writer.writerow([f"{text}-{number}", *named[1:]])
    return file


@pytest.mark.parametrize("columns", ["80", "200"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_cases_of_a_stranger_are_shown_and_act_on_nothing(
    cases: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
    lang: str,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert "8 found" in run(capsys, "cases", "find", "--file", cases, "--lang", lang)
    wide = run(capsys, "cases", "find", "--file", cases, "--lang", lang, "--wide")
    assert "[link=http://evil.example]here[/link]" in wide  # its words, and no link
    found = json.loads(run(capsys, "cases", "find", "--file", cases, "--json"))
    name = next(each["case"] for each in found["cases"] if "script" in each["case"])
    assert name.startswith("\x1b]0;owned")  # JSON tells what it really is
    run(capsys, "cases", "show", name, "--file", cases, "--lang", lang)
    for by in ("department", "street", "category"):
        run(capsys, "kpi", cases, "--by", by, "--lang", lang)


@pytest.mark.parametrize(
    "command", [("cases", "find", "--file"), ("kpi", "--by", "department")], ids=["cases", "kpi"]
)
def test_csv_of_a_command_holds_no_formula(
    cases: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit):
        main([*command, str(cases), "--csv"])
    out = capsys.readouterr().out
    assert not ACTING.findall(out)
    rows = list(csv.reader(io.StringIO(out)))
    assert len(rows) > len(FORMULAS)
    cells = [cell for row in rows[1:] for cell in row]
    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in "=+@＝\t\r\n" and cell]
    assert not [cell for cell in cells if cell.startswith("-") and "cmd" in cell]


@pytest.mark.parametrize("command", ["score", "scan", "counts", "backtest"])
def test_columns_and_sensors_of_a_stranger_act_on_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    file, out = tmp_path / "t.csv", tmp_path / "out"
    with file.open("w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        writer.writerow(["time", f"v{HOSTILE}", "station", "lon", "lat", "period", "count"])
        for hour in range(60):
            day = f"2024-{1 + hour // 28:02d}-{1 + hour % 28:02d}"
            writer.writerow([day, hour % 7, HOSTILE, 116.4, 39.9 + hour / 1e4, day, hour % 5])
    value = f"v{HOSTILE}"
    arguments: dict[str, list[str]] = {
        "score": ["--out", str(out), "--value", value, "--series", "station"],
        "scan": ["--out", str(out), "--series", "station", "--replicates", "9"],
        "counts": ["--out", str(out), "--series", "station", "--period", "period"],
        "backtest": ["--time", "time", "--value", f"pm10={value}", *PLACED],
    }
    place = ["dust"] if command == "backtest" else []
    run(capsys, command, *place, file, *arguments[command])
    with pytest.raises(SystemExit):
        main([command, *place, str(file), *arguments[command], "--time", "nowhere"])
    out_, err = capsys.readouterr()
    assert not ACTING.findall(out_ + err)


def test_a_table_takes_its_title_and_its_names_for_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table([Column(name=MARKUP), Column(name=ESC)], [(HOSTILE, 1)], title=MARKUP + ESC)
    shown = capsys.readouterr().out
    assert not ACTING.findall(shown)
    assert shown.count("[/x]") == 3


def test_dead_letters_are_shown_and_act_on_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    letter = Rejected(
        topic="raw.dust",
        partition=0,
        offset=1,
        index=-1,
        reason=Reason.BROKEN_JSON,
        detail=HOSTILE,
        data_b64=base64.b64encode(HOSTILE.encode()).decode(),
    )
    _print_table("dead-letters", Counter({Reason.BROKEN_JSON.value: 1}), [letter], wide=True)
    assert not ACTING.findall(capsys.readouterr().out)


def test_a_document_shows_strangers_as_they_are() -> None:
    parts = [
        heading(HOSTILE),
        paragraph(HOSTILE),
        numbered([HOSTILE]),
        table([HOSTILE], [[HOSTILE]]),
    ]
    page = document(HOSTILE, "zh", parts)
    assert not ACTING.findall(page)
    assert "<script" not in page
    assert "onerror=alert(1)&gt;" in page
    assert page.count("\\u202e") == 6


def test_parts_of_pages_show_strangers_as_they_are() -> None:
    shown = markup([html.B(HOSTILE, title=HOSTILE), html.Td(HOSTILE), "two\nlines"])
    assert shown is not None
    assert not ACTING.findall(shown)
    assert "<script" not in shown
    assert "two\nlines" in shown


def test_csv_of_the_api_acts_in_no_sheet_and_on_no_terminal() -> None:
    items = [_warning(text) for text in (HOSTILE, *FORMULAS)]
    rows = list(csv.DictReader(io.StringIO(as_csv(CityWarning, items).decode("utf-8-sig"))))
    assert len(rows) == len(items)
    for row in rows:
        assert not ACTING.findall("".join(row.values()))
    for row in rows[1:]:
        assert row["area"].startswith("'") or row["area"].startswith("\\x")


def test_json_of_the_api_is_the_same_and_acts_on_no_terminal() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    body = answer(Request(scope), {"name": HOSTILE}).body
    assert not ACTING.findall(bytes(body).decode())
    assert json.loads(bytes(body)) == {"name": HOSTILE}


def _warning(text: str) -> CityWarning:
    return msgspec.structs.replace(WARNING, area=text, rule=text, cells=[text])
