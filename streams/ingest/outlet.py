"""What ingest sends: acknowledged before the position moves, or the process ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from config.errors import ServerUnavailable
from streams.clock import SYSTEM_CLOCK, Clock


class NotDelivered(Exception):
    """The broker refused a message for good: what ingest holds may no longer be saved."""


class IngestOutlet:
    """Produces to Kafka without waiting, until `flush`.

    Parameters
    ----------
    config : dict
        As `ingest_servers.producer_config` gives it.
    limit_s : float
        How long the broker may leave the queue full, or a flush unfinished.
    clock : Clock
    make : callable
        Configuration → client; a simulation gives its own.
    """

    def __init__(
        self,
        config: dict[str, Any],
        limit_s: float,
        clock: Clock = SYSTEM_CLOCK,
        make: Callable[[dict[str, Any]], Any] = Producer,
    ) -> None:
        self._producer = make(config)
        self._limit_s = limit_s
        self._clock = clock
        self._failure: str | None = None

    def send(
        self, topic: str, value: bytes, *, key: bytes | None = None, partition: int | None = None
    ) -> None:
        """Queue a message: to the partition of its key, or to a partition given by number.

        Raises
        ------
        NotDelivered
            A message sent before was refused.
        ServerUnavailable
            The queue stayed full.
        """
        where: dict[str, Any] = {} if partition is None else {"partition": partition}
        deadline_s = self._clock.monotonic_s() + self._limit_s
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=self._delivered, **where)
            except BufferError:
                if self._clock.monotonic_s() > deadline_s:
                    msg = f"Kafka takes no messages for {self._limit_s:.0f} s"
                    raise ServerUnavailable(msg) from None
                self._producer.poll(0.1)
            else:
                return

    def poll(self) -> None:
        """Take in acknowledgements; raises NotDelivered."""
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Wait until all is acknowledged; raises NotDelivered or ServerUnavailable."""
        left = self._producer.flush(self._limit_s)
        self._check()
        if left:
            msg = f"Kafka did not acknowledge {left} messages within {self._limit_s:.0f} s"
            raise ServerUnavailable(msg)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            size = len(message.value() or b"")
            self._failure = f"{size} bytes for {message.topic()} were refused: {error.str()}"

    def _check(self) -> None:
        if self._failure is not None:
            raise NotDelivered(self._failure)
