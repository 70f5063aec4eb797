"""What the wall showed in the past, from the archive."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet

from config.errors import ServerUnavailable
from dashboards.common.moments import REACH_MS
from models.archive.datasets import MOMENTS
from models.situation.snapshot import Snapshot
from streams.sinks.archive_files import ENDING, day_folder

HELD: Final = 32  # decoded snapshots


class ArchivedMoments:
    """Finds moments in the archive; safe for several threads.

    A part is named by its time, so that only files of whole days have to be opened for it.

    Parameters
    ----------
    archive : Path
    zone : tzinfo
        Local time of the city, which days are cut by.
    """

    def __init__(self, archive: Path, zone: tzinfo) -> None:
        self._archive = archive
        self._zone = zone
        self._times_of: dict[Path, list[int]] = {}  # of files, which never change
        self._held: OrderedDict[tuple[int, tuple[Path, ...]], Snapshot | None] = OrderedDict()
        self._lock = Lock()

    def days(self) -> list[date]:
        """See `dashboards.common.moments.Moments`."""
        names = (folder.name.removeprefix("day=") for folder in self._folder().glob("day=*"))
        return sorted(day for day in map(_day, names) if day is not None)

    def times(self, day: date) -> list[int]:
        """See `dashboards.common.moments.Moments`."""
        return sorted(self._files(day))

    def at(self, at_ms: int) -> Snapshot | None:
        """See `dashboards.common.moments.Moments`."""
        day = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone).date()
        files = self._files(day - timedelta(days=1)) | self._files(day)
        times = sorted(files)
        place = bisect_right(times, at_ms)
        if not place or at_ms - times[place - 1] > REACH_MS:
            return None
        return self._held_or_read(times[place - 1], files[times[place - 1]])

    def _folder(self) -> Path:
        return self._archive / MOMENTS.name

    def _files(self, day: date) -> dict[int, list[Path]]:
        """Files of a day by the times in them."""
        found: dict[int, list[Path]] = {}
        folder = day_folder(self._archive, MOMENTS.name, day.isoformat())
        for file in sorted(folder.glob(f"*{ENDING}")):
            for time_ms in self._times_in(file):
                found.setdefault(time_ms, []).append(file)
        return found

    def _times_in(self, file: Path) -> list[int]:
        told, _, _ = file.name.partition("-")
        if told.isdecimal():
            return [int(told)]
        with self._lock:
            known = self._times_of.get(file)
        if known is None:
            known = [row["clock_ms"] for row in _rows(file, ["clock_ms"])]
            with self._lock:
                self._times_of[file] = known
        return known

    def _held_or_read(self, time_ms: int, files: Sequence[Path]) -> Snapshot | None:
        key = (time_ms, tuple(files))
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        found = _newest(time_ms, files)
        with self._lock:
            self._held[key] = found
            while len(self._held) > HELD:
                self._held.popitem(last=False)
        return found


def _newest(time_ms: int, files: Sequence[Path]) -> Snapshot | None:
    """Of a moment that was written more than once the last; None where it is none any more."""
    rows = [row for file in files for row in _rows(file, None, time_ms)]
    if not rows:
        return None
    last = max(rows, key=lambda row: int(row["written_ms"]))
    try:
        return Snapshot.from_bytes(last["snapshot"])
    except (msgspec.MsgspecError, ValueError):
        return None  # of another format: an older program wrote it


def _rows(file: Path, columns: list[str] | None, time_ms: int | None = None) -> list[Any]:
    """Read rows of a file; one that a compaction has just removed has none."""
    wanted = None if time_ms is None else [("clock_ms", "==", time_ms)]
    try:
        table = pa.parquet.read_table(file, columns=columns, filters=wanted, partitioning=None)
    except FileNotFoundError:
        return []
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{file} of the archive cannot be read: {' '.join(str(error).split())}"
        raise ServerUnavailable(msg) from error
    found: list[Any] = table.to_pylist()
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # not ours
