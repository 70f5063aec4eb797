"""Records for Kafka by confluent-kafka: queued at once, acknowledged when `flush` returns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict, Unpack

from confluent_kafka import KafkaError, Message, Producer

from config.errors import ServerUnavailable
from config.kafka_security import librdkafka
from config.namespace import NO_PREFIX, Namespace
from config.settings import Settings
from models.messages.topic import LARGEST_RECORD
from streams.clock import SYSTEM_CLOCK, Clock

CLIENT_LOG: Final = logging.getLogger("kafka.librdkafka")
_SLICE_S: Final = 0.1  # the longest wait between two looks at a full queue

Headers = Mapping[str, str | bytes | None]


class NotDelivered(Exception):
    """The broker refused a record for good: what its sender holds may no longer be saved."""


class Extras(TypedDict, total=False):
    """What a record may have beside value and key."""

    partition: int
    headers: Headers


def producer_config(settings: Settings) -> dict[str, Any]:
    """Configure a producer: in order, acknowledged by all, keys placed as Java does."""
    return {
        **librdkafka(settings),
        "partitioner": "murmur2_random",
        "acks": "all",
        "enable.idempotence": True,
        "message.max.bytes": LARGEST_RECORD,
    }


class QueuedProducer:
    """Produces to Kafka without waiting, until `flush`.

    Parameters
    ----------
    config : dict
        Of a confluent-kafka client, such as `producer_config` gives it.
    full_s : float
        How long the broker may leave the queue full.
    clock : Clock
    make : callable
        Configuration → client; a simulation gives its own.
    namespace : Namespace
        Names of the topics as Kafka knows them.

    Attributes
    ----------
    client : Producer
        For what a producer also tells, such as the topics there are.
    """

    def __init__(
        self,
        config: dict[str, Any],
        full_s: float,
        clock: Clock = SYSTEM_CLOCK,
        make: Callable[[dict[str, Any]], Any] = Producer,
        namespace: Namespace = NO_PREFIX,
    ) -> None:
        self._outer = namespace.outer
        self.client = make(config)
        self._full_s = full_s
        self._clock = clock
        self._refused = 0
        self._failure = ""

    def send(
        self, topic: str, value: bytes | None, key: bytes | None = None, **extras: Unpack[Extras]
    ) -> None:
        """Queue a record: to the partition of its key, or to a partition given by number.

        Raises
        ------
        ServerUnavailable
            The queue stayed full.
        """
        deadline_s = self._clock.monotonic_s() + self._full_s
        topic = self._outer(topic)
        while True:
            try:
                self.client.produce(topic, value, key, on_delivery=self._delivered, **extras)
            except BufferError:
                if self._clock.monotonic_s() > deadline_s:
                    msg = f"Kafka takes no messages for {self._full_s:.0f} s"
                    raise ServerUnavailable(msg) from None
                self.client.poll(_SLICE_S)
            else:
                return

    def poll(self, seconds: float = 0.0) -> None:
        """Let records go out for a while, and take in acknowledgements."""
        self.client.poll(seconds)

    def check(self) -> None:
        """Raise NotDelivered if a record was refused."""
        if self._refused:
            msg = f"{self._refused} messages were refused; the last: {self._failure}"
            raise NotDelivered(msg)

    def flush(self, limit_s: float) -> None:
        """Wait until all is acknowledged.

        Raises
        ------
        NotDelivered
            A record was refused.
        ServerUnavailable
            Some were not acknowledged in time.
        """
        left = self.client.flush(limit_s)
        self.check()
        if left:
            msg = f"Kafka did not acknowledge {left} messages within {limit_s:.0f} s"
            raise ServerUnavailable(msg)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._refused += 1
            size = len(message.value() or b"")
            self._failure = f"{size} bytes for {message.topic()}: {error.str()}"
            if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                self._failure += " (this user lacks the right Write there)"
