"""What the application writes to Redis for others: the snapshot, books, and signs of life."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from typing import Any, Final

from redis.asyncio import Redis

from config import names
from streams.host.processor import WriteBooks, WriteSnapshot
from streams.sinks.books import BookSink

LIFE_S: Final = 10  # a worker that has not reported for this long counts as gone


class RedisSink:
    """Writes for readers outside the application.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Its errors pass through; every call may be repeated.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its stubs mix sync and async answers
        self._books = BookSink(redis)

    async def write(self, effect: WriteSnapshot | WriteBooks) -> None:
        """Write the snapshot, or into the books."""
        if isinstance(effect, WriteBooks):
            await self._books.write(effect)
        else:
            await self.write_snapshot(effect)

    async def write_snapshot(self, effect: WriteSnapshot) -> None:
        """Replace the snapshot and its version in one transaction that also wakes the readers."""
        async with self._redis.pipeline(transaction=True) as batch:
            batch.set(names.SNAPSHOT, effect.data)
            batch.set(names.SNAPSHOT_VERSION, effect.version)
            batch.publish(names.SNAPSHOT_CHANNEL, effect.version)
            await batch.execute()

    async def sign_of_life(self, worker: str, report: Mapping[str, object]) -> None:
        """Say for the next `LIFE_S` seconds that a worker is alive, and how it is."""
        await self._redis.set(names.worker_key(worker), json.dumps(report), ex=LIFE_S)

    async def farewell(self, worker: str) -> None:
        """Take the sign of life back at an orderly end."""
        await self._redis.delete(names.worker_key(worker))


def worker_name() -> str:
    """Name this process: host and process id."""
    return f"{socket.gethostname()}-{os.getpid()}"
