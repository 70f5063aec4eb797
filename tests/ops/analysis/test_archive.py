"""The archive as a whole: readers, compaction that is interrupted, retention, the command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pytest

from config.errors import InputError
from config.names import PANES
from config.settings import PREFIX
from models.archive.buffer import Buffer
from models.archive.datasets import DATASETS
from models.archive.rows import rows_of
from models.messages.topics import decode
from models.timing.units import HOUR_MS
from models.timing.zone import zone_of
from ops.analysis.archive import compact, connect, days, delete, outdated, retention, unreadable
from ops.cli import main
from streams.host.processor import Archive
from streams.sinks.archive_files import compact_day, write_part
from tests.models.archive.messages import CELL, NOON_MS, pane

DAY = "2016-04-01"


def store(archive: Path, *values: bytes) -> None:
    """Write one part a message."""
    buffer = Buffer(0)
    for offset, value in enumerate(values):
        buffer.add(offset, rows_of(decode(PANES, value), zone_of("Asia/Shanghai")))
        for part in buffer.flush():
            write_part(archive, Archive(part.dataset, part.day, part.name, part.rows))


def rows(archive: Path) -> list[tuple[object, ...]]:
    with connect(archive) as connection:
        found: list[tuple[object, ...]] = connection.execute(
            "SELECT * FROM panes ORDER BY ALL"
        ).fetchall()
        return found


def test_an_archive_that_is_not_there_has_empty_views_with_all_columns(tmp_path: Path) -> None:
    with connect(tmp_path / "none") as connection:
        for name, dataset in DATASETS.items():
            found = connection.execute(f"SELECT * FROM {name}").df()
            assert list(found.columns) == [*dataset.schema.names, "day"]
            assert found.empty


def test_pandas_reads_the_files_and_the_view(tmp_path: Path) -> None:
    store(tmp_path, pane({0: 400, 1: 300}), pane({0: 900, 1: 300}, revision=1, count=3))
    files = pd.read_parquet(tmp_path / "panes")
    assert len(files) == 4
    newest = files.sort_values("revision").drop_duplicates(
        ["feed", "metric", "cell", "start_ms"], keep="last"
    )
    with connect(tmp_path) as connection:
        view = connection.execute("SELECT * FROM panes ORDER BY cell").df()
    assert view["mean"].tolist() == newest.sort_values("cell")["mean"].tolist() == [30.0, 10.0]
    assert pd.to_datetime(view["start_ms"], unit="ms", utc=True).dt.hour.tolist() == [4, 4]
    assert view["cell"].tolist() == [str(CELL), str(CELL + 1)]
    assert view["day"].dt.strftime("%Y-%m-%d").tolist() == [DAY, DAY]


def test_a_path_with_a_quote_is_a_path(tmp_path: Path) -> None:
    archive = tmp_path / "the city's own"
    store(archive, pane({0: 1}), pane({0: 2}))
    assert len(compact(archive)) == 1
    assert len(rows(archive)) == 1


def test_compacting_changes_no_row_and_leaves_one_file(tmp_path: Path) -> None:
    values = [pane({0: n, 1: n}, start_ms=NOON_MS + n % 3 * HOUR_MS) for n in range(9)]
    store(tmp_path, *values)
    before = rows(tmp_path)
    assert [(day.files, day.day) for day in compact(tmp_path)] == [(9, date(2016, 4, 1))]
    assert rows(tmp_path) == before
    assert [day.files for day in days(tmp_path)] == [1]
    assert compact(tmp_path) == []
    store(tmp_path, values[4], pane({0: 50}, revision=1))  # a replay and a late correction
    changed = rows(tmp_path)
    assert changed != before
    compact(tmp_path)
    assert rows(tmp_path) == changed
    assert [day.files for day in days(tmp_path)] == [1]


def test_the_compacted_file_has_the_schema_of_the_parts(tmp_path: Path) -> None:
    store(tmp_path, pane({0: 1}), pane({0: 2}))
    whole = compact_day(tmp_path, "panes", DAY)
    assert whole is not None
    assert pa.parquet.ParquetFile(whole).schema_arrow.equals(DATASETS["panes"].schema)


def test_an_older_file_lacks_a_column_and_is_still_read(tmp_path: Path) -> None:
    store(tmp_path, pane({0: 1}), pane({1: 2}))
    for file in sorted((tmp_path / "panes").rglob("*.parquet")):
        table = pa.parquet.ParquetFile(file).read().drop_columns(["p95"])
        pa.parquet.write_table(table, file)
    with connect(tmp_path) as connection:
        asked_for = "SELECT sum, p95 FROM panes ORDER BY sum"
        assert connection.execute(asked_for).fetchall() == [(1, None), (2, None)]
        compact(tmp_path)
        assert connection.execute(asked_for).fetchall() == [(1, None), (2, None)]


@pytest.mark.parametrize("call", ["replace", "unlink"])
def test_a_compaction_that_dies_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store(tmp_path, pane({0: 1}), pane({0: 2}), pane({1: 3}))
    before = rows(tmp_path)

    def die(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, call, die)
        with pytest.raises(KeyboardInterrupt):
            compact_day(tmp_path, "panes", DAY)
    assert rows(tmp_path) == before
    compact(tmp_path)
    assert rows(tmp_path) == before
    assert [day.files for day in days(tmp_path)] == [1]


def test_a_file_that_is_no_parquet_holds_up_neither_readers_nor_compaction(tmp_path: Path) -> None:
    store(tmp_path, pane({0: 1}), pane({0: 2}))
    before = rows(tmp_path)
    broken = tmp_path / "panes" / f"day={DAY}" / "broken.parquet"
    broken.write_bytes(b"PAR1 no more")
    assert rows(tmp_path) == before
    assert unreadable(tmp_path) == [broken]
    compact(tmp_path)
    assert rows(tmp_path) == before
    kept = broken.with_name("broken.parquet.unreadable")
    assert kept.read_bytes() == b"PAR1 no more"
    assert unreadable(tmp_path) == [kept]
    assert days(tmp_path)[0].files == 1


def test_of_a_linked_day_only_the_link_is_deleted(tmp_path: Path) -> None:
    archive, elsewhere = tmp_path / "archive", tmp_path / "elsewhere"
    store(elsewhere, pane({0: 1}))
    (archive / "panes").mkdir(parents=True)
    (archive / "panes" / f"day={DAY}").symlink_to(elsewhere / "panes" / f"day={DAY}")
    for day in days(archive):
        delete(archive, day)
    assert days(archive) == []
    assert days(elsewhere)[0].files == 1


def test_a_part_written_again_is_the_same_file(tmp_path: Path) -> None:
    store(tmp_path, pane({0: 1}))
    store(tmp_path, pane({0: 1}))
    assert days(tmp_path)[0].files == 1
    store(tmp_path, pane({0: 2}))  # a topic made anew begins at offset 0 too
    assert days(tmp_path)[0].files == 2


def test_old_days_go_and_only_where_a_retention_says_so(tmp_path: Path) -> None:
    store(tmp_path, *(pane({0: 1}, start_ms=NOON_MS + n * 24 * HOUR_MS) for n in range(3)))
    today = date(2016, 4, 3)
    assert outdated(tmp_path, {}, today) == []
    assert outdated(tmp_path, {"cases": 1}, today) == []
    old = outdated(tmp_path, {"panes": 2}, today)
    assert [day.day for day in old] == [date(2016, 4, 1)]
    for day in old:
        delete(tmp_path, day)
    assert [day.day for day in days(tmp_path)] == [date(2016, 4, 2), date(2016, 4, 3)]


@pytest.mark.parametrize("text", ["panes", "panes=", "panes=0", "panes=-1", "rain=3", "panes=1.5"])
def test_a_retention_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no retention"):
        retention(text)


def test_the_command_shows_compacts_and_prunes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path, pane({0: 1}), pane({0: 2}))
    (tmp_path / "panes" / "not-ours").mkdir()
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DIR", str(tmp_path))
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DAYS", "panes=30")
    shown = asked(capsys, "show")["datasets"]["panes"]
    assert (shown["days"], shown["files"], shown["rows"]) == (1, 2, 1)
    assert shown["first"] == DAY
    assert asked(capsys, "compact")["days"] == [{"dataset": "panes", "day": DAY, "files": 2}]
    assert asked(capsys, "prune", "--dry-run")["deleted"] is False
    assert days(tmp_path) != []
    assert asked(capsys, "prune")["days"] == [{"dataset": "panes", "day": DAY, "files": 1}]
    assert days(tmp_path) == []


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        main(["archive", *arguments, "--json"])
    assert ended.value.code == 0
    answer: dict[str, Any] = msgspec.json.decode(capsys.readouterr().out)
    return answer
