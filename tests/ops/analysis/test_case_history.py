"""The archive of cases: written as rows, found again by question, shown on one screen."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from config.errors import ConfigError, InputError
from models.cases.history import COLUMNS, history_rows, step_of_row
from models.cases.prediction.breach import BreachModel
from models.cases.prediction.survival import Curve
from models.cases.timeline import Step, step_of
from models.messages.case_events import CaseEvent, EventType
from models.timing.zone import zone_of
from ops.analysis.case_history import Question, last_event_ms, read_history
from ops.analysis.train_cases import write_model
from ops.cli import application
from tests.models.cases.building import START, at, event

T = EventType
SHANGHAI = zone_of("Asia/Shanghai")
RUNNER = CliRunner()


def write(archive: Path, events: list[CaseEvent]) -> None:
    """Write events as the archive keeps them, each day a file."""
    rows = history_rows("cases", [(one.case, step_of(one)) for one in events], SHANGHAI)
    for day, columns in rows.items():
        folder = archive / "cases" / f"day={day}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), folder / f"{len(list(folder.iterdir()))}.parquet")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    write(
        tmp_path,
        [
            event("A-1", T.REPORTED, 10, 0, due_ms=at(30), category="E0102", source="patrol"),
            event("A-1", T.FILED, 11),
            event("A-1", T.DISPATCHED, 12, department="sanitation"),
            event("A-1", T.DISPOSED, 40, actor="w", department="sanitation"),
            event("A-2", T.REPORTED, 50, category="E0101", cell="110101002001001"),
        ],
    )
    write(tmp_path, [event("A-1", T.VERIFIED, 41, actor="w"), event("A-1", T.FILED, 11)])
    return tmp_path


def run(archive: Path, *arguments: str) -> dict[str, object]:
    result = RUNNER.invoke(
        application(), ["cases", *arguments, "--json"], env={"GRIDPULSE_ARCHIVE_DIR": str(archive)}
    )
    assert result.exit_code == 0, result.output
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def found(answer: dict[str, object]) -> list[str]:
    cases = answer["cases"]
    assert isinstance(cases, list)
    return [case["case"] for case in cases]


def test_days_are_local() -> None:
    rows = history_rows(
        "cases", [("1", Step(START - 1, T.FILED)), ("1", Step(START, T.FILED))], SHANGHAI
    )
    assert sorted(rows) == ["2024-02-29", "2024-03-01"]


@given(st.integers(-(10**16), 10**16))
def test_any_time_has_a_day(ts_ms: int) -> None:
    [columns] = history_rows("cases", [("1", Step(ts_ms, T.FILED))], SHANGHAI).values()
    assert columns["ts_ms"] == [ts_ms]


def test_a_step_comes_back_from_its_row() -> None:
    step = step_of(event("1", T.REPORTED, 1, category="E0102", lon=116.4, lat=39.9, due_ms=5))
    [columns] = history_rows("cases", [("1", step)], SHANGHAI).values()
    assert list(columns) == list(COLUMNS)
    assert step_of_row({name: values[0] for name, values in columns.items()}) == step


def test_one_case_is_shown_with_its_whole_timeline(archive: Path) -> None:
    answer = run(archive, "show", "A-1")
    timeline = answer["timeline"]
    assert isinstance(timeline, list)
    assert [line["type"] for line in timeline] == [
        "reported",
        "filed",
        "dispatched",
        "disposed",
        "verified",
    ]
    assert timeline[3]["after"] == "1 d 4 h"
    assert timeline[4]["flags"] == ["disposer-verified-own-work"]
    assert (answer["stage"], answer["overdue"]) == ("verified", True)
    assert answer["due"] == "2024-03-02 06:00:00"


def test_the_screen_shows_what_is_wrong(archive: Path) -> None:
    result = RUNNER.invoke(
        application(), ["cases", "show", "A-1"], env={"GRIDPULSE_ARCHIVE_DIR": str(archive)}
    )
    assert result.exit_code == 0
    for text in ("A-1", "OVERDUE", "disposer-verified-own-work", "2024-03-01 10:00:00"):
        assert text in result.stdout


@pytest.mark.parametrize(
    ("arguments", "cases"),
    [
        ((), ["A-1", "A-2"]),
        (("--street", "110101002"), ["A-2"]),
        (("--department", "sanitation"), ["A-1"]),
        (("--category", "E0101"), ["A-2"]),
        (("--number", "-2"), ["A-2"]),
        (("--overdue",), ["A-1"]),
        (("--flag", "disposer-verified-own-work"), ["A-1"]),
        (("--flag", "two-closings"), []),
        (("--limit", "1"), ["A-1"]),
    ],
)
def test_cases_are_found_by_question(
    archive: Path, arguments: tuple[str, ...], cases: list[str]
) -> None:
    assert found(run(archive, "find", *arguments)) == cases


def test_what_is_overdue_is_judged_by_the_end_of_the_archive(archive: Path) -> None:
    assert last_event_ms(archive) == at(50)
    assert run(archive, "find", "--department", "sanitation")["as_of"] == "2024-03-03 02:00:00"


def test_a_question_is_never_code(archive: Path) -> None:
    with pytest.raises(InputError, match="no case"):
        read_history(archive, Question(department="' OR 1=1 --"))


@pytest.mark.parametrize("arguments", [("show", "A-9"), ("find", "--category", "none")])
def test_nothing_found_is_said(archive: Path, arguments: tuple[str, ...]) -> None:
    result = RUNNER.invoke(
        application(), ["cases", *arguments], env={"GRIDPULSE_ARCHIVE_DIR": str(archive)}
    )
    assert isinstance(result.exception, InputError)
    assert "no case" in str(result.exception)


def test_no_archive_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cases in the archive"):
        read_history(tmp_path)


def test_a_broken_archive_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "cases" / "day=2024-03-01"
    folder.mkdir(parents=True)
    (folder / "x.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError, match="cannot be read"):
        read_history(tmp_path)


def test_a_file_that_is_no_parquet_stops_no_finding(archive: Path) -> None:
    whole = run(archive, "find")
    assert whole.pop("input")["notes"] == []  # type: ignore[index]
    days = [*(archive / "cases").iterdir()]
    for day in days:
        (day / "junk.parquet").write_bytes(b"PAR1 no more")
    found = run(archive, "find")
    [note] = found.pop("input")["notes"]  # type: ignore[index]
    assert note.startswith(f"{len(days)} files of the archive are no Parquet, left out: day=")
    assert found == whole


def test_open_cases_are_shown_with_what_the_model_expects(archive: Path) -> None:
    model = BreachModel(
        trained_until_ms=0,
        cases=9,
        curves={"": Curve(hours=[1.0, 30.0], open_share=[0.8, 0.2], cases=9)},
    )
    write_model(model, archive / "models" / "cases.json")
    write(archive, [event("A-3", T.REPORTED, 48, due_ms=at(90), category="E0102")])
    told = run(archive, "show", "A-3")
    assert told["breach_probability"] == pytest.approx(0.25)
    assert told["expected_close"] == "2024-03-04 06:00:00"
    chances = {c["case"]: c["breach_probability"] for c in run(archive, "find")["cases"]}  # type: ignore[attr-defined]
    assert chances["A-1"] == 1.0  # its limit has passed
    env = {"GRIDPULSE_ARCHIVE_DIR": str(archive)}
    screen = RUNNER.invoke(application(), ["cases", "show", "A-3"], env=env).stdout
    assert "25% likely not to be closed in time" in screen
    assert "about 2024-03-04 06:00:00" in screen


def test_a_broken_model_is_said(archive: Path) -> None:
    (archive / "models").mkdir()
    (archive / "models" / "cases.json").write_bytes(b"{}")
    env = {"GRIDPULSE_ARCHIVE_DIR": str(archive)}
    result = RUNNER.invoke(application(), ["cases", "find"], env=env)
    assert isinstance(result.exception, ConfigError)
    assert "gridpulse train cases" in str(result.exception)
