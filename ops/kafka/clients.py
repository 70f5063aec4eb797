"""Kafka clients of everything that is not the hot path, by kafka-python.

Ingest and `replay` go through librdkafka (confluent-kafka), the worker through Faust's aiokafka:
there every message counts. Topics, dead letters, models and checks do not (docs/decisions.md).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import (
    AuthorizationError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailedError,
)

from config.errors import ServerUnavailable
from config.kafka_security import is_guarded, login_refused, python_client, right_missing
from config.namespace import Namespace
from config.settings import Settings
from models.messages.bounds import LARGEST_MESSAGE
from streams.ingest.servers import check_login

ANSWER_S: Final = 10.0
_LOGIN_S: Final = 2.0  # a login that is taken needs far less
_OURS: Final = 1.0  # seconds a client has to close


def be_quiet() -> None:
    """Silence the client's own log: what goes wrong is raised, and said once by the command."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL + 1)


be_quiet()


@contextmanager
def admin(settings: Settings, timeout_s: float = ANSWER_S) -> Iterator[Any]:
    """Open a client that makes and describes topics.

    Raises
    ------
    ServerUnavailable
        No broker answered in time, also later inside the block.
    ConfigError
        Kafka refused the login, a certificate or a right.
    """
    request_ms = max(1, int(timeout_s * 1000))
    with answered(settings, timeout_s):
        client = _open(KafkaAdminClient, settings, timeout_s, request_timeout_ms=request_ms)
        with closing(client):
            yield client


@contextmanager
def reader(settings: Settings, timeout_s: float = ANSWER_S) -> Iterator[Any]:
    """Open a client that reads partitions by itself, in no group."""
    with answered(settings, timeout_s):
        client = _open(
            KafkaConsumer,
            settings,
            timeout_s,
            group_id=None,
            enable_auto_commit=False,
            max_partition_fetch_bytes=LARGEST_MESSAGE,
        )
        with closing(client):
            yield client


class TopicWriter:
    """An idempotent producer of kafka-python, by the names of topics inside."""

    def __init__(self, client: Any, namespace: Namespace) -> None:
        self._client, self._namespace = client, namespace

    def send(self, topic: str, **record: Any) -> Any:
        """Queue a record (`value`, `key`, `partition`, `headers`); gives the future of its fate."""
        return self._client.send(self._namespace.outer(topic), **record)


@contextmanager
def writer(settings: Settings, timeout_s: float = ANSWER_S) -> Iterator[TopicWriter]:
    """Open an idempotent producer; what it was given and not sent yet is sent at the end."""
    with answered(settings, timeout_s):
        client = _open(
            KafkaProducer,
            settings,
            timeout_s,
            max_request_size=LARGEST_MESSAGE,
            delivery_timeout_ms=int(timeout_s * 1000) + 1,
            request_timeout_ms=int(timeout_s * 1000),
        )
        try:
            yield TopicWriter(client, settings.namespace)
        finally:
            client.close(timeout=_OURS)


def _open(kind: Any, settings: Settings, timeout_s: float, **options: Any) -> Any:
    """Connect a client; a refused login is told soon, which kafka-python tries to the end."""
    options |= python_client(settings)
    first_s = min(_LOGIN_S, timeout_s) if is_guarded(settings) else timeout_s
    try:
        return kind(**options, bootstrap_timeout_ms=max(1, int(first_s * 1000)))
    except KafkaTimeoutError:
        check_login(settings)
        if timeout_s <= first_s:
            raise
        return kind(**options, bootstrap_timeout_ms=int((timeout_s - first_s) * 1000))


@contextmanager
def answered(settings: Settings, timeout_s: float) -> Iterator[None]:
    """Turn whatever kafka-python raises into one sentence that names the address."""
    try:
        yield
    except SaslAuthenticationFailedError as error:
        raise login_refused(settings, error.description) from error
    except AuthorizationError as error:
        raise right_missing(settings, [f"what it was asked ({error})"]) from error
    except KafkaError as error:
        why = str(error) or type(error).__name__
        msg = (
            f"Kafka at {settings.brokers} did not answer within {timeout_s:g} s as it should: {why}"
        )
        raise ServerUnavailable(msg) from error
