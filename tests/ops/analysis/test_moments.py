"""Moments of the past come from the archive as they were shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.errors import ServerUnavailable
from dashboards.common.moments import REACH_MS
from models.archive.moments import EVERY_MS, moment_part
from models.situation.snapshot import Headline, Snapshot
from models.timing.units import DAY_MS
from models.timing.zone import zone_of
from ops.analysis.moments import ArchivedMoments
from streams.host.processor import Archive
from streams.sinks.archive_files import compact_day, write_part

ZONE = "Asia/Shanghai"
MIDNIGHT_MS = int(datetime(2010, 4, 15, 16, tzinfo=UTC).timestamp() * 1000)
DAY = date(2010, 4, 16)


def shown(clock_ms: int, open_cases: float, written_ms: int = 1) -> Snapshot:
    return Snapshot(
        version=1,
        city="110101",
        grid="0",
        written_ms=written_ms,
        clock_ms=clock_ms,
        watermark_ms=clock_ms,
        headlines=[Headline(id="open_cases", value=open_cases)],
    )


def keep(archive: Path, snapshot: Snapshot) -> None:
    part = moment_part(snapshot, zone_of(ZONE))
    write_part(archive, Archive(part.dataset, part.day, part.name, part.rows))


def open_cases(moments: ArchivedMoments, at_ms: int) -> float | None:
    found = moments.at(at_ms)
    return None if found is None else found.headlines[0].value


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for number in range(3):
        keep(tmp_path, shown(MIDNIGHT_MS + number * EVERY_MS, number))
    keep(tmp_path, shown(MIDNIGHT_MS - EVERY_MS, 99))
    return tmp_path


def test_a_time_gives_the_moment_before_it_within_reach(archive: Path) -> None:
    moments = ArchivedMoments(archive, ZoneInfo(ZONE))
    last = MIDNIGHT_MS + 2 * EVERY_MS
    assert open_cases(moments, MIDNIGHT_MS + EVERY_MS) == 1
    assert open_cases(moments, MIDNIGHT_MS + EVERY_MS - 1) == 0
    assert open_cases(moments, MIDNIGHT_MS - 1) == 99  # of the day before
    assert open_cases(moments, last + REACH_MS) == 2
    assert open_cases(moments, last + REACH_MS + 1) is None
    assert open_cases(moments, MIDNIGHT_MS - DAY_MS) is None
    assert moments.days() == [date(2010, 4, 15), DAY]
    assert moments.times(DAY) == [MIDNIGHT_MS + number * EVERY_MS for number in range(3)]


def test_a_day_of_one_file_and_a_moment_written_twice_say_the_newest(archive: Path) -> None:
    moments = ArchivedMoments(archive, ZoneInfo(ZONE))
    keep(archive, shown(MIDNIGHT_MS, 7, written_ms=2))
    assert open_cases(moments, MIDNIGHT_MS) == 7
    compact_day(archive, "moments", DAY.isoformat())
    assert [open_cases(moments, MIDNIGHT_MS + n * EVERY_MS) for n in range(3)] == [7, 1, 2]
    assert len(moments.times(DAY)) == 3


def test_a_moment_of_another_format_is_none_and_a_broken_file_is_told(archive: Path) -> None:
    other = msgspec.structs.replace(shown(MIDNIGHT_MS + DAY_MS, 5), format=1)
    keep(archive, other)
    moments = ArchivedMoments(archive, ZoneInfo(ZONE))
    assert open_cases(moments, MIDNIGHT_MS + DAY_MS) is None
    file = archive / "moments" / f"day={DAY}" / f"{MIDNIGHT_MS + 2 * EVERY_MS}-broken.parquet"
    file.write_bytes(b"none")
    with pytest.raises(ServerUnavailable, match="cannot be read"):
        moments.at(MIDNIGHT_MS + 2 * EVERY_MS)


def test_an_archive_that_is_not_there_has_no_moment(tmp_path: Path) -> None:
    moments = ArchivedMoments(tmp_path / "none", ZoneInfo(ZONE))
    assert (moments.days(), moments.times(DAY), moments.at(MIDNIGHT_MS)) == ([], [], None)
