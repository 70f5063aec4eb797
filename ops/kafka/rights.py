"""Whether Kafka lets a process do what it needs, asked at its start: a refusal is one sentence.

A client that lacks a right on a topic tries for ever, or says that the topic is missing; a broker
with an authorizer tells on request what a user may do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from kafka.errors import GroupAuthorizationFailedError, KafkaError

from config.kafka_security import right_missing
from config.settings import Settings
from ops.kafka import clients

_NOT_DESCRIBED: Final = 29  # TOPIC_AUTHORIZATION_FAILED


def require(
    settings: Settings,
    *,
    reads: Iterable[str] = (),
    writes: Iterable[str] = (),
    describes: Iterable[str] = (),
    groups: Iterable[str] = (),
    timeout_s: float = clients.ANSWER_S,
) -> None:
    """Make sure that we have all these rights; asks nothing where everybody is let in.

    Parameters
    ----------
    reads, writes, describes : iterable of str
        Topics. One that is not there is not complained of here.
    groups : iterable of str
        Consumer groups that we join.

    Raises
    ------
    ConfigError
        A right is missing; the sentence names all that are, and the user.
    ServerUnavailable
        No broker answered.
    """
    if settings.kafka_security == "plaintext":
        return
    wanted: dict[str, set[str]] = {}
    for right, topics in (("Read", reads), ("Write", writes), ("Describe", describes)):
        for topic in topics:
            wanted.setdefault(settings.namespace.outer(topic), set()).add(right)
    with clients.admin(settings, timeout_s) as admin:
        missing = [*_of_topics(admin, wanted), *_of_groups(admin, groups)]
    if missing:
        raise right_missing(settings, missing)


def _of_topics(admin: Any, wanted: dict[str, set[str]]) -> Iterator[str]:
    for topic in sorted(admin.describe_topics(list(wanted)), key=lambda each: str(each["name"])):
        rights = wanted[topic["name"]]
        if topic["error_code"] == _NOT_DESCRIBED:
            yield from (f"{right} on topic {topic['name']}" for right in sorted(rights))
            continue
        allowed = topic.get("authorized_operations")
        if allowed is not None and not topic["error_code"]:
            lacking = sorted(right for right in rights if right.upper() not in allowed)
            yield from (f"{right} on topic {topic['name']}" for right in lacking)


def _of_groups(admin: Any, groups: Iterable[str]) -> Iterator[str]:
    for group in groups:
        try:
            found = admin.describe_groups([group])[group]
        except GroupAuthorizationFailedError:
            yield f"Read on group {group}"
        except KafkaError:
            continue  # a new cluster has no coordinator yet: the client waits for it
        else:
            allowed = found.get("authorized_operations")
            if allowed and "READ" not in allowed:
                yield f"Read on group {group}"
