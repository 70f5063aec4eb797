"""A server that is away for a while: try again with a growing pause, then give up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from config.errors import ServerUnavailable
from streams import logs
from streams.health import Health

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 2.0
_AWAY: Final = (OSError, TimeoutError, RedisConnectionError, RedisTimeoutError)

T = TypeVar("T")
log = logs.get(__name__)


class Patience:
    """Repeats calls to Redis while it is away.

    Parameters
    ----------
    health : Health
        Gets the condition `redis` and counts the retries.
    limit_s : float
        How long one call is repeated.
    sleep, clock : callable
        Given by tests.
    """

    def __init__(
        self,
        health: Health,
        limit_s: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health = health
        self._limit_s = limit_s
        self._sleep = sleep
        self._clock = clock

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call that may safely be repeated, until it succeeds.

        Raises
        ------
        ServerUnavailable
            Redis stayed away for longer than the limit.
        """
        began_s, pause_s = self._clock(), _FIRST_PAUSE_S
        while True:
            try:
                answer = await call()
            except _AWAY as error:
                self._tell(error, first=pause_s == _FIRST_PAUSE_S)
                if self._clock() - began_s + pause_s > self._limit_s:
                    msg = f"Redis did not answer for {self._limit_s:.0f} s: {error}"
                    raise ServerUnavailable(msg) from error
            else:
                self._health.condition("redis", None)
                return answer
            await self._sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _tell(self, error: BaseException, *, first: bool) -> None:
        self._health.condition("redis", f"does not answer: {error}")
        self._health.metrics.retries.labels("redis").inc()
        if first:
            log.warning("Redis does not answer, trying again", error=str(error))
