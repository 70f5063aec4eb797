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
from ops.cli import application

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
