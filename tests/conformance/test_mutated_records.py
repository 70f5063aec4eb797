"""Internal topics are not trusted: whatever stands on them, no agent hangs or fails for good.

Real records are mutated (bits, lengths, fields that cannot be, times in the year 33658, NaN, huge
lists). Each must become a dead letter or be taken in; ticks, checkpoints and restores after it
never raise, and everything takes a bounded time. `MUTATIONS=5000` looks harder.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Final

import pytest

from config.loader import load
from config.names import DEAD_LETTERS
from config.settings import Settings
from models.feeds.kinds.contract import kind_of
from models.messages.envelope import encode
from models.messages.rewinds import Rewind
from models.messages.topics import TOPICS
from streams.agents import discover
from streams.host.processor import AgentSpec, Record, Send
from streams.host.refused import apply_record
from tests.conformance.inside import START_MS, Sent, internal_records
from tests.conformance.mutations import mutated

MUTATIONS: Final = int(os.environ.get("MUTATIONS", "120"))
LIMIT_S: Final = 5.0
NOW_MS: Final = START_MS + 40 * 3_600_000
SETTINGS: Final = Settings(webhook_url="https://desk.example/in", webhook_secret="s")
CATALOG: Final = load(SETTINGS)
FEEDS: Final = {kind_of(feed).topic: name for name, feed in CATALOG.feeds.items()}
SPECS: Final = {spec.name: spec for spec in discover(CATALOG, SETTINGS)}


@contextmanager
def bounded() -> Iterator[None]:
    """Fail where something takes too long; the record is then not set aside but for ever."""

    def too_long(*_: object) -> None:
        pytest.fail(f"longer than {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Bench:
    """A processor with real records in it, and its checkpoint."""

    def __init__(self, spec: AgentSpec, sent: list[Sent]) -> None:
        self.spec = spec
        self.saved: dict[bytes, bytes] = {}
        self.now_ms = NOW_MS
        self._offset = 0
        self.processor = spec.make(0)
        for topic, value in sent:
            assert not self.apply(topic, value), "a real record was refused"
        self.tick_and_save()

    def apply(self, topic: str, value: bytes) -> bool:
        """Apply a record; tells whether it was refused."""
        self._offset += 1
        record = Record(topic, 0, self._offset, value, NOW_MS)
        effects = apply_record(self.spec.name, self.processor, record)
        return any(isinstance(e, Send) and e.topic == DEAD_LETTERS for e in effects)

    def tick_and_save(self) -> None:
        self.now_ms += 700
        self.processor.tick(self.now_ms)
        for name, value in self.processor.changes().items():
            if value is None:
                self.saved.pop(name, None)
            else:
                self.saved[name] = value

    def restored(self) -> None:
        """Go on from the checkpoint, as after a crash."""
        self.processor = self.spec.make(0)
        self.processor.restore(dict(self.saved))


def rewind(feed: str) -> Rewind:
    """An order that every agent of the feed may get."""
    return Rewind(feed=feed, partition=0, partitions=1, watermark_ms=NOW_MS - 1, asked_ms=NOW_MS)


@pytest.mark.parametrize("agent", sorted(SPECS))
def test_a_mutated_record_costs_only_itself(agent: str) -> None:
    spec, rng = SPECS[agent], Random(agent)
    sent = [record for record in internal_records() if record[0] in spec.topics]
    sent += (len(sent) // 10) * [
        (topic, encode(rewind(FEEDS.get(topic, "dust"))))
        for topic in spec.topics
        if Rewind in TOPICS[topic].types
    ]
    bench = Bench(spec, sent)
    real = dict(bench.saved)
    refused = 0
    for number in range(MUTATIONS):
        topic, value = rng.choice(sent)
        with bounded():
            refused += bench.apply(topic, mutated(topic, value, rng))
            bench.tick_and_save()
        if number % 20 == 19:
            with bounded():
                bench.restored()
        if number % 60 == 59:  # what passed for true must not hide what comes later
            bench.saved = dict(real)
            bench.restored()
    assert MUTATIONS / 4 < refused < MUTATIONS, "mutations should neither all pass nor all fail"


@pytest.mark.parametrize("agent", sorted(SPECS))
def test_every_topic_of_an_agent_has_real_records(agent: str) -> None:
    seen = {topic for topic, _ in internal_records()}
    without = {"commands"}  # no command is known yet
    assert set(SPECS[agent].topics) <= seen | without


def test_mutations_change_something() -> None:
    rng = Random(3)
    topic, value = internal_records()[0]
    changed = [mutated(topic, value, rng) != value for _ in range(200)]
    assert sum(changed) > 150
