"""A whole Gridpulse on a real broker: ingest and worker processes, and an ear on what they say."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import redis
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.feeds.raw import RawMessage
from models.messages import envelope
from models.messages.columns import decode
from models.messages.frames import IDLE
from models.messages.street_summaries import CaseSummary, SummaryHeader
from models.messages.topics import topics_of
from models.situation.snapshot import Snapshot
from ops.kafka.raw_publisher import RawPublisher
from ops.kafka.replay import publish_all
from ops.kafka.topics import create, plan
from ops.processes.figures import read_snapshot
from ops.processes.fleet import environment
from streams.agents import discover
from streams.host.fields import OFFSET, parse_saved, unseal
from tests.faults.rig import RedisProcess, Workers
from tests.flows.dust import BEAT, Seen

HEARD = (*topics_of("district"), *topics_of("one"))
READ = (names.BASELINES, names.PANES, names.SIGNALS)
LIMIT_S = 400  # of one wait; a machine that does little else needs seconds


class Ear:
    """Reads what a line says, from the first record of each topic on."""

    def __init__(self, brokers: str) -> None:
        self.seen = Seen()
        self.summaries: dict[tuple[str, int], SummaryHeader] = {}
        self.case_summaries: dict[int, CaseSummary] = {}
        self._consumer = Consumer(
            {"bootstrap.servers": brokers, "group.id": "ear", "enable.auto.commit": False}
        )
        self._consumer.assign([TopicPartition(topic, 0, 0) for topic in HEARD])

    def listen(self, pause_s: float = 0.2) -> int:
        """Read what has come by now; gives how many records other than signs of life."""
        new = 0
        for message in self._consumer.consume(5000, pause_s):
            assert message.error() is None, message.error()
            topic, value = message.topic() or "", message.value() or b""
            if topic == names.SUMMARIES:
                self._summary(value)
            elif topic != names.HEALTH and not value.startswith(BEAT):
                self.seen(topic, message.key() or b"", value)
                new += 1
        return new

    def _summary(self, value: bytes) -> None:
        if value.startswith(envelope.header_of(SummaryHeader)):
            header, _ = decode(SummaryHeader, value)
            self.summaries[header.feed, header.partition] = header
        elif value.startswith(envelope.header_of(CaseSummary)):
            summary = envelope.decode(CaseSummary, value)
            self.case_summaries[summary.partition] = summary

    def applied(self, feed: str) -> int:
        """Readings or events of a feed that all streets together have applied."""
        return sum(header.applied for (name, _), header in self.summaries.items() if name == feed)

    def is_idle(self, feed: str) -> bool:
        """Whether every street has heard that nothing more comes."""
        return all(
            h.watermark_ms == IDLE for (name, _), h in self.summaries.items() if name == feed
        )

    def end(self, topic: str) -> int:
        """Offset after the last record of a topic."""
        return int(self._consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)[1])

    def has_read(self, topic: str) -> bool:
        """Whether nothing of a topic is unread."""
        [place] = self._consumer.position([TopicPartition(topic, 0)])
        return bool(max(place.offset, 0) >= self.end(topic))

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()


@dataclass
class Line:
    """The processes of one city on topics of their own."""

    settings: Settings
    catalog: Catalog
    ingest: Workers
    worker: Workers
    ear: Ear
    store: RedisProcess

    def ask(self, *arguments: str, status: int = 0, **changed: Any) -> dict[str, Any]:
        """Run `gridpulse` as a process of its own, with changed settings; gives what it says."""
        run = subprocess.run(
            [sys.executable, "-m", "ops.cli", *arguments, "--json"],
            env=environment(replace(self.settings, **changed)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == status, run.stderr
        said: dict[str, Any] = json.loads(run.stdout)
        return said

    def replay(self, feed: str, file: Path, *options: str) -> dict[str, Any]:
        """Publish a file by `gridpulse replay`; gives what it says."""
        return self.ask("replay", feed, str(file), *options)

    def publish(self, feed: str, messages: Iterable[RawMessage]) -> None:
        """Publish messages in the order given."""
        with RawPublisher(self.settings, print) as publisher:
            publish_all(publisher, feed, messages, None)

    def await_that(
        self, is_so: Callable[[], bool], what: Callable[[], object], limit_s: float = LIMIT_S
    ) -> None:
        """Listen until something is so, and restart what ended meanwhile."""
        deadline_s = time.monotonic() + limit_s
        while not is_so():
            assert time.monotonic() < deadline_s, (what(), self.ingest.logs(), self.worker.logs())
            self.ear.listen()
            self.ingest.supervise()
            self.worker.supervise()

    def await_all(self, feed: str, count: int) -> None:
        """Wait until the streets have applied `count` in all, and know that nothing more comes."""
        self.await_that(
            lambda: self.ear.applied(feed) >= count and self.ear.is_idle(feed),
            lambda: (self.ear.applied(feed), count, self.ear.summaries),
        )

    def await_readers(self) -> None:
        """Wait until the district's agents have read, and made safe, all that was said.

        In the order of the line: what an agent says is acknowledged before it says how far it is.
        """
        agents = discover(self.catalog, self.settings)
        readers = {
            topic: [agent.name for agent in agents if topic in agent.topics]
            for topic in (*READ, names.WARNINGS, names.RECEIPTS)
        }

        def unread() -> list[str]:
            waiting = (
                topic
                for topic, reading in readers.items()
                if min(self._saved(agent, topic) for agent in reading) < self.ear.end(topic)
            )
            return list(islice(waiting, 1))

        self.await_that(lambda: not unread() and not self.ear.listen(), unread)

    def _saved(self, agent: str, topic: str) -> int:
        """Offset of a topic that an agent's checkpoint stands for."""
        with redis.Redis.from_url(self.store.url) as client:
            name = OFFSET + topic.encode()
            field = client.hget(names.checkpoint_key(agent, 0), name)
        return parse_saved(unseal(name, field)).offset if isinstance(field, bytes) else 0

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot in Redis."""
        with redis.Redis.from_url(self.store.url) as client:
            return read_snapshot(client)

    def await_figures(self, wanted: Mapping[str, float]) -> dict[str, float]:
        """Wait until the snapshot has these figures; gives those of that name that it has."""
        found: dict[str, float] = {}

        def has_them() -> bool:
            snapshot = self.snapshot()
            figures = snapshot.figures if snapshot else {}
            found.update({name: figures.get(name, 0.0) for name in wanted})
            return found == wanted

        with suppress(AssertionError):  # the caller compares, and shows what differs
            self.await_that(has_them, lambda: found, 60)
        return found

    def case_summaries(self) -> list[CaseSummary]:
        """Long summaries of all street partitions, each made from now on."""
        now_ms = time.time_ns() // 1_000_000
        newest = self.ear.case_summaries
        self.await_that(
            lambda: (
                len(newest) == self.settings.street_partitions
                and all(summary.published_ms > now_ms for summary in newest.values())
            ),
            newest.keys,
        )
        return list(newest.values())


def make_topics_anew(settings: Settings, catalog: Catalog) -> None:
    """Delete what earlier lines left, and make the topics of a city."""
    admin = AdminClient({"bootstrap.servers": settings.brokers, "log_level": 0})

    def existing() -> list[str]:
        return [name for name in admin.list_topics(timeout=20).topics if not name.startswith("__")]

    if old := existing():
        for answer in admin.delete_topics(old).values():
            answer.result(20)
    deadline_s = time.monotonic() + 20
    while existing():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    create(settings, plan(settings, catalog))


@contextmanager
def line(
    folder: Path, brokers: str, city: str, worker: str = "ops.cli worker", **settings: Any
) -> Iterator[Line]:
    """Run ingest and one worker of a city on a broker whose topics are made anew.

    `worker` is the module, and its arguments, that the worker process runs.
    """
    with ExitStack() as stack:
        store = RedisProcess(folder / "redis")
        stack.callback(store.kill)
        chosen = Settings(
            brokers=brokers,
            redis_url=store.url,
            city=city,
            app_id=folder.name,
            idle_s=5.0,  # a busy machine is not a quiet city
            checkpoint_s=1.0,
            archive_dir=folder / "archive",
            **settings,
        )
        catalog = load(chosen)
        make_topics_anew(chosen, catalog)
        ear = Ear(brokers)
        stack.callback(ear.close)
        ingest = Workers(folder, chosen, "ops.cli ingest", 1)
        stack.callback(ingest.stop)
        workers = Workers(folder, chosen, worker, 1)
        stack.callback(workers.stop)
        yield Line(chosen, catalog, ingest, workers, ear, store)
