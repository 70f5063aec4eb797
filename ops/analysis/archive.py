"""The archive as a whole: views for readers, compaction, and the end of old days."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb

from config.errors import InputError
from models.archive.datasets import DATASETS, Dataset
from streams.sinks.archive_files import (
    ENDING,
    UNFINISHED,
    UNREADABLE,
    compact_day,
    day_files,
    day_folder,
    literal,
)

_LEFT_BEHIND_S: Final = 3600.0  # an unfinished file that is older belongs to nobody any more
_GOING: Final = ".deleted-"  # a day is renamed first, so that it leaves the views at once


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a dataset on the disk.

    Attributes
    ----------
    files, size : int
        Number of files, and bytes of all.
    """

    dataset: str
    day: date
    files: int
    size: int


def connect(archive: Path, between: tuple[date, date] | None = None) -> Any:
    """Open the archive for questions: a DuckDB connection with one view a dataset.

    The views `panes`, `case_panes`, `signals`, `warnings` and `cases` show of each row the
    newest version only, and beside its columns the `day`; one without files is empty. A query
    that runs while a day is compacted or deleted may miss a file and fail; ask again. Files that
    are no Parquet are left out (`unreadable` names them).

    Parameters
    ----------
    archive : Path
    between : (date, date), optional
        First and last day that the views show; else all. The versions of a row are of one day, so
        that the newest is found all the same.

    Examples
    --------
    >>> connect(Path("no archive")).execute("SELECT count(*) FROM panes").fetchall()
    [(0,)]
    """
    connection = duckdb.connect()
    for dataset in DATASETS.values():
        connection.execute(f"CREATE VIEW {dataset.name} AS {_view(archive, dataset, between)}")
    return connection


def days(archive: Path) -> list[Day]:
    """List all days of all datasets, in their order."""
    return [
        _measured(dataset, day, folder)
        for dataset in DATASETS
        for day, folder in sorted(_folders(archive, dataset))
    ]


def compact(archive: Path, dataset: str | None = None) -> list[Day]:
    """Make one file of each day; gives the days that had more.

    Raises
    ------
    OSError
        A file could not be read or written. Nothing is lost; try again.
    """
    _tidy(archive)
    done = []
    for found in days(archive):
        if dataset in (None, found.dataset) and found.files > 1:
            compact_day(archive, found.dataset, found.day.isoformat())
            done.append(found)
    return done


def outdated(archive: Path, keep: dict[str, int], today: date) -> list[Day]:
    """List the days that are older than is to be kept.

    Parameters
    ----------
    archive : Path
    keep : dict of str to int
        Days to keep, today included, by dataset; one without an entry is kept for good.
    today : date
    """
    return [
        found
        for found in days(archive)
        if found.dataset in keep and found.day <= today - timedelta(days=keep[found.dataset])
    ]


def delete(archive: Path, day: Day) -> None:
    """Delete a day; where this was interrupted, the next deletion or compaction ends it."""
    folder = day_folder(archive, day.dataset, day.day.isoformat())
    going = folder.with_name(f"{_GOING}{folder.name}")
    if going.exists():
        _remove(going)
    folder.rename(going)
    _remove(going)


def unreadable(archive: Path) -> list[Path]:
    """List the files that have the ending of the archive's and are no Parquet, set aside or not."""
    found = list(archive.glob(f"*/day=*/*{UNREADABLE}"))
    for dataset in DATASETS:
        found += day_files(archive, dataset)[1]
    return sorted(found)


def retention(text: str) -> dict[str, int]:
    """Read how many days of each dataset are kept, as `panes=400,cases=1825`.

    Raises
    ------
    InputError
        A dataset is unknown, or a number of days is not a positive number.

    Examples
    --------
    >>> retention("panes=400, cases=1825")
    {'panes': 400, 'cases': 1825}
    """
    keep: dict[str, int] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = item.partition("=")
        if name not in DATASETS or not number.isdecimal() or not int(number):
            msg = f"{item!r} is no retention: write DATASET=DAYS, with {', '.join(DATASETS)}"
            raise InputError(msg)
        keep[name] = int(number)
    return keep


def _view(archive: Path, dataset: Dataset, between: tuple[date, date] | None) -> str:
    """Write the query of a view; without files an empty one of the same columns."""
    if between is None:
        good, broken = day_files(archive, dataset.name)
    else:
        some = [day_files(archive, dataset.name, day) for day in _iso_days(*between)]
        good, broken = ([file for each in some for file in each[part]] for part in (0, 1))
    if not good:
        return dataset.no_rows(", CAST(NULL AS DATE) AS day")
    every = literal(archive / dataset.name / "day=*" / f"*{ENDING}")  # also what comes later
    files = f"[{', '.join(map(literal, good))}]" if broken or between else every
    source = (
        f"read_parquet({files}, union_by_name = true, hive_partitioning = true, "
        "hive_types = {'day': DATE})"
    )
    return dataset.newest_rows(source, ", day")


def _iso_days(first: date, last: date) -> Iterator[str]:
    for ahead in range((last - first).days + 1):
        yield (first + timedelta(days=ahead)).isoformat()


def _folders(archive: Path, dataset: str) -> Iterator[tuple[date, Path]]:
    for folder in (archive / dataset).glob("day=*"):
        try:
            yield date.fromisoformat(folder.name.removeprefix("day=")), folder
        except ValueError:
            continue  # not ours


def _measured(dataset: str, day: date, folder: Path) -> Day:
    files = [file.stat().st_size for file in folder.glob(f"*{ENDING}")]
    return Day(dataset=dataset, day=day, files=len(files), size=sum(files))


def _tidy(archive: Path) -> None:
    """Remove what an interrupted writing or deletion left behind."""
    for dataset in DATASETS:
        for folder in (archive / dataset).glob(f"{_GOING}*"):
            _remove(folder)
        for file in (archive / dataset).glob(f"day=*/.*{UNFINISHED}*"):
            if time.time() - file.stat().st_mtime < _LEFT_BEHIND_S:
                continue
            _remove(file)


def _remove(path: Path) -> None:
    """Delete a folder or file; of a link only the link, since what it points to is not ours."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
