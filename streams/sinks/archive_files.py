"""Files of the archive: parts are written whole or not at all, a day is compacted without a gap.

A file is written beside its place, flushed to the disk, and renamed. A compaction removes the
parts only after the file that holds their rows is safe; whenever it is interrupted, readers see
each row at least once and count it once.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet

from models.archive.datasets import DATASETS
from streams.host.processor import Archive

ENDING: Final = ".parquet"
UNFINISHED: Final = ".unfinished"
UNREADABLE: Final = ".unreadable"  # added to the name of a file that holds no Parquet
COMPRESSION: Final = "zstd"
ROW_GROUP: Final = 100_000
COMPACTION_MEMORY: Final = "512MB"  # more spills to the disk


def day_folder(archive: Path, dataset: str, day: str) -> Path:
    """Folder of one day of a dataset."""
    return archive / dataset / f"day={day}"


def write_part(archive: Path, part: Archive) -> Path:
    """Write one part; again is the same as once.

    Raises
    ------
    OSError
        The folder cannot be written to, or the disk is full.
    """
    folder = day_folder(archive, part.dataset, part.day)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished(folder)
    with pa.ipc.open_stream(part.rows) as reader:
        pa.parquet.write_table(reader.read_all(), unfinished, compression=COMPRESSION)
    return _finish(unfinished, folder / f"{part.part}{ENDING}")


def day_files(archive: Path, dataset: str, day: str = "*") -> tuple[list[Path], list[Path]]:
    """List the files of a day, or of all, that are Parquet, and those that only have its ending."""
    found = sorted((archive / dataset).glob(f"day={day}/*{ENDING}"))
    broken = [file for file in found if not _is_parquet(file)]
    return [file for file in found if file not in broken], broken


def mark_of(archive: Path, dataset: str, last_day: str) -> tuple[int, int]:
    """Give what changes whenever a file of a dataset comes or goes, up to a day.

    No file is opened: a file gets its name when it is whole, which the folder of its day notes.

    Returns
    -------
    days : int
    written_ns : int
        When a file of the one changed last came or went, by the clock of the disk.
    """
    last = day_folder(archive, dataset, last_day).name
    days = [day for day in (archive / dataset).glob("day=*") if day.name <= last]
    written_ns = 0
    for day in days:
        with suppress(FileNotFoundError):  # it went while this was read
            written_ns = max(written_ns, day.stat().st_mtime_ns)
    return len(days), written_ns


def compact_day(archive: Path, dataset: str, day: str) -> Path | None:
    """Make one file of the parts of a day; gives it, None where there was nothing to do.

    A file that is no Parquet is renamed (`UNREADABLE`) and kept; it holds up neither the day nor
    its readers.

    Raises
    ------
    OSError
        A file could not be read or written. Nothing is lost; try again.
    """
    folder = day_folder(archive, dataset, day)
    parts, broken = day_files(archive, dataset, day)
    for file in broken:
        file.rename(file.with_name(f"{file.name}{UNREADABLE}"))
    if len(parts) < 2:
        return None
    names = "\n".join(part.name for part in parts)
    digest = hashlib.sha256(names.encode()).hexdigest()[:12]
    unfinished = _unfinished(folder)
    try:
        _merge(dataset, parts, unfinished)
    except duckdb.Error as error:
        unfinished.unlink(missing_ok=True)
        msg = f"{folder} could not be compacted: {' '.join(str(error).split())}"
        raise OSError(msg) from error
    whole = _finish(unfinished, folder / f"compacted-{digest}{ENDING}")
    for part in parts:
        if part != whole:
            part.unlink(missing_ok=True)
    return whole


def _merge(dataset: str, parts: list[Path], target: Path) -> None:
    """Write the rows that count, in the order of their key."""
    known = DATASETS[dataset]
    keys = ", ".join(f'"{name}"' for name in known.key)
    query = known.newest_rows("read_parquet($parts, union_by_name = true)")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute(f"SET memory_limit = '{COMPACTION_MEMORY}'")
        connection.execute(f"SET temp_directory = {literal(target.parent / f'{target.name}.d')}")
        files = {"parts": [str(part) for part in parts]}
        found = connection.sql(f"{query} ORDER BY {keys}", params=files)
        # Not COPY: it would mark columns that happen to have no gaps as never having one.
        with pa.parquet.ParquetWriter(target, known.schema, compression=COMPRESSION) as writer:
            for batch in found.to_arrow_reader(ROW_GROUP):
                writer.write_table(pa.Table.from_batches([batch]).cast(known.schema))


def _is_parquet(file: Path) -> bool:
    """Tell whether a file has the head and the foot of a Parquet file."""
    try:
        pa.parquet.read_metadata(file)
    except (pa.ArrowInvalid, OSError):
        return False
    return True


def literal(value: object) -> str:
    """Quote a text for SQL where no parameter may stand."""
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"


def _unfinished(folder: Path) -> Path:
    return folder / f".{uuid.uuid4().hex}{UNFINISHED}"


def _finish(unfinished: Path, target: Path) -> Path:
    """Make a file safe and give it its name."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return target
