"""Which raw partitions this process owns, and how far each is known to be safe."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from config import names
from config.catalog import Catalog
from models.feeds.intake import Intake
from models.feeds.place import gazetteer
from models.feeds.replay_run import HeadReader
from streams import logs
from streams.clock import SYSTEM_CLOCK, Clock
from streams.health import Health
from streams.host.checkpoint import Checkpoints
from streams.ingest.partition import RawPartition
from streams.ingest.seen import RedisSeen
from streams.ingest.servers import TopicShape
from streams.partitions import street_partitions
from streams.retry import AnyCall
from streams.sinks.redis import LIFE_S

log = logs.get(__name__)
INTAKE: Final = b"state"  # field of a checkpoint: `models.feeds.intake_state.IntakeState`
_TOPIC: Final = b"topic"


class Assignment:
    """The raw partitions of this process, claimed and saved in Redis.

    Parameters
    ----------
    catalog : Catalog
    shapes : mapping of str to TopicShape
        Of the raw topics, and of `frames`: without it each street has frames of its own.
    redis : redis.Redis
        Client with `decode_responses=False`.
    retry : callable
        Makes a call again while Redis is away.
    health : Health
    clock : Clock
    replay_key : str
        As in `Settings`.
    """

    def __init__(
        self,
        catalog: Catalog,
        shapes: Mapping[str, TopicShape],
        redis: Redis,
        retry: AnyCall,
        health: Health,
        clock: Clock = SYSTEM_CLOCK,
        replay_key: str = "",
    ) -> None:
        self._replay_key = replay_key
        self._feeds = {names.raw_topic(feed.name): feed for feed in catalog.feeds.values()}
        self._shapes = shapes
        frames = shapes.get(names.FRAMES)
        self._partition_of = street_partitions(frames.partitions) if frames else None
        self._gazetteer = gazetteer(catalog)
        self._checkpoints = Checkpoints(redis)
        self._seen = {topic: RedisSeen(redis, feed, retry) for topic, feed in self._feeds.items()}
        self._redis: Any = redis
        self._retry = retry
        self._health = health
        self._clock = clock
        self._held: dict[tuple[str, int], RawPartition] = {}

    @property
    def topics(self) -> list[str]:
        """Raw topics of all feeds."""
        return list(self._feeds)

    def __iter__(self) -> Iterator[RawPartition]:
        return iter(list(self._held.values()))

    def get(self, where: tuple[str, int]) -> RawPartition | None:
        """Give the partition of a topic; None where this process does not own it."""
        return self._held.get(where)

    def claim(self, where: tuple[str, int]) -> RawPartition:
        """Own the partition of a topic, with the state that its last owner saved."""
        topic, partition = where
        feed, shape = self._feeds[topic], self._shapes[topic]
        key = names.checkpoint_key(f"ingest.{feed.name}", partition)
        owner = uuid.uuid4().hex
        fields = self._retry(lambda: self._checkpoints.claim(key, owner))
        intake = Intake(
            feed,
            self._gazetteer,
            self._seen[topic],
            partition=partition,
            partitions=shape.partitions,
            topic_id=shape.identity,
            partition_of=self._partition_of,
        )
        if INTAKE in fields and fields[_TOPIC] == str(shape.identity).encode():
            intake.restore(fields[INTAKE])
        now_s = self._clock.monotonic_s()
        heads = HeadReader(feed.name, self._replay_key)
        held = RawPartition(intake, feed.name, topic, partition, key, owner, now_s, heads)
        self._held[where] = held
        self._health.metrics.restored.labels(held.agent).inc()
        log.info("partition taken", topic=topic, partition=partition, position=intake.position)
        return held

    def save(self, held: RawPartition) -> bool:
        """Save a partition whose messages are acknowledged; False: another process owns it."""
        identity = str(self._shapes[held.topic].identity).encode()
        changes = {INTAKE: held.intake.dump(), _TOPIC: identity}
        if self._retry(lambda: self._checkpoints.save(held.key, held.owner, changes)):
            return True
        log.warning("partition lost to another process", topic=held.topic, partition=held.partition)
        self._health.metrics.fenced.labels(held.agent).inc()
        self.drop((held.topic, held.partition))
        return False

    def sign_of_life(self, process: str, lag_records: int, records_s: float) -> None:
        """Say for the next seconds that this process is alive, and how far behind it is."""
        body = {"at_ms": self._clock.wall_ms(), "lag_records": lag_records, "records_s": records_s}
        with suppress(RedisError):  # away: the next time
            self._redis.set(names.ingest_key(process), json.dumps(body), ex=LIFE_S)

    def drop(self, where: tuple[str, int]) -> None:
        """Forget the partition of a topic and its state."""
        self._held.pop(where, None)
