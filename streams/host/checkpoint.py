"""Checkpoints in Redis: state and the offsets it stands for, written as one, by one owner.

A checkpoint is a hash. Whoever claims it puts an owner token into it; from then on every save by an
earlier owner is refused (fencing), so a process that slept through the loss of its partition cannot
overwrite its successor. Saves are numbered: where Redis itself lost the newest save, the next one
would lie on a base it was not made for, and is refused too. Every field carries a checksum; where
one does not match, the checkpoint is emptied, and the state is read again from the topics.

`Checkpoints` serves synchronous processes and `AsyncCheckpoints` the Faust application; both use
the same scripts and encoding (`scripts`, `fields`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from config.names import CHECKPOINTS
from streams import logs
from streams.host.fields import FORMAT, FieldDamaged, unseal
from streams.host.scripts import (
    CLAIM,
    MARK,
    OWNER,
    SAVE,
    Changes,
    CheckpointLost,
    CheckpointRefused,
    Claim,
    Saves,
    lost,
    refusal,
)

__all__ = [
    "AsyncCheckpoints",
    "CheckpointLost",
    "CheckpointRefused",
    "Checkpoints",
    "outdated",
    "refuse_other_formats",
]

_CHUNK: Final = 64  # fields fetched at a time: large states must not stop Redis for others

log = logs.get(__name__)


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
        self._claim = self._redis.register_script(CLAIM)
        self._save = self._redis.register_script(SAVE)
        self._saves = Saves()

    def claim(self, key: str, owner: str) -> dict[bytes, bytes]:
        """Become the owner of a checkpoint; gives its fields, none when it is new or was damaged.

        Parameters
        ----------
        key : str
            `config.names.checkpoint_key(…)`.
        owner : str
            Token that no other claim uses.

        Raises
        ------
        CheckpointRefused
            It was written by another version.
        """
        self._saves.begin(key, self._claim(keys=[key], args=[owner, FORMAT]))
        try:
            return self.load(key)
        except FieldDamaged as error:
            _log_damage(key, error)
            self.save(key, owner, dict.fromkeys(_own(self._redis.hkeys(key))))
            return {}

    def load(self, key: str) -> dict[bytes, bytes]:
        """Read the fields of a checkpoint, whoever owns it.

        Raises
        ------
        FieldDamaged
            A field does not match its checksum.
        """
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
        arguments = self._saves.arguments(key, owner, changes)
        return self._saves.accept(key, self._save(keys=[key], args=arguments))


class AsyncCheckpoints:
    """Checkpoints for the event loop; see `Checkpoints`."""

    def __init__(self, redis: AsyncRedis) -> None:
        self._redis: Any = redis  # its stubs mix sync and async answers
        self._claim = self._redis.register_script(CLAIM)
        self._save = self._redis.register_script(SAVE)
        self._mark = self._redis.register_script(MARK)
        self._saves = Saves()

    async def claim(self, key: str, owner: str) -> Claim:
        """Become the owner of a checkpoint.

        Raises
        ------
        CheckpointRefused
            It was written by another version.
        """
        answer = await self._claim(keys=[key], args=[owner, FORMAT])
        was_clean, mark = self._saves.begin(key, answer)
        try:
            return Claim(await self.load(key), was_clean, mark)
        except FieldDamaged as error:
            _log_damage(key, error)
            every = _own(await self._redis.hkeys(key))
            await self.save(key, owner, dict.fromkeys(every))
            return Claim({}, was_clean, mark)

    async def owns(self, key: str, owner: str) -> bool:
        """Tell whether a checkpoint still belongs to an owner.

        Raises
        ------
        CheckpointLost
            The checkpoint is gone.
        """
        found = await self._redis.hget(key, OWNER)
        if found is None:
            raise lost(key)
        return bool(found == owner.encode())

    async def load(self, key: str) -> dict[bytes, bytes]:
        """Read the fields of a checkpoint, whoever owns it.

        Raises
        ------
        FieldDamaged
            A field does not match its checksum.
        """
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
        arguments = self._saves.arguments(key, owner, changes)
        return self._saves.accept(key, await self._save(keys=[key], args=arguments))

    async def mark(self, key: str, owner: str, mark: bytes) -> None:
        """Say what is about to be done, for the successor if it ends this process."""
        await self._mark(keys=[key], args=[owner, mark])

    async def end(self, key: str, owner: str) -> None:
        """Say that this owner ends in order."""
        await self._mark(keys=[key], args=[owner, b""])


def outdated(redis: Redis) -> list[str]:
    """Say of each checkpoint that this version refuses why, and how to go on; for checks."""
    client: Any = redis
    sentences: list[str] = []
    for key in sorted(client.scan_iter(f"{CHECKPOINTS}*")):
        owner, version = client.hmget(key, ["@owner", "@format"])
        if owner is not None and version != b"%d" % FORMAT:
            sentences.append(str(refusal(key.decode())))
    return sentences


def refuse_other_formats(redis: Redis) -> None:
    """Refuse to start on checkpoints of another version.

    Raises
    ------
    CheckpointRefused
        Says how to rebuild their state.
    """
    sentences = outdated(redis)
    if sentences:
        raise CheckpointRefused(sentences[0])


def _log_damage(key: str, error: FieldDamaged) -> None:
    log.error(
        "a checkpoint is damaged; its state is read again from the topics", key=key, why=str(error)
    )


def _own(names: Sequence[bytes]) -> list[bytes]:
    """Leave out the fields that belong to the checkpoint itself."""
    return [name for name in names if not name.startswith(b"@")]


def _chunks(names: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for first in range(0, len(names), _CHUNK):
        yield names[first : first + _CHUNK]


def _present(names: Sequence[bytes], values: Sequence[bytes | None]) -> dict[bytes, bytes]:
    pairs = zip(names, values, strict=True)
    return {name: unseal(name, value) for name, value in pairs if value is not None}
