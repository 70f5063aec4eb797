"""District agent `archive`: closed panes, signals and warnings as rows by day, for good.

Start reading at `ArchiveProcessor`; the agent `archive_cases` is the same over `case-events`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import PANES, SIGNALS, WARNINGS
from config.settings import Settings
from models.archive.buffer import Buffer, Part
from models.archive.rows import Place, rows_of
from models.timing.zone import Zone, zone_of
from streams.host.processor import AgentSpec, Archive, Compact, Effect, Record

WAIT_MS: Final = 60_000
REST_MS: Final = 3_600_000  # wall clock: a day that was not written to for so long is compacted

_RESTING: Final = b"resting"


class ArchiveProcessor:
    """State of the agent: rows that wait, and the days whose parts are not one file yet.

    Rows wait in the checkpoint too, so a crash loses none; those written after it are written
    again, and readers take one of each. The wall clock decides only how rows are cut into files.

    Parameters
    ----------
    zone : Zone
        Local time of the city, which days are cut by.
    number : int
        The partition.
    wait_ms : int
        Wall clock: so long rows wait for more before they become a part.
    """

    def __init__(self, zone: Zone, number: int, wait_ms: int = WAIT_MS) -> None:
        self._wait_ms = wait_ms
        self._zone = zone
        self._buffer = Buffer(number)
        self._written_ms: dict[Place, int] = {}  # 0 until a tick has told the time
        self._waiting_ms = 0
        self._is_moved = False  # whether `_written_ms` changed since the last save

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take the rows of a message in."""
        rows = rows_of(record.decode(), self._zone)
        return self._written(self._buffer.add(record.offset, rows))

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Write what has waited, and compact the day that has rested longest."""
        effects: list[Effect] = []
        if self._buffer.is_empty:
            self._waiting_ms = 0
        elif not self._waiting_ms:
            self._waiting_ms = now_ms
        elif now_ms - self._waiting_ms >= self._wait_ms:
            effects += self._written(self._buffer.flush())
        for place, at_ms in self._written_ms.items():
            self._written_ms[place] = at_ms or now_ms
        return [*effects, *self._rested(now_ms)]

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give the rows that came and went."""
        fields = self._buffer.changes()
        if self._is_moved:
            fields[_RESTING] = msgspec.msgpack.encode(sorted(self._written_ms))
            self._is_moved = False
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the rows that wait; days begin their rest anew."""
        self._buffer.restore(fields)
        if data := fields.get(_RESTING):
            places = msgspec.msgpack.decode(data, type=list[Place])
            self._written_ms = dict.fromkeys(places, 0)

    def _written(self, parts: Iterable[Part]) -> list[Effect]:
        effects: list[Effect] = []
        for part in parts:
            effects.append(Archive(part.dataset, part.day, part.name, part.rows))
            self._written_ms[part.dataset, part.day] = 0
            self._is_moved = True
        return effects

    def _rested(self, now_ms: int) -> list[Effect]:
        """Give one compaction at a time: after a long replay many days come due at once."""
        if not self._written_ms:
            return []
        at_ms, place = min((at_ms, place) for place, at_ms in self._written_ms.items())
        if now_ms - at_ms < REST_MS:
            return []
        del self._written_ms[place]
        self._is_moved = True
        return [Compact(*place)]


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    del settings
    zone = zone_of(catalog.city.timezone)
    topics = (PANES, SIGNALS, WARNINGS)
    return AgentSpec(
        "archive",
        "district",
        topics,
        lambda number: ArchiveProcessor(zone, number),
        is_aside=True,
    )
