"""Writes the books (`models.situation.books`) into Redis, each batch as one step.

Every change has a number that only grows, so that a reader asks for what came after the last one
it saw. A value is kept as `<version> <partition> <JSON>`: an entry that comes again is passed over.
The dashboards read what is written here (`dashboards.common.book`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from redis.asyncio import Redis

from config.names import BOOKS, book_keys
from models.situation.books import MOST_SETTLED, Book, BookEntry
from streams.host.processor import WriteBooks

_AT_ONCE: Final = 200  # entries of one script
_ORDER: Final = list(Book)
_KEYS: Final = [BOOKS, *(key for book in Book for key in book_keys(book))]

# KEYS: the head, then entries, order and settled of each book.
# ARGV: wall clock, partition; then book, name, version, settled, most settled, value of each entry
ENTER: Final = """
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
redis.call('HSET', KEYS[1], 'written_ms', ARGV[1])
for at = 3, #ARGV, 6 do
  local first = 2 + 3 * tonumber(ARGV[at])
  local entries, order, settled = KEYS[first], KEYS[first + 1], KEYS[first + 2]
  local name, version = ARGV[at + 1], ARGV[at + 2]
  local old = redis.call('HGET', entries, name)
  if not old or tonumber(string.match(old, '^%d+')) < tonumber(version) then
    local change = redis.call('HINCRBY', KEYS[1], 'changes', 1)
    redis.call('HSET', entries, name, version .. ' ' .. ARGV[2] .. ' ' .. ARGV[at + 5])
    redis.call('ZADD', order, change, name)
    redis.call('ZREM', settled, name)
    if ARGV[at + 3] == '1' then
      redis.call('ZADD', settled, change, name)
      local over = redis.call('ZCARD', settled) - tonumber(ARGV[at + 4])
      if over > 0 then
        local gone = redis.call('ZPOPMIN', settled, over)
        for each = 1, #gone, 2 do
          redis.call('HDEL', entries, gone[each])
          redis.call('ZREM', order, gone[each])
        end
      end
    end
  end
end
"""

# ARGV: partition
EMPTY: Final = """
for first = 2, #KEYS, 3 do
  local found = redis.call('HGETALL', KEYS[first])
  for each = 1, #found, 2 do
    if string.match(found[each + 1], '^%d+ (%d+)') == ARGV[1] then
      redis.call('HDEL', KEYS[first], found[each])
      redis.call('ZREM', KEYS[first + 1], found[each])
      redis.call('ZREM', KEYS[first + 2], found[each])
    end
  end
end
redis.call('HINCRBY', KEYS[1], 'changes', 1)
"""


class BookSink:
    """Writes for all readers.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Its errors pass through; every call may be repeated.
    """

    def __init__(self, redis: Redis) -> None:
        client: Any = redis  # its stubs mix sync and async answers
        self._enter = client.register_script(ENTER)
        self._empty = client.register_script(EMPTY)

    async def write(self, effect: WriteBooks) -> None:
        """Enter what is new, each entry once, and note that the writer lives."""
        if effect.begins:
            await self._empty(keys=_KEYS, args=[effect.partition])
        for entries in _portions(effect.entries):
            args = [effect.written_ms, effect.partition]
            await self._enter(keys=_KEYS, args=[*args, *(a for e in entries for a in _args(e))])


def _portions(entries: Sequence[BookEntry]) -> Iterator[Sequence[BookEntry]]:
    """Cut entries into portions that a script can take; at least one, for the sign of life."""
    for first in range(0, max(len(entries), 1), _AT_ONCE):
        yield entries[first : first + _AT_ONCE]


def _args(entry: BookEntry) -> tuple[str | int | bytes, ...]:
    return (
        _ORDER.index(entry.book),
        entry.name,
        entry.version,
        int(entry.is_settled),
        MOST_SETTLED[entry.book],
        entry.value,
    )
