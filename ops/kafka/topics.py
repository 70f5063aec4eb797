"""The topics of the system: what they are, and how to make and check them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from config import names
from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.settings import Settings
from models.messages.topics import REPLAYED_MS, TOPICS

CREATE_COMMAND: Final = "gridpulse topics create"

_LARGEST_BYTES: Final = 12 * 2**20
_SEEN_WITHIN_S: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class TopicPlan:
    """What a topic should be.

    Attributes
    ----------
    name : str
    partitions, replication : int
    retention_ms : int
        A record is kept at least this long.
    is_compacted : bool
        Instead, the newest record of each key is kept for good.
    """

    name: str
    partitions: int
    replication: int
    retention_ms: int
    is_compacted: bool = False

    def configuration(self) -> dict[str, str]:
        """Topic configuration of Apache Kafka; the embedded broker ignores it."""
        stamped_by = "LogAppendTime" if self.name.startswith(names.RAW_PREFIX) else "CreateTime"
        return {
            # Who writes to a raw topic does not say when it arrived.
            "message.timestamp.type": stamped_by,
            "cleanup.policy": "compact" if self.is_compacted else "delete",
            "retention.ms": str(self.retention_ms),
            # Retention deletes whole segments: short-lived topics need short ones.
            "segment.ms": str(max(self.retention_ms // 12, 5 * 60_000)),
            "max.message.bytes": str(_LARGEST_BYTES),
            "min.insync.replicas": "2" if self.replication >= 3 else "1",
        }


def plan(settings: Settings, catalog: Catalog) -> list[TopicPlan]:
    """List every topic of a city: partitions by level, retention by purpose."""
    levels = {
        "street": settings.street_partitions,
        "district": settings.district_partitions,
        "one": 1,
    }
    raw = [(names.raw_topic(feed), settings.raw_partitions) for feed in sorted(catalog.feeds)]
    inside = [(topic.name, levels[topic.level]) for topic in TOPICS.values()]
    return [_planned(name, partitions, settings.replication) for name, partitions in raw + inside]


def _planned(name: str, partitions: int, replication: int) -> TopicPlan:
    topic = TOPICS.get(name)
    return TopicPlan(
        name=name,
        partitions=partitions,
        replication=replication,
        retention_ms=topic.kept_ms if topic else REPLAYED_MS,
        is_compacted=topic is not None and topic.is_compacted,
    )


def create(brokers: str, plans: Sequence[TopicPlan], *, timeout_s: float = 30) -> list[str]:
    """Make the topics that are missing; gives their names.

    Raises
    ------
    ServerUnavailable
        No broker answered.
    GridpulseError
        The broker refused one, or an existing one has another number of partitions.
    """
    admin = _admin(brokers)
    existing = _partitions(admin, timeout_s)
    problems = _differences(plans, existing, missing_too=False)
    if problems:
        raise GridpulseError("; ".join(problems))
    wanted = [p for p in plans if p.name not in existing]
    requests = [
        NewTopic(p.name, p.partitions, p.replication, config=p.configuration()) for p in wanted
    ]
    answers = admin.create_topics(requests, request_timeout=timeout_s) if requests else {}
    for name, answer in answers.items():
        _accept(name, answer)
    _wait_until_seen(admin, wanted)
    return [p.name for p in wanted]


def problems(brokers: str, plans: Iterable[TopicPlan], *, timeout_s: float = 10) -> list[str]:
    """Say in one sentence each which topics are missing or have other partitions than planned.

    Raises
    ------
    ServerUnavailable
        No broker answered.
    """
    return _differences(plans, _partitions(_admin(brokers), timeout_s), missing_too=True)


def _admin(brokers: str) -> AdminClient:
    # Where no broker answers, the caller says so; librdkafka's own lines would only repeat it.
    return AdminClient({"bootstrap.servers": brokers, "log_level": 0})


def _partitions(admin: AdminClient, timeout_s: float) -> dict[str, int]:
    """Ask how many partitions each topic has."""
    try:
        topics = admin.list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        msg = f"Kafka did not answer: {error.args[0].str()}; is it running where the settings say?"
        raise ServerUnavailable(msg) from error
    return {name: len(topic.partitions) for name, topic in topics.items() if topic.partitions}


def _differences(
    plans: Iterable[TopicPlan], existing: dict[str, int], *, missing_too: bool
) -> list[str]:
    found = []
    for topic in plans:
        partitions = existing.get(topic.name)
        if partitions is None and missing_too:
            found.append(f"topic {topic.name} is missing: run `{CREATE_COMMAND}`")
        elif partitions is not None and partitions != topic.partitions:
            found.append(
                f"topic {topic.name} has {partitions} partitions, the settings say "
                f"{topic.partitions}: keys would move, so change the settings, or make it anew "
                f"with `{CREATE_COMMAND}`"
            )
    return found


def _accept(name: str, answer: object) -> None:
    """Wait for the answer to one request; a topic made by someone else meanwhile is fine."""
    try:
        answer.result()  # type: ignore[attr-defined]
    except KafkaException as error:
        problem: KafkaError = error.args[0]
        if problem.code() != KafkaError.TOPIC_ALREADY_EXISTS:
            msg = f"topic {name} could not be made: {problem.str()}"
            raise GridpulseError(msg) from error


def _wait_until_seen(admin: AdminClient, wanted: Sequence[TopicPlan]) -> None:
    """Wait until the broker lists them: a client that asks too early sees none."""
    deadline_s = time.monotonic() + _SEEN_WITHIN_S
    while time.monotonic() < deadline_s:
        with suppress(ServerUnavailable):
            if not _differences(wanted, _partitions(admin, 5), missing_too=True):
                return
        time.sleep(0.1)
    msg = f"the broker did not list the new topics within {_SEEN_WITHIN_S:.0f} s"
    raise ServerUnavailable(msg)
