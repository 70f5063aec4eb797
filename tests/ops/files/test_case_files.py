"""Rows of a table of cases → the steps of each case."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.mapping import Mapping
from ops.files.case_files import read_cases

FILED = {"type": "filed", "time": {"column": "opened"}}
STEP = {**FILED, "when": {"column": "step", "values": ["filed"]}}


@pytest.mark.parametrize(
    ("events", "numbers", "note"),
    [
        ([FILED], "abc", []),
        ([FILED], "abcab", ["2 rows repeat the number of a case: taken as further steps of it"]),
        ([STEP], "abcab", []),  # each row is a step
    ],
)
def test_rows_that_repeat_a_case_are_told_unless_rows_are_steps(
    tmp_path: Path, events: list[dict[str, object]], numbers: str, note: list[str]
) -> None:
    file = tmp_path / "cases.csv"
    rows = [f"{case},2024-03-0{day}T08:00,filed\n" for day, case in enumerate(numbers, 1)]
    file.write_text("id,opened,step\n" + "".join(rows))
    fields = {"name": "m", "feed": "cases", "source": "invented", "timezone": "UTC", "case": "id"}
    read = read_cases(file, Mapping.model_validate(fields | {"events": events}), "UTC")
    assert sorted(read.steps) == ["a", "b", "c"]
    assert read.account.used == len(numbers)
    assert read.account.notes == note
