"""Rows that wait until they are worth a file, and their copy in the checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import pyarrow as pa

from models.archive.datasets import DATASETS, Columns
from models.archive.rows import Place, Rows

FULL_ROWS: Final = 10_000  # a day with so many rows becomes a part at once
MOST_ROWS: Final = 50_000  # of all days together

_PREFIX: Final = b"rows/"

Chunk: TypeAlias = pa.RecordBatch | Columns  # Arrow once it is in the checkpoint


@dataclass
class _Waiting:
    """Rows of one dataset and day, in the order of their records."""

    chunks: list[tuple[int, int, Chunk]] = field(default_factory=list)  # first, last
    saved: int = 0  # so many chunks are in the checkpoint
    rows: int = 0

    def add(self, first: int, last: int, chunk: Chunk) -> None:
        self.chunks.append((first, last, chunk))
        self.rows += _size(chunk)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one dataset and day that become one file.

    Attributes
    ----------
    name : str
        From the offsets and the content: the same rows always get the same name, and other rows
        another, so that no file ever replaces different rows.
    rows : bytes
        Arrow IPC stream.
    """

    dataset: str
    day: str
    name: str
    rows: bytes


class Buffer:
    """Rows of one partition of a topic that have not become parts yet."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._waiting: dict[Place, _Waiting] = {}
        self._rows = 0  # of all that waits
        self._gone: set[bytes] = set()  # saved fields whose rows have become parts

    def add(self, offset: int, rows: Rows) -> list[Part]:
        """Take rows of the record at an offset in; gives the parts that became full."""
        for place, chunk in rows.items():
            self._waiting.setdefault(place, _Waiting()).add(offset, offset, chunk)
            self._rows += _size(chunk)
        full = [place for place in rows if self._waiting[place].rows >= FULL_ROWS]
        parts = [self._part(place) for place in full]
        if self._rows >= MOST_ROWS:
            parts += self.flush()
        return parts

    def flush(self) -> list[Part]:
        """Make parts of all that waits."""
        return [self._part(place) for place in sorted(self._waiting)]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def changes(self) -> dict[bytes, bytes | None]:
        """Give the rows that came since the last call, and take back those that became parts."""
        fields: dict[bytes, bytes | None] = dict.fromkeys(self._gone)
        self._gone.clear()
        for place, waiting in self._waiting.items():
            new = waiting.chunks[waiting.saved :]
            if new:
                first, last = new[0][0], new[-1][1]
                batch = _merged(place, [chunk for _, _, chunk in new])
                waiting.chunks[waiting.saved :] = [(first, last, batch)]
                waiting.saved = len(waiting.chunks)
                fields[_field(place, first, last)] = packed(batch)
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what `changes` gave and did not take back."""
        for name, data in fields.items():
            if name.startswith(_PREFIX):
                _, dataset, day, first, last = name.decode().split("/")
                batch = _merged((dataset, day), list(_unpacked(data)))
                waiting = self._waiting.setdefault((dataset, day), _Waiting())
                waiting.add(int(first), int(last), batch)
                self._rows += batch.num_rows
        for waiting in self._waiting.values():
            waiting.chunks.sort(key=lambda chunk: chunk[:2])
            waiting.saved = len(waiting.chunks)

    def _part(self, place: Place) -> Part:
        waiting = self._waiting.pop(place)
        self._rows -= waiting.rows
        saved = waiting.chunks[: waiting.saved]
        self._gone.update(_field(place, first, last) for first, last, _ in saved)
        data = packed(_merged(place, [chunk for _, _, chunk in waiting.chunks]))
        digest = hashlib.sha256(data).hexdigest()[:12]
        first, last = waiting.chunks[0][0], waiting.chunks[-1][1]
        return Part(*place, f"{self._number}-{first}-{last}-{digest}", data)


def _field(place: Place, first: int, last: int) -> bytes:
    dataset, day = place
    return _PREFIX + f"{dataset}/{day}/{first}/{last}".encode()


def _size(chunk: Chunk) -> int:
    return len(next(iter(chunk.values()))) if isinstance(chunk, dict) else int(chunk.num_rows)


def _merged(place: Place, chunks: list[Chunk]) -> pa.RecordBatch:
    """Join chunks in their order: what restarts and checkpoints made Arrow of comes first."""
    batches = [chunk for chunk in chunks if isinstance(chunk, pa.RecordBatch)]
    parts = [chunk for chunk in chunks if isinstance(chunk, dict)]
    if parts:
        batches.append(DATASETS[place[0]].batch(parts))
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def packed(batch: pa.RecordBatch) -> bytes:
    """Write rows as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _unpacked(data: bytes) -> Iterator[pa.RecordBatch]:
    with pa.ipc.open_stream(data) as reader:
        yield from reader
