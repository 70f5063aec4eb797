"""Publish messages of the past, as fast as possible or at a multiple of real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from models.feeds.raw import RawMessage
from ops.kafka.raw_publisher import RawPublisher

_SLICE_S: Final = 0.1  # the longest sleep between two looks at the clock


@dataclass(frozen=True, kw_only=True)
class Published:
    """What was published.

    Attributes
    ----------
    messages : int
        All of them acknowledged by the broker.
    first_ms, last_ms : int or None
        Event times of the first and last message; None where there was none.
    seconds : float
        Wall time it took.
    """

    messages: int
    first_ms: int | None
    last_ms: int | None
    seconds: float


def paced(
    messages: Iterable[RawMessage],
    speed: float,
    now_s: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[RawMessage]:
    """Give each message when its event time has come, `speed` times faster than it passed.

    Parameters
    ----------
    messages : iterable of RawMessage
        In the order of event time; one that is out of order comes at once.
    speed : float
        Event seconds a wall second.
    now_s, sleep : callable
        A clock that never runs backwards, and how to wait; seconds.
    """
    start_s = now_s()
    first_ms: int | None = None
    for message in messages:
        first_ms = message.ts_ms if first_ms is None else first_ms
        due_s = start_s + (message.ts_ms - first_ms) / 1000 / speed
        while (left_s := due_s - now_s()) > 0:
            sleep(min(left_s, _SLICE_S))
        yield message


def publish_all(
    publisher: RawPublisher, feed: str, messages: Iterable[RawMessage], speed: float | None
) -> Published:
    """Publish messages to the raw topic of a feed, and wait for the acknowledgements.

    Parameters
    ----------
    speed : float or None
        Event seconds a wall second; None: as fast as possible.
    """
    start_s = time.monotonic()
    if speed is not None:
        publisher.speed = speed
        messages = paced(messages, speed, time.monotonic, publisher.pause)
    count, first_ms, last_ms = 0, None, None
    for message in messages:
        publisher.publish(feed, message)
        first_ms = message.ts_ms if first_ms is None else first_ms
        last_ms = message.ts_ms
        count += 1
    publisher.flush()
    seconds = time.monotonic() - start_s
    return Published(messages=count, first_ms=first_ms, last_ms=last_ms, seconds=seconds)
