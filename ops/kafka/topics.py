"""The topics of the system: what they are, and how to make and check them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka.errors import (
    ClusterAuthorizationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
)

from config import names
from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.kafka_security import right_missing
from config.namespace import check_topics
from config.settings import Settings
from models.messages.topic import LARGEST_RECORD, REPLAYED_MS
from models.messages.topics import TOPICS
from ops.kafka import clients

CREATE_COMMAND: Final = "gridpulse topics create"

_REFUSED: Final = (TopicAuthorizationFailedError.errno, ClusterAuthorizationFailedError.errno)
_SEEN_WITHIN_S: Final = 15.0


@dataclass(frozen=True, kw_only=True)
class TopicPlan:
    """What a topic should be.

    Attributes
    ----------
    name : str
        As the system knows it.
    prefix : str
        As of `Settings`.
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
    prefix: str = ""

    @property
    def topic(self) -> str:
        """Its name as Kafka knows it."""
        return self.prefix + self.name

    def request(self) -> dict[str, Any]:
        """Say what is asked of the broker."""
        return {
            "num_partitions": self.partitions,
            "replication_factor": self.replication,
            "configs": self.configuration(),
        }

    def configuration(self) -> dict[str, str]:
        """Topic configuration of Apache Kafka; the embedded broker ignores it."""
        is_from_outside = self.name.startswith(names.RAW_PREFIX) or self.name == names.COMMANDS
        by_broker = self.is_compacted or is_from_outside
        stamped_by = "LogAppendTime" if by_broker else "CreateTime"
        return {
            # Who sends a reading or a command, or publishes a model, does not say when it arrived.
            "message.timestamp.type": stamped_by,
            "cleanup.policy": "compact" if self.is_compacted else "delete",
            "retention.ms": str(self.retention_ms),
            # Retention deletes whole segments: short-lived topics need short ones.
            "segment.ms": str(max(self.retention_ms // 12, 5 * 60_000)),
            "max.message.bytes": str(LARGEST_RECORD),
            "min.insync.replicas": "2" if self.replication >= 3 else "1",
        }


def plan(settings: Settings, catalog: Catalog) -> list[TopicPlan]:
    """List every topic of a city: partitions by level, retention by purpose.

    Raises
    ------
    ConfigError
        A name is longer than Kafka takes.
    """
    levels = {
        "street": settings.street_partitions,
        "district": settings.district_partitions,
        "one": 1,
    }
    raw = [(names.raw_topic(feed), settings.raw_partitions) for feed in sorted(catalog.feeds)]
    inside = [(topic.name, levels[topic.level]) for topic in TOPICS.values()]
    found = [_planned(name, partitions, settings) for name, partitions in raw + inside]
    check_topics(topic.topic for topic in found)
    return found


def _planned(name: str, partitions: int, settings: Settings) -> TopicPlan:
    topic = TOPICS.get(name)
    return TopicPlan(
        name=name,
        partitions=partitions,
        replication=settings.replication,
        retention_ms=topic.kept_ms if topic else REPLAYED_MS,
        is_compacted=topic is not None and topic.is_compacted,
        prefix=settings.prefix,
    )


def create(settings: Settings, plans: Sequence[TopicPlan], *, timeout_s: float = 30) -> list[str]:
    """Make the topics that are missing; gives their names.

    Raises
    ------
    ServerUnavailable
        No broker answered.
    GridpulseError
        The broker refused one, or an existing one has another number of partitions.
    """
    with clients.admin(settings, timeout_s) as admin:
        existing = _partitions(admin)
        problems = _differences(plans, existing, missing_too=False)
        if problems:
            raise GridpulseError("; ".join(problems))
        wanted = [p for p in plans if p.topic not in existing]
        if wanted:
            asked = {p.topic: p.request() for p in wanted}
            answer = admin.create_topics(asked, raise_errors=False)
            _accept(settings, answer["topics"])
            _wait_until_seen(admin, wanted)
    return [p.topic for p in wanted]


def problems(
    settings: Settings, plans: Iterable[TopicPlan], *, timeout_s: float = clients.ANSWER_S
) -> list[str]:
    """Say in one sentence each which topics are missing or have other partitions than planned.

    Raises
    ------
    ServerUnavailable
        No broker answered.
    ConfigError
        Kafka refused the login, or does not show us a topic.
    """
    plans = list(plans)
    with clients.admin(settings, timeout_s) as admin:
        found = _partitions(admin)
        unseen = [p.topic for p in plans if p.topic not in found]
        hidden = _hidden(admin, unseen) if unseen else []
        if hidden:
            raise right_missing(settings, [f"Describe on topic {name}" for name in hidden])
        return _differences(plans, found, missing_too=True)


def _partitions(admin: Any) -> dict[str, int]:
    """Ask how many partitions each topic has."""
    return {t["name"]: len(t["partitions"]) for t in admin.describe_topics() if t["partitions"]}


def _hidden(admin: Any, topics: Sequence[str]) -> list[str]:
    """Name the topics that are not shown to us, whether they are there or not."""
    refused = TopicAuthorizationFailedError.errno
    answers = admin.describe_topics(list(topics))
    return sorted(each["name"] for each in answers if each["error_code"] == refused)


def _differences(
    plans: Iterable[TopicPlan], existing: dict[str, int], *, missing_too: bool
) -> list[str]:
    found = []
    for topic in plans:
        partitions = existing.get(topic.topic)
        if partitions is None and missing_too:
            found.append(f"topic {topic.topic} is missing: run `{CREATE_COMMAND}`")
        elif partitions is not None and partitions != topic.partitions:
            found.append(
                f"topic {topic.topic} has {partitions} partitions, the settings say "
                f"{topic.partitions}: keys would move, so change the settings, or make it anew "
                f"with `{CREATE_COMMAND}`"
            )
    return found


def _accept(settings: Settings, answers: Iterable[dict[str, Any]]) -> None:
    """Look through the answers; a topic made by someone else meanwhile is fine."""
    for answer in answers:
        if answer["error_code"] in _REFUSED:
            raise right_missing(settings, [f"Create on the cluster (for topic {answer['name']})"])
        if answer["error_code"] not in (0, TopicAlreadyExistsError.errno):
            why = answer["error_message"] or f"error {answer['error_code']}"
            msg = f"topic {answer['name']} could not be made: {why}"
            raise GridpulseError(msg)


def _wait_until_seen(admin: Any, wanted: Sequence[TopicPlan]) -> None:
    """Wait until the broker lists them: a client that asks too early sees none."""
    deadline_s = time.monotonic() + _SEEN_WITHIN_S
    while _differences(wanted, _partitions(admin), missing_too=True):
        if time.monotonic() > deadline_s:
            msg = f"the broker did not list the new topics within {_SEEN_WITHIN_S:.0f} s"
            raise ServerUnavailable(msg)
        time.sleep(0.1)
