"""Bad input of cases, from ingest to archive: each has a result that an operator sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.settings import PREFIX
from models.cases.quality import QualityFlag
from ops.backtest.file import BacktestRequest, backtest_file
from ops.cli import application

RUNNER = CliRunner()
Event = dict[str, Any]


def event(case: str, kind: str, hour: int, **more: Any) -> Event:
    """An event of one morning in Dongcheng, by a supervisor unless told otherwise."""
    ts = f"2024-03-01T{hour:02d}:00:00+08:00"
    common = {"cell": "110101001001001", "category": "E0102", "actor": "S-1", "role": "supervision"}
    return {"case": case, "type": kind, "ts": ts} | common | more


def loop(case: str) -> list[Event]:
    """All six steps as they should be."""
    by = [("S-1", "supervision")] * 2 + [("C-1", "command"), ("W-1", "department")]
    by += [("V-1", "supervision")] * 2
    kinds = ("reported", "filed", "dispatched", "disposed", "verified", "closed")
    return [
        event(case, kind, 8 + n, actor=actor, role=role, department="environment" if n == 2 else "")
        for n, (kind, (actor, role)) in enumerate(zip(kinds, by, strict=True))
    ]


BAD: dict[QualityFlag, list[Event]] = {
    QualityFlag.UNKNOWN_START: [event("x", "disposed", 9)],
    QualityFlag.UNKNOWN_DEPARTMENT: [
        event("x", "reported", 8),
        event("x", "filed", 9),
        event("x", "dispatched", 10, department="nobody"),
    ],
    QualityFlag.UNKNOWN_CATEGORY: [event("x", "reported", 8, category="ball lightning")],
    QualityFlag.CLOSED_BEFORE_FILING: [
        event("x", "reported", 8),
        event("x", "closed", 9),
        event("x", "filed", 10),
    ],
    QualityFlag.TIME_BACKWARDS: [
        *loop("x")[:2],
        event("x", "disposed", 10),
        event("x", "dispatched", 11, department="environment"),
    ],
    QualityFlag.MISSING_ACTOR: [event("x", "reported", 8), event("x", "filed", 9, actor="")],
    QualityFlag.IMPLAUSIBLE_TIME: [event("x", "reported", 8, ts="1984-03-01T08:00:00+08:00")],
    QualityFlag.TWO_CLOSINGS: [*loop("x"), event("x", "closed", 15)],
    QualityFlag.REOPENED: [*loop("x"), event("x", "dispatched", 16, department="environment")],
    QualityFlag.SELF_VERIFIED: [
        *loop("x")[:4],
        event("x", "verified", 12, actor="W-1", role="supervision"),
    ],
}


def archive_of(folder: Path, events: list[Event]) -> Path:
    """Send events through the live code path into an archive."""
    file, archive = folder / "events.jsonl", folder / "archive"
    file.write_text("\n".join(json.dumps(one) for one in events))
    report = backtest_file(BacktestRequest(feed="cases", file=file, archive=archive))
    assert (report["cases_in"], report["case_events_rejected"]) == (len(events), 0)
    return archive


def asked(archive: Path, *arguments: str) -> Any:
    env = {f"{PREFIX}ARCHIVE_DIR": str(archive)}
    result = RUNNER.invoke(application(), ["cases", *arguments, "--json"], env=env)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("flag", BAD, ids=lambda flag: flag.value)
def test_each_is_kept_flagged_and_found_by_its_reason_code(
    tmp_path: Path, flag: QualityFlag
) -> None:
    archive = archive_of(tmp_path, [*loop("good"), *BAD[flag]])
    found = asked(archive, "find", "--flag", flag.value)["cases"]
    assert [case["case"] for case in found] == ["x"]
    timeline = asked(archive, "show", "x")["timeline"]
    assert len(timeline) == len(BAD[flag])  # nothing is thrown away


def test_a_good_case_carries_no_flag(tmp_path: Path) -> None:
    assert asked(archive_of(tmp_path, loop("good")), "show", "good")["flags"] == []


def test_a_closed_case_stays_closed_whatever_comes_after(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, BAD[QualityFlag.REOPENED])
    assert asked(archive, "show", "x")["stage"] == "closed"


def test_a_category_that_nobody_lists_is_kept_as_it_was_sent(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, BAD[QualityFlag.UNKNOWN_CATEGORY])
    case = asked(archive, "show", "x")
    assert (case["category"], case["unlisted_category"]) == ("E9900", "ball lightning")
    env = {f"{PREFIX}ARCHIVE_DIR": str(archive)}
    screen = RUNNER.invoke(application(), ["cases", "show", "x"], env=env).stdout
    assert "sent as ball lightning, which is no class of the list" in screen
