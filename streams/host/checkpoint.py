"""Checkpoints in Redis: state and the offsets it stands for, written as one, by one owner.

A checkpoint is a hash. Whoever claims it puts an owner token into it; from then on every save by an
earlier owner is refused (fencing), so a process that slept through the loss of its partition cannot
overwrite its successor. Saves are numbered: where Redis itself lost the newest save, the next one
would lie on a base it was not made for, and is refused too.

`Checkpoints` serves synchronous processes and `AsyncCheckpoints` the Faust application; both speak
the same scripts and encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from config.errors import GridpulseError

OWNER: Final = b"@owner"
_CHUNK: Final = 64  # fields fetched at a time: large states must not stop Redis for others
_SAVED: Final = b"saved"
_FENCED: Final = b"fenced"

_CLAIM = """
redis.call('HSET', KEYS[1], '@owner', ARGV[1])
redis.call('HSETNX', KEYS[1], '@saves', 0)
return tonumber(redis.call('HGET', KEYS[1], '@saves'))
"""

# ARGV: owner, number of this save, count of pairs, pairs …, fields to delete …
_SAVE = """
local found = redis.call('HMGET', KEYS[1], '@owner', '@saves')
if not found[1] then return 'lost' end
if found[1] ~= ARGV[1] then return 'fenced' end
local saves, this = tonumber(found[2]), tonumber(ARGV[2])
if saves == this then return 'saved' end -- a repeat: the answer to the first try was lost
if saves ~= this - 1 then return 'lost' end
local last = 3 + 2 * tonumber(ARGV[3])
for first = 4, last, 1000 do
  redis.call('HSET', KEYS[1], unpack(ARGV, first, math.min(first + 999, last)))
end
for first = last + 1, #ARGV, 1000 do
  redis.call('HDEL', KEYS[1], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('HSET', KEYS[1], '@saves', this)
return 'saved'
"""

Changes = Mapping[bytes, bytes | None]


class CheckpointLost(GridpulseError):
    """A checkpoint is gone, or older than it was left: the state in memory has no base any more."""


class _Sequence:
    """Numbers the saves of each claimed checkpoint; what both clients share."""

    def __init__(self) -> None:
        self._saves: dict[str, int] = {}

    def begin(self, key: str, saves: int) -> None:
        self._saves[key] = saves

    def arguments(self, key: str, owner: str, changes: Changes) -> list[bytes | str | int]:
        """Arguments of the save script; raises KeyError where `key` was never claimed."""
        pairs: list[bytes | str | int] = []
        deleted: list[bytes] = []
        for name, value in changes.items():
            if name.startswith(b"@"):
                msg = f"field {name!r}: names that begin with @ belong to the checkpoint itself"
                raise ValueError(msg)
            if value is None:
                deleted.append(name)
            else:
                pairs += (name, value)
        return [owner, self._saves[key] + 1, len(pairs) // 2, *pairs, *deleted]

    def accept(self, key: str, answer: bytes) -> bool:
        """Read the script's answer; raises CheckpointLost."""
        if answer == _SAVED:
            self._saves[key] += 1
            return True
        if answer == _FENCED:
            return False
        raise _lost(key)


class Checkpoints:
    """Checkpoints for a synchronous process.

    Parameters
    ----------
    redis : redis.Redis
        Client with `decode_responses=False`. Its errors pass through; a call may be repeated after
        one, with the same arguments.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its stubs do not know that answers are bytes
        self._claim = self._redis.register_script(_CLAIM)
        self._save = self._redis.register_script(_SAVE)
        self._sequence = _Sequence()

    def claim(self, key: str, owner: str) -> dict[bytes, bytes]:
        """Become the owner of a checkpoint; gives its fields, none when it is new.

        Parameters
        ----------
        key : str
            `config.names.checkpoint_key(…)`.
        owner : str
            Token that no other claim uses.
        """
        self._sequence.begin(key, int(self._claim(keys=[key], args=[owner])))
        found: dict[bytes, bytes] = {}
        for names in _chunks(_own(self._redis.hkeys(key))):
            found.update(_present(names, self._redis.hmget(key, list(names))))
        return found

    def save(self, key: str, owner: str, changes: Changes) -> bool:
        """Write changed fields as one (None deletes); False: another owner has claimed it since.

        Raises
        ------
        CheckpointLost
            The checkpoint is gone or older than this owner left it.
        """
        arguments = self._sequence.arguments(key, owner, changes)
        return self._sequence.accept(key, self._save(keys=[key], args=arguments))


class AsyncCheckpoints:
    """Checkpoints for the event loop; see `Checkpoints`."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis: Any = redis  # its stubs mix sync and async answers
        self._claim = self._redis.register_script(_CLAIM)
        self._save = self._redis.register_script(_SAVE)
        self._sequence = _Sequence()

    async def claim(self, key: str, owner: str) -> dict[bytes, bytes]:
        """Become the owner of a checkpoint; gives its fields, none when it is new."""
        self._sequence.begin(key, int(await self._claim(keys=[key], args=[owner])))
        return await self.load(key)

    async def owns(self, key: str, owner: str) -> bool:
        """Tell whether a checkpoint still belongs to an owner.

        Raises
        ------
        CheckpointLost
            There is none any more.
        """
        found = await self._redis.hget(key, OWNER)
        if found is None:
            raise _lost(key)
        return bool(found == owner.encode())

    async def load(self, key: str) -> dict[bytes, bytes]:
        """Read the fields of a checkpoint, whoever owns it."""
        found: dict[bytes, bytes] = {}
        for names in _chunks(_own(await self._redis.hkeys(key))):
            found.update(_present(names, await self._redis.hmget(key, list(names))))
        return found

    async def save(self, key: str, owner: str, changes: Changes) -> bool:
        """Write changed fields as one (None deletes); False: another owner has claimed it since.

        Raises
        ------
        CheckpointLost
            The checkpoint is gone or older than this owner left it.
        """
        arguments = self._sequence.arguments(key, owner, changes)
        return self._sequence.accept(key, await self._save(keys=[key], args=arguments))


def _lost(key: str) -> CheckpointLost:
    return CheckpointLost(
        f"the checkpoint {key} in Redis is gone or older than it was left; "
        "start again: what is missing is read once more from Kafka"
    )


def _own(names: Sequence[bytes]) -> list[bytes]:
    """Leave out the fields that belong to the checkpoint itself."""
    return [name for name in names if not name.startswith(b"@")]


def _chunks(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for first in range(0, len(names), _CHUNK):
        yield names[first : first + _CHUNK]


def _present(names: Sequence[bytes], values: Sequence[bytes | None]) -> dict[bytes, bytes]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
