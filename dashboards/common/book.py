"""Books of Redis (`models.situation.books`), followed change by change in this process.

A first look reads a whole book, each further one only what changed since: one question of a few
bytes where nothing did. What is known never hides how old it is: every look says whether Redis
answered, whether anything was ever written, and whether the writer still lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import msgspec
from redis import Redis, RedisError

from config.names import BOOKS, book_keys
from models.messages.envelope import Message
from models.situation.books import Book

STALE_AFTER_MS: Final = 10_000  # the writer shows each second that it lives
_CHUNK: Final = 500


class BookState(StrEnum):
    """How far a book may be believed; each but `fresh` has its message `book.<value>`."""

    FRESH = "fresh"
    STALE = "stale"  # its writer has not been heard of for `STALE_AFTER_MS`
    EMPTY = "empty"  # nothing was ever written
    REDIS = "redis"  # Redis cannot be reached
    BROKEN = "broken"  # what is written is none that this version reads


M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Entered(Generic[M]):
    """An entry, and the number of the change that made it what it is."""

    change: int
    value: M


@dataclass(frozen=True, kw_only=True)
class BookView(Generic[M]):
    """A book at one moment.

    Attributes
    ----------
    state : BookState
        Where it is not `fresh`, `entries` are what was known last, or none.
    epoch : int
        Wall clock at which the books began: after a loss of Redis changes are counted anew.
    change : int
        Number of the newest change of any book that is in here.
    written_ms : int
        Wall clock of the writer's last sign of life; 0 where there was none.
    entries : mapping of str to Entered
        By name, in no order.
    """

    state: BookState
    epoch: int = 0
    change: int = 0
    written_ms: int = 0
    entries: Mapping[str, Entered[M]] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Name of this moment, for `since`.

        Examples
        --------
        >>> BookView(state=BookState.FRESH, epoch=1_700_000_000_000, change=17).mark
        '1700000000000-17'
        """
        return f"{self.epoch}-{self.change}"

    def since(self, mark: str) -> list[Entered[M]] | None:
        """Entries that changed after a moment, in that order; None where it is of another epoch.

        Then the whole book has to be read again.
        """
        epoch, _, number = mark.partition("-")
        if epoch != str(self.epoch) or not number.isdecimal() or int(number) > self.change:
            return None
        newer = (entered for entered in self.entries.values() if entered.change > int(number))
        return sorted(newer, key=lambda entered: entered.change)


class BookReader(Generic[M]):
    """Follows one book; may be asked from several threads.

    Parameters
    ----------
    client : redis.Redis
        With short time-outs (`dashboards.common.source.redis_client`).
    book : Book
    kind : type
        Of its entries.
    now_ms : callable
        Wall clock.
    """

    def __init__(self, client: Redis, book: Book, kind: type[M], now_ms: Callable[[], int]) -> None:
        self._client: Any = client  # its stubs mix sync and async answers
        self._entries_key, self._order_key, _ = book_keys(book.value)
        self._decoder = msgspec.json.Decoder(kind)
        self._now_ms = now_ms
        self._lock = Lock()
        self._view: BookView[M] = BookView(state=BookState.EMPTY)

    def read(self) -> BookView[M]:
        """Give the book as it is now; never raises for what Redis does or holds."""
        with self._lock:
            try:
                self._view = self._followed(self._view)
            except (RedisError, OSError):
                return _as(self._view, BookState.REDIS)
            except (msgspec.MsgspecError, ValueError, IndexError):
                return _as(self._view, BookState.BROKEN)
            return _as(self._view, self._state())

    def _state(self) -> BookState:
        if not self._view.written_ms:
            return BookState.EMPTY
        is_old = self._now_ms() - self._view.written_ms > STALE_AFTER_MS
        return BookState.STALE if is_old else BookState.FRESH

    def _followed(self, known: BookView[M]) -> BookView[M]:
        epoch, change, written_ms = (
            int(each or 0) for each in self._client.hmget(BOOKS, "epoch", "changes", "written_ms")
        )
        if epoch == known.epoch and change == known.change:
            return _as(known, known.state, written_ms)
        if epoch != known.epoch or change < known.change:
            known = BookView(state=BookState.EMPTY)
        entries = self._entries(known, change)
        return BookView(
            state=BookState.FRESH, epoch=epoch, change=change, written_ms=written_ms,
            entries=entries,
        )  # fmt: skip

    def _entries(self, known: BookView[M], change: int) -> dict[str, Entered[M]]:
        """Read what changed up to a change, and drop what is no longer there."""
        with self._client.pipeline(transaction=False) as batch:
            batch.zrangebyscore(self._order_key, f"({known.change}", change, withscores=True)
            batch.zcard(self._order_key)
            changed, count = batch.execute()
        entries = dict(known.entries)
        for name, number, data in self._values(changed):
            entries[name] = Entered(number, self._decoder.decode(data))
        if len(entries) != count:
            there = {name.decode() for name in self._client.zrange(self._order_key, 0, -1)}
            entries = {name: each for name, each in entries.items() if name in there}
        return entries

    def _values(self, changed: Sequence[tuple[bytes, float]]) -> Iterator[tuple[str, int, bytes]]:
        for first in range(0, len(changed), _CHUNK):
            some = changed[first : first + _CHUNK]
            values = self._client.hmget(self._entries_key, [name for name, _ in some])
            for (name, number), value in zip(some, values, strict=True):
                if value is not None:  # it was let go of since
                    yield name.decode(), int(number), value.split(b" ", 2)[2]


def _as(view: BookView[M], state: BookState, written_ms: int | None = None) -> BookView[M]:
    return BookView(
        state=state,
        epoch=view.epoch,
        change=view.change,
        written_ms=view.written_ms if written_ms is None else written_ms,
        entries=view.entries,
    )
