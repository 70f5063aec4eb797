"""What the archive says of whole areas is looked for once a minute, however many look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.errors import GridpulseError, InputError
from config.loader import load
from config.settings import Settings
from ops.analysis.overview import ArchiveOverview, Remembered
from tests.ops.bulletin.test_report import put, step


def test_answers_are_kept_for_a_minute_and_so_is_that_there_is_none() -> None:
    now_s, asked = [0.0], []

    def find(number: int) -> int:
        asked.append(number)
        if number < 0:
            msg = "no such number"
            raise InputError(msg)
        return 2 * number

    known = Remembered[int, int](find, lambda: now_s[0])
    assert [known.of(3), known.of(3), known.of(4)] == [6, 6, 8]
    for _ in range(2):
        with pytest.raises(InputError):
            known.of(-1)
    assert asked == [3, 4, -1]
    now_s[0] = 61.0
    assert known.of(3) == 6
    assert asked == [3, 4, -1, 3]


def test_only_so_many_answers_are_kept() -> None:
    asked = list[int]()
    known = Remembered[int, None](asked.append, lambda: 0.0)
    for number in [*range(40), 39, 0]:
        known.of(number)
    assert asked == [*range(40), 0]


def test_the_archive_answers_as_the_commands_do(tmp_path: Path) -> None:
    water = {"department": "water"}
    put(
        tmp_path,
        "cases",
        "05",
        step("1", "filed", "05 09:00", "06 12:00"),
        step("2", "filed", "05 10:00", "05 12:00") | water,
    )
    settings = replace(Settings(), archive_dir=tmp_path)
    overview = ArchiveOverview(settings, load(settings))
    (one,) = overview.dossiers(14)
    assert [share.department for share in one.shares] == ["water", "environment"]
    with pytest.raises(GridpulseError):
        overview.situation("street", date(1999, 1, 1))
