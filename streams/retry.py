"""A server that is away for a while: try again with a growing pause, then give up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from confluent_kafka import KafkaException
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from config.errors import ServerUnavailable
from streams import logs
from streams.health import Health

_PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8, 1.6, 2.0)  # between tries; the last one from then on

T = TypeVar("T")
AnyCall = Callable[[Callable[[], Any]], Any]  # makes a call, such as `Retry.call`
log = logs.get(__name__)


class Away(Exception):
    """A server does not answer, or does not have what is needed; worth another try."""


AWAY: Final = (
    Away,
    ServerUnavailable,
    OSError,  # TimeoutError is one
    KafkaException,
    RedisConnectionError,
    RedisTimeoutError,
)


class Retry:
    """Repeats calls that may safely be repeated until their server answers.

    Parameters
    ----------
    server : str
        `Kafka` or `Redis`, for people.
    limit_s : float
        How long one call is repeated.
    health : Health, optional
        Gets the condition of the server, counts the retries, and gets the pulse of a call that
        blocks the process.
    note : callable, optional
        Takes one line for people when a call begins to wait; without it the log does.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self,
        server: str,
        limit_s: float,
        health: Health | None = None,
        note: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._limit_s = limit_s
        self._health = health
        self._note = note
        self._clock = clock

    def call(self, ask: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep) -> T:
        """Make a call until it succeeds; blocks the process.

        Raises
        ------
        ServerUnavailable
            The server stayed away for longer than the limit.
        """
        began_s, tries = self._clock(), 0
        while True:
            try:
                answer = ask()
            except AWAY as error:
                pause_s = self._pause_s(error, tries, began_s)
            else:
                self._answered()
                return answer
            if self._health is not None:
                self._health.heartbeat()
            sleep(pause_s)
            tries += 1

    async def call_async(
        self,
        ask: Callable[[], Awaitable[T]],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> T:
        """Make a call until it succeeds; others go on meanwhile. Raises as `call` does."""
        began_s, tries = self._clock(), 0
        while True:
            try:
                answer = await ask()
            except AWAY as error:
                pause_s = self._pause_s(error, tries, began_s)
            else:
                self._answered()
                return answer
            await sleep(pause_s)
            tries += 1

    def _pause_s(self, error: Exception, tries: int, began_s: float) -> float:
        """Say that the server is away, and how long to wait; raises ServerUnavailable."""
        if tries == 0:
            self._begin_waiting(_text(error))
        if self._health is not None:
            self._health.condition(self._server.lower(), _text(error))
        pause_s = _PAUSES_S[min(tries, len(_PAUSES_S) - 1)]
        if self._clock() - began_s + pause_s > self._limit_s:
            raise self._given_up(error) from error
        if self._health is not None:
            self._health.metrics.retries.labels(self._server.lower()).inc()
        return pause_s

    def _begin_waiting(self, why: str) -> None:
        if self._note is None:
            log.warning(f"waiting for {self._server}", at_most_s=self._limit_s, why=why)
        else:
            self._note(f"waiting for {self._server}, up to {self._limit_s:g} s: {why}")

    def _given_up(self, error: Exception) -> ServerUnavailable:
        """Give the last word; a call may have found its own."""
        if isinstance(error, ServerUnavailable):
            return error
        return ServerUnavailable(
            f"{self._server} is not there after {self._limit_s:g} s of waiting: {_text(error)}"
        )

    def _answered(self) -> None:
        if self._health is not None:
            self._health.condition(self._server.lower(), None)


def _text(error: BaseException) -> str:
    """One line for people; a Kafka error wraps its text."""
    if isinstance(error, KafkaException):
        return str(error.args[0].str())
    return str(error)
