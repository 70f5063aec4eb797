"""How ingest calls Kafka: its clients, the topics there are, and a login that is refused."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from zlib import crc32

from confluent_kafka import (
    OFFSET_INVALID,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from config.errors import ConfigError
from config.kafka_security import (
    is_guarded,
    librdkafka,
    login_refused,
    right_missing,
    tls_refused,
)
from config.namespace import Namespace
from config.settings import Settings
from streams.producer import CLIENT_LOG, producer_config
from streams.retry import Away

_ANSWER_S: Final = 5.0
_LOGIN_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class TopicShape:
    """What a topic is right now.

    Attributes
    ----------
    partitions : int
    identity : int
        Changes when the topic is deleted and made anew, uint32.
    """

    partitions: int
    identity: int


def to_outer(
    names: Namespace, topic: str, partition: int, offset: int = OFFSET_INVALID
) -> TopicPartition:
    """Name a partition as Kafka knows it."""
    return TopicPartition(names.outer(topic), partition, offset)


def to_inner(names: Namespace, where: TopicPartition) -> tuple[str, int]:
    """Give topic and partition as the system knows them."""
    return names.inner(where.topic), where.partition


def consumer_config(settings: Settings) -> dict[str, Any]:
    """Configure the consumer of the raw topics; ingest keeps its positions itself."""
    return {
        **librdkafka(settings),
        "group.id": settings.ingest_group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 10_000,
        "heartbeat.interval.ms": 2_000,
        "queued.min.messages": 200_000,
        "fetch.message.max.bytes": 4 * 2**20,
        "logger": CLIENT_LOG,
    }


def ingest_producer_config(settings: Settings) -> dict[str, Any]:
    """Configure the producer of what ingest accepts."""
    return {
        **producer_config(settings),
        # No message is ever given up on its own: a gap in the order would lose readings. Ingest
        # itself ends when the broker stays away.
        "message.timeout.ms": 0,
        "compression.type": "lz4",
        "linger.ms": 5,
        "logger": CLIENT_LOG,
    }


class LoginWatch:
    """Callback `error_cb` of a confluent-kafka client: remembers that Kafka did not let us in.

    librdkafka tries a refused login or certificate again and again, and says only that no broker
    answers.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._refused: ConfigError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Note an error of the client."""
        why = error.str().split(": ", 1)[-1]
        if error.code() == KafkaError._AUTHENTICATION:
            self._refused = login_refused(self._settings, why)
        elif error.code() == KafkaError._SSL and "certificate" in why:
            self._refused = tls_refused(self._settings, why)

    def topics(self, client: AdminClient | Producer, timeout_s: float) -> Mapping[str, Any]:
        """Ask for our topics, by their names inside, through the client that calls back here.

        Raises
        ------
        ConfigError
            The login or a certificate was refused, or a producer may write nowhere.
        KafkaException
            No broker answers.
        """
        try:
            known = cast(Mapping[str, Any], client.list_topics(timeout=timeout_s).topics)
            names = self._settings.namespace
            return {names.inner(topic): each for topic, each in known.items() if names.owns(topic)}
        except KafkaException as error:
            client.poll(0)
            self.check()
            if error.args[0].code() == KafkaError.CLUSTER_AUTHORIZATION_FAILED:
                raise right_missing(self._settings, ["Write on every topic"]) from None
            raise

    def check(self) -> None:
        """Raise ConfigError if the login or a certificate was refused."""
        if self._refused is not None:
            raise self._refused from None


def check_login(settings: Settings) -> None:
    """Raise ConfigError where we are not let in; of a broker that is away it says nothing."""
    if not is_guarded(settings):
        return
    login = LoginWatch(settings)
    config: dict[str, Any] = {**librdkafka(settings), "error_cb": login}
    admin = AdminClient(config, logger=CLIENT_LOG)
    deadline_s = time.monotonic() + _LOGIN_S
    while time.monotonic() < deadline_s:
        admin.poll(_LOGIN_S / 20)
        login.check()


def topic_shapes(settings: Settings, topics: Iterable[str]) -> dict[str, TopicShape]:
    """Ask the broker for topics once.

    Raises
    ------
    Away
        It does not answer, or a topic is missing.
    ConfigError
        It refused the login or a certificate.
    """
    login = LoginWatch(settings)
    config: dict[str, Any] = {**librdkafka(settings), "error_cb": login}
    admin = AdminClient(config, logger=CLIENT_LOG)
    wanted = list(topics)
    known = login.topics(admin, _ANSWER_S)
    missing = [name for name in wanted if name not in known]
    if missing:
        msg = f"topics {', '.join(missing)} are missing; make them with: gridpulse topics create"
        raise Away(msg)
    outer = {settings.namespace.outer(name): name for name in wanted}
    described = admin.describe_topics(TopicCollection(list(outer)), request_timeout=_ANSWER_S)
    return {
        outer[topic]: _shape(outer[topic], answer.result()) for topic, answer in described.items()
    }


def _shape(name: str, topic: Any) -> TopicShape:
    """Read a broker's answer; one that gives topics no identity is served by the name alone."""
    return TopicShape(len(topic.partitions), crc32(f"{name}/{topic.topic_id}".encode()))
