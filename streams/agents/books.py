"""District agent `books`: warnings, their audit, deliveries and hand-overs, for readers of Redis.

What people did is written at once; all else, such as receipts by the thousand, ten times a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from config.catalog import Catalog
from config.names import AUDIT, RECEIPTS, WARNINGS
from config.settings import Settings
from models.messages.handovers import HandoverNote
from models.messages.warnings import CityWarning, Reason
from models.situation.books import BookEntry, entry_of
from models.timing.pace import is_due
from streams.host.processor import AgentSpec, Effect, Record, WriteBooks
from streams.partitions import city_partition

SIGN_EVERY_MS: Final = 1000  # a sign of life, whether anything changed or not
MOST_WAITING: Final = 500

_BEGUN: Final = b"begun"
_WAITING: Final = b"waiting"


class BooksProcessor:
    """State of the agent: entries that were not written yet.

    Without a checkpoint the topics are read from their beginning: what the partition wrote before
    is of other topics, and goes first.

    Parameters
    ----------
    number : int
        The partition.
    has_city : bool
        Whether the city stands in it: the sign of life of an empty one would hide that the city's
        own stands still.
    """

    def __init__(self, number: int, *, has_city: bool = True) -> None:
        self._number, self._has_city = number, has_city
        self._waiting: list[BookEntry] = []
        self._has_begun = False
        self._is_moved = True
        self._now_ms = 0  # the newest tick's
        self._written_ms = 0

    def apply(self, record: Record) -> Sequence[Effect]:
        """Take the entry of a message in."""
        message = record.decode()
        entry = entry_of(message)
        if entry is None:
            return ()
        self._waiting.append(entry)
        self._is_moved = True
        is_command = isinstance(message, CityWarning) and message.reason is Reason.COMMAND
        by_person = is_command or isinstance(message, HandoverNote)
        is_full = len(self._waiting) >= MOST_WAITING
        return self._written() if self._now_ms and (by_person or is_full) else ()

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Write what waits, and each second a sign of life."""
        self._now_ms = now_ms
        shows_life = self._has_city and is_due(self._written_ms, now_ms, SIGN_EVERY_MS, 0)
        if self._waiting or not self._has_begun or shows_life:
            self._written_ms = now_ms
            return self._written()
        return ()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Give what waits, where that changed."""
        if not self._is_moved:
            return {}
        self._is_moved = False
        waiting = msgspec.msgpack.encode(self._waiting) if self._waiting else None
        return {_WAITING: waiting} | ({_BEGUN: b"1"} if self._has_begun else {})

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what waits."""
        self._has_begun = _BEGUN in fields
        self._is_moved = False
        if data := fields.get(_WAITING):
            self._waiting = msgspec.msgpack.decode(data, type=list[BookEntry])

    def _written(self) -> Sequence[Effect]:
        entries, self._waiting = tuple(self._waiting), []
        begins, self._has_begun = not self._has_begun, True
        self._is_moved = self._is_moved or bool(entries) or begins
        return [WriteBooks(self._number, self._now_ms, entries, begins)]


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent."""
    place = city_partition(catalog, settings)
    return AgentSpec(
        "books",
        "district",
        (WARNINGS, AUDIT, RECEIPTS),
        lambda number: BooksProcessor(number, has_city=number == place),
    )
