"""A Redis of dictionaries that runs the real Lua scripts, can be away, and can lose its newest."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from random import Random
from typing import Any, Final

from lupa.lua51 import LuaRuntime

from tests.simulation.loop import SimLoop, empty_context

_LUA: Final = LuaRuntime(encoding=None, unpack_returned_tuples=False)
_REMEMBERED: Final = 200  # commands that can be lost
UNSAVED_S: Final = 2.0  # what `appendfsync everysec` can lose with the machine


@lru_cache(20)
def _compiled(script: str) -> Any:
    return _LUA.eval(b"function(KEYS, ARGV, redis) " + script.encode() + b" end")


def _all_bytes(values: Sequence[Any]) -> list[bytes]:
    return [value if type(value) is bytes else _bytes(value) for value in values]


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).encode()


class SimRedis:
    """The server.

    Attributes
    ----------
    is_away : bool
        No client gets an answer.
    lost_answers : float
        Share of commands that are carried out and not answered.
    done : Counter of str
        What went wrong.
    forgotten : set of bytes
        Names that were set, told so, and lost.
    """

    def __init__(self, loop: SimLoop, rng: Random) -> None:
        self.loop = loop
        self.rng = rng
        self.is_away = False
        self.lost_answers = 0.0
        self.hashes: dict[bytes, dict[bytes, bytes]] = {}
        self.strings: dict[bytes, bytes] = {}
        self.done: Counter[str] = Counter()
        self.forgotten: set[bytes] = set()
        self._undo: deque[tuple[float, list[Callable[[], object]]]] = deque(maxlen=_REMEMBERED)
        self._crash: tuple[int, Callable[[], object]] | None = None
        self._redis = _LUA.table_from({b"call": self._call})

    # --- commands ------------------------------------------------------------------------------

    def script(self, text: str, keys: Sequence[Any], args: Sequence[Any]) -> Any:
        self._begin()
        asked = _LUA.table_from(_all_bytes(keys)), _LUA.table_from(_all_bytes(args))
        return _compiled(text)(*asked, self._redis)

    def hget(self, key: Any, name: Any) -> bytes | None:
        table = self.hashes.get(_bytes(key))
        return None if table is None else table.get(_bytes(name))

    def hkeys(self, key: Any) -> list[bytes]:
        return list(self.hashes.get(_bytes(key), {}))

    def hmget(self, key: Any, names: Iterable[Any]) -> list[bytes | None]:
        table = self.hashes.get(_bytes(key), {})
        return [table.get(_bytes(name)) for name in names]

    def mget(self, keys: Iterable[Any]) -> list[bytes | None]:
        return [self.strings.get(_bytes(key)) for key in keys]

    def set(self, key: Any, value: Any, nx: bool = False, ex: int | None = None) -> bool | None:
        self._begin()
        name = _bytes(key)
        if nx and name in self.strings:
            return None
        self._undo[-1][1].append(self._restorer(self.strings, name))
        self.strings[name] = _bytes(value)
        return True

    def delete(self, key: Any) -> int:
        self._begin()
        name = _bytes(key)
        self._undo[-1][1].append(self._restorer(self.strings, name))
        return int(self.strings.pop(name, None) is not None)

    def publish(self, channel: Any, value: Any) -> int:
        return 0

    def _call(self, command: bytes, key: bytes, *args: Any) -> Any:  # noqa: PLR0911
        """A command out of a script."""
        table = self.hashes.setdefault(key, {})
        rest = _all_bytes(args)
        if command == b"HGET":
            return table.get(rest[0], False)
        if command == b"HMGET":
            return _LUA.table_from([table.get(name, False) for name in rest])
        if command == b"HSET":
            return self._put(table, rest)
        if command in (b"HDEL", b"ZREM"):
            for name in rest:
                self._undo[-1][1].append(self._restorer(table, name))
                table.pop(name, None)
            return len(rest)
        if command == b"HGETALL":
            return _LUA.table_from([part for pair in table.items() for part in pair])
        if command == b"ZCARD":
            return len(table)
        if command == b"ZPOPMIN":
            lowest = sorted(table, key=lambda name: (float(table[name]), name))[: int(rest[0])]
            popped = [part for name in lowest for part in (name, table[name])]
            self._call(b"HDEL", key, *lowest)
            return _LUA.table_from(popped)
        if command == b"ZADD":
            return self._call(b"HSET", key, rest[1], rest[0])
        if command == b"HINCRBY":
            self._call(b"HSET", key, rest[0], int(table.get(rest[0], b"0")) + int(rest[1]))
            return table[rest[0]]
        if command == b"HSETNX" and rest[0] in table:
            return 0
        assert command == b"HSETNX", command
        return self._put(table, rest)

    def _put(self, table: dict[bytes, bytes], rest: list[bytes]) -> int:
        for name, value in zip(rest[::2], rest[1::2], strict=True):
            self._undo[-1][1].append(self._restorer(table, name))
            table[name] = value
        return len(rest) // 2

    # --- faults --------------------------------------------------------------------------------

    def crash_after(self, commands: int, crash: Callable[[], object]) -> None:
        """Have something happen up to a second after so many more writes."""
        self._crash = (commands, crash)

    def stay(self) -> None:
        """Have it not happen."""
        self._crash = None

    def lose_newest(self) -> None:
        """Come back as before the newest writes: those that were not yet on the disk."""
        since_s = self.loop.time() - UNSAVED_S * self.rng.random()
        while self._undo and self._undo[-1][0] >= since_s:
            self.done["lost write of redis"] += 1
            for undo in reversed(self._undo.pop()[1]):
                undo()

    def _begin(self) -> None:
        self._undo.append((self.loop.time(), []))
        if self._crash is not None:
            left, crash = self._crash
            self._crash = (left - 1, crash) if left > 1 else None
            if left <= 1:
                self.loop.call_later(self.rng.random(), crash, context=empty_context())

    def _restorer(self, table: dict[bytes, bytes], name: bytes) -> Callable[[], object]:
        if name in table:
            value = table[name]
            return lambda: table.__setitem__(name, value)

        def forget() -> None:
            table.pop(name, None)
            if table is self.strings:
                self.forgotten.add(name)

        return forget

    def loses_answer(self) -> bool:
        is_lost = self.lost_answers > 0 and self.rng.random() < self.lost_answers
        self.done["lost answer of redis"] += is_lost
        return is_lost

    def latency_s(self) -> float:
        return 0.0005 + 0.005 * self.rng.random()
