"""The archive that the stream writes gives the indicators and timelines of its file again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from config.settings import PREFIX
from ops.analysis.archive import connect
from ops.backtest.file import BacktestRequest, backtest_file
from ops.cli import application, main
from tests.ops.bulletin.test_report import put
from tests.ops.bulletin.test_report import step as step_row

START = datetime(2016, 12, 1, 1, tzinfo=UTC)
STEPS = ("reported", "filed", "dispatched", "disposed", "verified", "closed")
RUNNER = CliRunner()


def events(cases: int) -> list[dict[str, Any]]:
    """Cases that go through the loop in some days, every seventh not to its end."""
    random, lines = Random(5), list[dict[str, Any]]()
    for number in range(cases):
        at = START + timedelta(hours=random.randrange(24 * 20))
        for step in STEPS[: 3 if number % 7 == 0 else None]:
            lines.append(
                {
                    "case": f"T-{number}",
                    "type": step,
                    "ts": at.isoformat(),
                    "cell": f"1101010010010{number % 9 + 10}",
                    "category": "E0101",
                    "department": f"D{number % 3}",
                }
            )
            at += timedelta(hours=random.randrange(1, 30))
    return sorted(lines, key=lambda line: (line["ts"], line["case"]))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    path.write_bytes(b"\n".join(msgspec.json.encode(line) for line in events(40)) + b"\n")
    return path


@pytest.fixture(scope="module")
def archive(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    report = backtest_file(BacktestRequest(feed="cases", file=file, archive=folder))
    assert report["cases_in"] == len(events(40))
    return folder


def ms_of(line: str) -> int:
    moment = datetime.fromisoformat(msgspec.json.decode(line)["ts"])
    return round(moment.timestamp() * 1000)


def asked(archive: Path, *arguments: str) -> dict[str, Any]:
    env = {f"{PREFIX}ARCHIVE_DIR": str(archive)}
    result = RUNNER.invoke(application(), [*arguments, "--json"], env=env)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = msgspec.json.decode(result.stdout)
    return answer


@pytest.mark.parametrize("by", ["department", "month", "street"])
def test_the_indicators_are_those_of_the_file(archive: Path, file: Path, by: str) -> None:
    from_file = asked(archive, "kpi", str(file), "--by", by)
    from_archive = asked(archive, "kpi", "--by", by)
    for told in (from_archive, from_file):
        assert told.pop("input")["read"] > 0  # the archive has no columns of a table to name
    assert from_archive == from_file
    assert from_archive["cases"] == 40


def test_a_past_day_asked_again_is_as_it_was_told_then(
    archive: Path, file: Path, tmp_path: Path
) -> None:
    lines = file.read_text().splitlines(keepends=True)
    times = sorted(ms_of(line) for line in lines)
    moment_ms = times[len(times) // 2]
    then = tmp_path / "then.jsonl"
    then.write_text("".join(line for line in lines if ms_of(line) < moment_ms))
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat()
    asked_again = asked(archive, "kpi", "--as-of", moment)
    told_then = asked(archive, "kpi", str(then))
    counts = ("filed", "closed", "open", "mean_hours_to_close")
    by = [
        {row["indicator"]: (row["numerator"], row["denominator"]) for row in told["rows"]}
        for told in (asked_again, told_then)
    ]
    assert [by[0][name] for name in counts] == [by[1][name] for name in counts]
    assert asked_again["end_ms"] == moment_ms
    assert asked_again["cases"] < asked(archive, "kpi")["cases"]


def test_every_step_is_there_once_and_a_day_is_a_file(archive: Path) -> None:
    with connect(archive) as connection:
        rows = connection.execute('SELECT "case", type FROM cases ORDER BY ts_ms').fetchall()
        counted = connection.execute("SELECT type, sum(count) FROM case_panes GROUP BY type")
        assert sorted(counted.fetchall()) == sorted(
            (step, len([row for row in rows if row[1] == step])) for step in STEPS
        )
    assert len(rows) == len(set(rows)) == len(events(40))
    assert all(len(list(day.glob("*.parquet"))) == 1 for day in (archive / "cases").iterdir())


def test_a_case_is_found_with_its_whole_timeline(archive: Path) -> None:
    shown = asked(archive, "cases", "show", "T-1")
    assert msgspec.json.encode(shown).count(b'"closed"') >= 1


def test_the_performance_of_a_month_names_the_cases_that_were_counted(archive: Path) -> None:
    words = ("performance", "--month", "2016-12", "--indicator", "closed_of_filed")
    told = asked(archive, *words)
    filed = {row["indicator"]: row for row in asked(archive, "kpi")["rows"]}["filed"]["numerator"]
    by_street = asked(archive, *words, "--by", "street")
    for answer in (told, by_street):
        assert sum(group["n"] for group in answer["groups"]) <= filed
        for group in answer["groups"]:
            assert group["n"] - group["kept"] == sum(group["missed_by_category"].values())
            assert len(group["missed_cases"]) == min(group["n"] - group["kept"], 20)
    missed = told["groups"][-1]["missed_cases"]
    assert all(asked(archive, "cases", "show", case)["case"] == case for case in missed[:1])
    assert {group["target"] for group in told["groups"]} == {0.95}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("performance", "--month", "2016-13"), 2),
        (("performance", "--month", "2999-01"), 2),
        (("performance", "--month", "2001-01"), 1),
        (("performance", "--indicator", "happiness"), 2),
        (("situation", "--date", "someday"), 2),
        (("situation", "--date", "2001-01-01"), 1),
        (("precursors", "mine"), 1),
        (("precursors", "accept", "a>b", "-m", "so"), 2),
        (("problems", "dismiss", "1", "-m", "so"), 2),
        (("kpi", "--as-of", "2001-01-01"), 1),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    archive: Path, words: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DIR", str(archive))
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert end.value.code == code


def test_the_index_of_each_street_says_what_is_not_known(archive: Path) -> None:
    told = asked(archive, "situation", "--date", "2016-12-20", "--by", "street")
    assert len(told["areas"]) == 17
    for area in told["areas"]:
        parts = {part["code"]: part for part in area["parts"]}
        assert parts["environment"]["value"] is None
        if area["index"] is not None:
            moved = sum(part["contribution"] for part in area["parts"])
            assert area["index"] == pytest.approx(50 + moved)


def test_reports_in_words_go_from_a_file_to_a_named_class(archive: Path, tmp_path: Path) -> None:
    env = {f"{PREFIX}ARCHIVE_DIR": str(tmp_path)}

    def run(*words: str) -> str:
        result = RUNNER.invoke(application(), list(words), env=env)
        assert result.exit_code == 0, result.output
        return result.stdout

    run(
        "simulate",
        "--texts",
        "--from",
        "2026-01-01",
        "--until",
        "2026-04-15",
        "--out",
        env[f"{PREFIX}ARCHIVE_DIR"],
    )
    file = tmp_path / "texts.jsonl"
    file.write_bytes(file.read_bytes() + b"{broken\n")
    told = msgspec.json.decode(run("problems", "find", str(file), "--json"))
    assert told["set_aside"]["bad-line"] == 1
    (found,) = told["problems"]
    assert {"共享", "单车"} <= set(found["problem"]["words"])
    name = found["problem"]["id"]
    shown = run(
        "problems",
        "name",
        name,
        "E0601",
        "--zh",
        "单车乱停",
        "--en",
        "Bikes",
        "--since",
        "2026-04-20",
    )
    assert "valid_from: 2026-04-20" in shown
    assert "class E0601 单车乱停 from 2026-04-20" in run("problems", "list")
    assert "named" in run("problems", "find", str(file), "--json")


def test_dossiers_hold_open_cases_of_several_departments_and_one_sees_its_own(
    tmp_path: Path,
) -> None:
    water = {"department": "water"}
    put(
        tmp_path,
        "cases",
        "05",
        step_row("1", "filed", "05 09:00", "06 12:00"),
        step_row("2", "filed", "05 10:00", "05 12:00") | water,
        step_row("3", "filed", "05 11:00") | water,
        step_row("3", "closed", "05 12:00") | water,
    )
    (one,) = asked(tmp_path, "dossiers")["dossiers"]
    shares = [(each["department"], [c["case"] for c in each["cases"]]) for each in one["shares"]]
    assert shares == [("water", ["2"]), ("environment", ["1"])], "the first due leads"
    (seen,) = asked(tmp_path, "dossiers", "--department", "water")["dossiers"]
    assert [share["department"] for share in seen["shares"]] == ["water"]
    assert asked(tmp_path, "dossiers", "--department", "gas")["dossiers"] == []


def test_a_held_case_of_a_dossier_is_not_overdue_and_time_is_that_of_the_archive(
    tmp_path: Path,
) -> None:
    water = {"department": "water"}
    put(
        tmp_path,
        "cases",
        "05",
        step_row("1", "filed", "05 09:00", "05 10:00"),
        step_row("1", "held", "05 09:30"),
        step_row("2", "filed", "05 09:00", "05 23:00") | water,
        step_row("3", "filed", "05 12:00", "05 23:00") | water,
    )
    (one,) = asked(tmp_path, "dossiers")["dossiers"]
    shares = {each["department"]: each for each in one["shares"]}
    assert shares["environment"]["due_ms"] is None
    assert not any(share["is_overdue"] for share in shares.values()), "of years ago, but then"
