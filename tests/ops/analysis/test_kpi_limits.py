"""Limits apply case by case, from a file as from the archive; every number is recomputed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from config.settings import PREFIX
from ops.cli import application
from tests.ops.analysis.plain_kpi import ZONE, PlainCase, limit_of, plain_kpi

RUNNER = CliRunner()
MARCH = datetime(2024, 3, 1, tzinfo=ZONE)
CELL = "110101001001001"


def kpi(*arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    result = RUNNER.invoke(application(), ["kpi", *arguments, "--json"], env=env)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def values(answer: dict[str, Any], group: str = "all") -> dict[str, Any]:
    return {row["indicator"]: row["value"] for row in answer["rows"] if row["group"] == group}


def write(file: Path, cases: list[PlainCase]) -> Path:
    events = [event for case in cases for event in case.events(cell=CELL, actor="someone")]
    file.write_text("\n".join(json.dumps(event) for event in events))
    return file


def agree(answer: dict[str, Any], cases: list[PlainCase]) -> None:
    found = values(answer)
    for code, value in plain_kpi(cases).items():
        wanted = None if value is None else pytest.approx(value, rel=1e-9)
        assert found.get(code, 0) == wanted, code
    sources = Counter(limit_of(case)[1] for case in cases)
    assert answer["limits"] == {name: sources[name] for name in ("own", "registry", "none")}


def hours(n: float) -> timedelta:
    return timedelta(hours=n)


def test_an_extended_case_leaves_the_limits_of_the_others_alone(tmp_path: Path) -> None:
    cases = [
        PlainCase(
            number=str(number),
            category="E0301",
            reported=MARCH + hours(9 + number),
            filed=MARCH + hours(9.5 + number),
            closed=MARCH + hours(15 + 2 * number),
            extended=MARCH + hours(10 + number) if number == 3 else None,
            extended_to=MARCH + hours(60) if number == 3 else None,
        )
        for number in range(100)
    ]
    answer = kpi(str(write(tmp_path / "cases.jsonl", cases)))
    assert answer["limits"] == {"own": 1, "registry": 99, "none": 0}
    assert values(answer)["due"] == 100
    agree(answer, cases)


DELAY = st.none() | st.integers(1, 20_000)


@st.composite
def plain_cases(draw: st.DrawFn) -> list[PlainCase]:
    cases = []
    for number in range(draw(st.integers(1, 12))):
        reported = MARCH + timedelta(minutes=draw(st.integers(0, 28 * 1440)))
        course = draw(st.sampled_from(["straight", "straight", "cancelled", "rejected"]))
        filed = reported + timedelta(minutes=draw(st.integers(1, 600)))
        closed, own, extended = draw(DELAY), draw(DELAY), draw(DELAY)
        if course == "rejected":
            cases.append(
                PlainCase(number=str(number), category="E0102", reported=reported, rejected=filed)
            )
            continue
        is_cancelled = course == "cancelled"
        own = None if extended is not None else own
        cases.append(
            PlainCase(
                number=str(number),
                category=draw(st.sampled_from(["E0102", "E0301", "E0401"])),
                reported=reported,
                filed=filed,
                closed=None if is_cancelled or not closed else filed + timedelta(minutes=closed),
                cancelled=filed + hours(400) if is_cancelled else None,
                own_limit=None if own is None else filed + timedelta(minutes=own),
                extended=None if extended is None else filed + timedelta(seconds=1),
                extended_to=None if extended is None else filed + timedelta(minutes=extended),
            )
        )
    return cases


@settings(max_examples=12)
@given(plain_cases())
def test_every_number_is_what_pandas_gives(
    tmp_path_factory: pytest.TempPathFactory, cases: list[PlainCase]
) -> None:
    file = write(tmp_path_factory.mktemp("cases") / "cases.jsonl", cases)
    answer = kpi(str(file))
    agree(answer, cases)
    found = values(answer)
    assert found["filed"] == found["closed"] + found["open"] + found.get("cancelled", 0)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten simulated days of cases as raw messages, and an archive of it."""
    folder = tmp_path_factory.mktemp("month")
    span = ["--from", "2024-03-01", "--until", "2024-03-11", "--interval", "86400"]
    for arguments in (
        ["simulate", "--out", str(folder), *span],
        ["backtest", "cases", str(folder / "cases.jsonl"), "--report", str(folder / "report.json"),
         "--archive", str(folder / "archive")],
    ):  # fmt: skip
        result = RUNNER.invoke(application(), arguments)
        assert result.exit_code == 0, result.output
    return folder


def plain_cases_of(file: Path) -> list[PlainCase]:
    """The cases of a file of raw messages, put together anew."""
    told: dict[str, dict[str, Any]] = {}
    for line in file.read_text().splitlines():
        event = json.loads(line)
        case = told.setdefault(event["case"], {"number": event["case"]})
        at = datetime.fromtimestamp(event["ts"] / 1000, ZONE)
        if event["type"] in ("reported", "filed", "closed", "cancelled", "rejected", "extended"):
            case[event["type"]] = at
        if event["type"] == "reported":
            case["category"] = event["category"]
        if "due" in event:
            case["extended_to"] = datetime.fromtimestamp(event["due"] / 1000, ZONE)
        if event["type"] == "held":
            case["held"] = at
    return [
        PlainCase(**{k: v for k, v in one.items() if k != "held"})
        for one in told.values()
        if "held" not in one  # a hold moves a limit of the registry: tested elsewhere
    ]


def test_a_simulated_month_has_its_limits_from_the_registry(month: Path, tmp_path: Path) -> None:
    cases = plain_cases_of(month / "cases.jsonl")
    kept = {case.number for case in cases}
    lines = (month / "cases.jsonl").read_text().splitlines()
    file = tmp_path / "unheld.jsonl"
    file.write_text("\n".join(line for line in lines if json.loads(line)["case"] in kept))
    answer = kpi(str(file))
    wanted = plain_kpi(cases)
    found = values(answer)
    assert {c: found[c] for c in ("filed", "due", "overdue")} == {
        c: wanted[c] for c in ("filed", "due", "overdue")
    }
    assert found["due"] > 0.5 * found["filed"]
    assert answer["limits"]["registry"] > 10 * answer["limits"]["own"] > 0


def test_the_archive_gives_what_the_file_gives(month: Path) -> None:
    env = {f"{PREFIX}ARCHIVE_DIR": str(month / "archive")}
    for by in ("street", "department", "category", "month"):
        from_file = kpi(str(month / "cases.jsonl"), "--by", by)
        from_archive = kpi("--by", by, env=env)
        assert from_archive["rows"] == from_file["rows"]
        assert from_archive["limits"] == from_file["limits"]
