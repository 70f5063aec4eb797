"""Publishes raw messages of the past, marked as a replay, so that ingest knows them for one.

Each record carries the event time as the time it was sent, so that old data pass the clock checks
of ingest and everything downstream lives in the day of the data. Beside it stands the run of the
replay; every raw partition gets a mark when the run begins, from time to time that it goes on and
what its clock says, and when it has ended.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Unpack

from confluent_kafka import KafkaException

from config import names
from config.errors import InputError, ServerUnavailable
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.feeds.replay_run import ReplayMark, run_header
from ops.kafka.rights import require
from ops.kafka.topics import CREATE_COMMAND
from streams.ingest.servers import LoginWatch
from streams.producer import CLIENT_LOG, Extras, NotDelivered, QueuedProducer, producer_config
from streams.retry import Retry

_TRY_S: Final = 2.0  # one look for the broker
_ACKNOWLEDGED_S: Final = 60.0  # for the last records
_FAREWELL_S: Final = 5.0  # for the marks of a replay that was broken off
_AHEAD_MS: Final = 1000  # clocks of this machine and of the broker may differ by it
HEARTBEAT_S: Final = 2.0  # between two marks that a replay goes on


@dataclass(slots=True)
class _Run:
    """The replay of one feed: how its records are marked, and what its partitions know.

    `at_s` is when its clock stood at `clock_ms`, `marked_s` when they last got a mark, both in
    monotonic seconds.
    """

    header: bytes
    partitions: int
    clock_ms: int
    at_s: float
    marked_s: float

    def now_ms(self, speed: float) -> int:
        """Tell what its clock says; while no message is due it goes on by itself."""
        return self.clock_ms + round((time.monotonic() - self.at_s) * speed * 1000)


class RawPublisher:
    """Publishes to raw topics; use as a context manager, which waits for all acknowledgements.

    Parameters
    ----------
    settings : Settings
        `brokers`, and `wait_s` to wait for them.
    note : callable
        Takes one line for people, such as that the broker is waited for.
    run : str, optional
        Names the replay; default a new name.

    Attributes
    ----------
    run : str
    speed : float
        Event seconds a wall second at which its clock goes on while no message is due.

    Raises
    ------
    ServerUnavailable
        The broker does not answer in time, or does not acknowledge a record.
    """

    def __init__(
        self, settings: Settings, note: Callable[[str], None], run: str | None = None
    ) -> None:
        self.run = f"replay-{uuid.uuid4().hex[:12]}" if run is None else run
        self.speed = 0.0
        self._settings = settings
        self._runs: dict[str, _Run] = {}  # by feed
        self._login = LoginWatch(settings)
        self._producer = QueuedProducer(
            {
                **producer_config(settings),
                "error_cb": self._login,
                "linger.ms": 20,
                "batch.num.messages": 10_000,
                "queue.buffering.max.messages": 200_000,
                "logger": CLIENT_LOG,  # what goes wrong is told by the errors below
            },
            namespace=settings.namespace,
            full_s=math.inf,  # what the broker does not take is given up by the client, and told
        )
        self._await_broker(note)

    def __enter__(self) -> RawPublisher:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for feed in self._runs:  # also where it was broken off: nothing more comes of it
            self._mark(feed, ReplayMark.END)
        if kind is None:
            self.flush()
        else:
            with suppress(NotDelivered, ServerUnavailable):
                self._producer.flush(_FAREWELL_S)

    def require(self, feed: str) -> None:
        """Check that the raw topic of a feed is there, rather than let the broker make one.

        Raises
        ------
        InputError
            It is not.
        ConfigError
            We may not write to it.
        """
        topic = names.raw_topic(feed)
        require(self._settings, writes=[topic])
        if topic not in self._topics():
            msg = f"there is no topic {topic} at {self._settings.brokers}: run {CREATE_COMMAND}"
            raise InputError(msg)

    def publish(self, feed: str, message: RawMessage) -> None:
        """Hand one message over; it is sent in the background."""
        run = self._runs.get(feed)
        if run is None:
            run = self._begin(feed, message.ts_ms)
        self._refuse_future(message.ts_ms)
        if message.ts_ms > run.clock_ms:
            run.clock_ms, run.at_s = message.ts_ms, time.monotonic()
        headers = self._headers(message.ts_ms, run)
        self._send(feed, message.value, message.key.encode(), headers=headers)
        self._heartbeat()

    def pause(self, seconds: float) -> None:
        """Wait, and let what was handed over go out meanwhile."""
        self._producer.poll(seconds)
        self._heartbeat()

    def _begin(self, feed: str, clock_ms: int) -> _Run:
        """Tell every raw partition of a feed that the replay begins."""
        partitions = len(self._topics()[names.raw_topic(feed)].partitions)
        header = run_header(self.run, feed, self._settings.replay_key)
        now_s = time.monotonic()
        self._runs[feed] = _Run(header, partitions, clock_ms, now_s, now_s)
        self._mark(feed, ReplayMark.BEGIN)
        return self._runs[feed]

    def _heartbeat(self) -> None:
        """Tell every raw partition what the clock of the replay says, every few seconds."""
        now_s = time.monotonic()
        for feed, run in self._runs.items():
            if now_s - run.marked_s >= HEARTBEAT_S:
                self._mark(feed, ReplayMark.HEARTBEAT)

    def _refuse_future(self, sent_ms: int) -> None:
        """Refuse what ingest would not take for a replay: without a key only the past is."""
        if not self._settings.replay_key and sent_ms > time.time() * 1000:
            msg = (
                "the data lie in the future: only signed replays may; set GRIDPULSE_REPLAY_KEY to"
                " the same secret for this command and for ingest"
            )
            raise InputError(msg)

    def _mark(self, feed: str, mark: ReplayMark) -> None:
        run = self._runs[feed]
        run.marked_s = time.monotonic()
        clock_ms = run.now_ms(self.speed if mark is ReplayMark.HEARTBEAT else 0.0)
        if not self._settings.replay_key:
            clock_ms = min(clock_ms, round(time.time() * 1000) - _AHEAD_MS)
        headers = self._headers(clock_ms, run) | {names.MARK_HEADER: mark.value}
        for partition in range(run.partitions):
            self._send(feed, None, None, headers=headers, partition=partition)

    @staticmethod
    def _headers(sent_ms: int, run: _Run) -> dict[str, str | bytes | None]:
        return {names.SENT_HEADER: str(sent_ms), names.REPLAY_HEADER: run.header}

    def _send(
        self, feed: str, value: bytes | None, key: bytes | None, **extras: Unpack[Extras]
    ) -> None:
        """Hand one record to the client."""
        self._producer.send(names.raw_topic(feed), value, key, **extras)
        self._producer.poll()

    def flush(self) -> None:
        """Wait until the broker has acknowledged all.

        Raises
        ------
        ServerUnavailable
            It refused a record, or took too long.
        """
        try:
            self._producer.flush(_ACKNOWLEDGED_S)
        except NotDelivered as error:
            msg = f"{self._settings.brokers} did not take all records: {error}"
            raise ServerUnavailable(msg) from error

    def _topics(self, timeout_s: float = _TRY_S * 5) -> Mapping[str, Any]:
        return self._login.topics(self._producer.client, timeout_s)

    def _await_broker(self, note: Callable[[str], None]) -> None:
        """Wait until the broker answers."""
        brokers, limit_s = self._settings.brokers, self._settings.wait_s

        def ask() -> None:
            try:
                self._topics(min(_TRY_S, limit_s))
            except KafkaException as error:
                msg = (
                    f"no Kafka broker at {brokers} within {limit_s:.0f} s: start it, or set"
                    " GRIDPULSE_BROKERS"
                )
                raise ServerUnavailable(msg) from error

        Retry(
            "Kafka", limit_s, note=lambda _: note(f"waiting for a Kafka broker at {brokers}")
        ).call(ask)
