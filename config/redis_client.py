"""The one way to Redis: clients that put the prefix of the city on every key.

Callers use the keys of `config.names`. Without a prefix the client is the library's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import redis
import redis.asyncio
from redis.asyncio.client import Pipeline as AsyncPipeline
from redis.client import Pipeline

from config.namespace import NO_PREFIX, Namespace

if TYPE_CHECKING:
    from config.settings import Settings

# Where the keys stand among the words after a command; what else is needed is added here.
_HASHES: Final = frozenset(["HDEL", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HSET"])
_SETS: Final = frozenset(["ZCARD", "ZRANGE", "ZRANGEBYSCORE"])
_FIRST: Final = frozenset(["EXPIRE", "GET", "PUBLISH", "SET"]) | _HASHES | _SETS
_EVERY: Final = frozenset(["DEL", "EXISTS", "MGET"])
_COUNTED: Final = frozenset(["EVAL", "EVALSHA"])  # script, number of keys, keys …
_NONE: Final = frozenset(["CLIENT", "CONFIG", "HELLO", "PING", "SCRIPT", "TIME"])
_MATCH: Final = b"MATCH"


def with_prefix(namespace: Namespace, words: tuple[Any, ...]) -> tuple[Any, ...]:
    """Put the prefix on the keys of a command.

    Raises
    ------
    ValueError
        It is not known where the keys of this command stand: it must not go out without a prefix.

    Examples
    --------
    >>> with_prefix(Namespace("east."), ("GET", "gp:snapshot"))
    ('GET', 'east.gp:snapshot')
    >>> with_prefix(Namespace("east."), ("EVALSHA", "5f", 1, "gp:a", "an argument"))
    ('EVALSHA', '5f', 1, 'east.gp:a', 'an argument')
    """
    command = str(words[0]).split()[0]
    if command in _NONE:
        return words
    if command in _FIRST:
        first, last = 1, 2
    elif command in _EVERY:
        first, last = 1, len(words)
    elif command in _COUNTED:
        first, last = 3, 3 + int(words[2])
    elif command == "SCAN":
        if _MATCH not in words:
            return (*words, _MATCH, namespace.outer("*"))
        first = words.index(_MATCH) + 1
        last = first + 1
    else:
        msg = f"Redis command {command}: where its keys stand is not known (config/redis_client.py)"
        raise ValueError(msg)
    # A pattern too: the prefix has no letter that means more in one.
    keys = (_outer(namespace, key) for key in words[first:last])
    return (*words[:first], *keys, *words[last:])


def sync_redis(settings: Settings, **options: Any) -> redis.Redis:
    """Open a client for blocking calls; `options` are those of `redis.Redis.from_url`."""
    return redis_at(settings.redis_url, settings.prefix, **options)


def redis_at(url: str, prefix: str = "", **options: Any) -> redis.Redis:
    """Open a client of the Redis at an address."""
    if not prefix:
        return redis.Redis.from_url(url, **options)
    client = cast(_Redis, _Redis.from_url(url, **options))
    client.namespace = Namespace(prefix)
    return client


def async_redis(settings: Settings, **options: Any) -> redis.asyncio.Redis:
    """Open a client for the event loop."""
    if not settings.prefix:
        return redis.asyncio.Redis.from_url(settings.redis_url, **options)
    client = cast(_AsyncRedis, _AsyncRedis.from_url(settings.redis_url, **options))
    client.namespace = Namespace(settings.prefix)
    return client


def _outer(namespace: Namespace, key: Any) -> Any:
    return namespace.prefix.encode() + key if isinstance(key, bytes) else namespace.outer(str(key))


def _answer(namespace: Namespace, words: tuple[Any, ...], answer: Any) -> Any:
    """Take the prefix off the keys that a search gave."""
    if words[0] != "SCAN":
        return answer
    cursor, keys = answer
    return cursor, [key.removeprefix(namespace.prefix.encode()) for key in keys]


class _Pipeline(Pipeline):
    namespace = NO_PREFIX

    def execute_command(self, *args: Any, **options: Any) -> Any:
        plain: Any = super()  # has no types
        return plain.execute_command(*with_prefix(self.namespace, args), **options)


class _AsyncPipeline(AsyncPipeline):
    namespace = NO_PREFIX

    def execute_command(self, *args: Any, **options: Any) -> Any:
        plain: Any = super()  # has no types
        return plain.execute_command(*with_prefix(self.namespace, args), **options)


class _Redis(redis.Redis):
    namespace = NO_PREFIX

    def execute_command(self, *args: Any, **options: Any) -> Any:
        plain: Any = super()  # has no types
        answer = plain.execute_command(*with_prefix(self.namespace, args), **options)
        return _answer(self.namespace, args, answer)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        made = _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        made.namespace = self.namespace
        return made


class _AsyncRedis(redis.asyncio.Redis):
    namespace = NO_PREFIX

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        plain: Any = super()  # has no types
        answer = await plain.execute_command(*with_prefix(self.namespace, args), **options)
        return _answer(self.namespace, args, answer)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> AsyncPipeline:
        made = _AsyncPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )
        made.namespace = self.namespace
        return made
