"""A replay of the future by mistake, all live readings late, one command, and they count again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest
from redis import Redis

from config import names
from config.errors import GridpulseError, InputError
from config.loader import load
from config.settings import Settings
from models.feeds.intake import IntakeResult
from models.feeds.replay_run import run_header
from models.messages.columns import decode
from models.messages.panes import PaneHeader
from models.messages.rewinds import Rewind
from models.messages.topics import decode as decode_any
from ops.commands.watermark import reset as reset_command
from ops.commands.watermark import show as show_command
from ops.processes.watermarks import reset, watermarks
from streams.agents import discover
from streams.health import Health
from streams.host.checkpoint import Checkpoints
from streams.host.fields import STATE
from streams.host.processor import Processor, Record, Send, Timed
from streams.ingest.assignment import Assignment
from streams.ingest.partition import RawPartition
from streams.ingest.servers import TopicShape

pytestmark = pytest.mark.broker

KEY: Final = "replays are signed"
NOW_MS: Final = time.time_ns() // 1_000_000
FUTURE_MS: Final = NOW_MS + 40 * 365 * 86_400_000
RAW: Final = ("raw.dust", 0)
PLAIN: Final = Settings(street_partitions=1, replay_key=KEY)
CATALOG: Final = load(PLAIN)
SPECS: Final = {spec.name: spec for spec in discover(CATALOG, PLAIN)}


class Line:
    """Ingest of one raw partition, a street and the agent that judges, without Kafka."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.offset = 0
        self.street: Processor = SPECS["panes"].make(0)
        self.judge: Processor = SPECS["detect"].make(0)
        self.panes: list[bytes] = []
        self.held = self.start()

    def start(self) -> RawPartition:
        """Claim the partition as a new process does, and tell the streets what it found."""
        shapes = {"raw.dust": TopicShape(1, 7)}
        self.assignment = Assignment(
            CATALOG, shapes, self.redis, lambda call: call(), Health(), replay_key=KEY
        )
        self.held = self.assignment.claim(RAW)
        order = self.held.intake.rewind()
        if order is not None:
            self.to_street(order)
        return self.held

    def stop(self) -> None:
        """Save all state, as processes do that end in order."""
        assert self.assignment.save(self.held)
        for name, processor in (("panes", self.street), ("detect", self.judge)):
            store, key = Checkpoints(self.redis), names.checkpoint_key(name, 0)
            store.claim(key, "one")
            store.save(key, "one", {STATE + k: v for k, v in processor.changes().items()})

    def read(self, value: float, ts_ms: int, *, run: str = "") -> IntakeResult:
        """Take a reading in and pass on what comes of it."""
        reading = {"sensor": "DC-01", "metric": "pm10", "value": value, "ts": ts_ms}
        headers = None
        if run:
            header = (names.REPLAY_HEADER, run_header(run, "dust", KEY))
            headers = [(names.SENT_HEADER, str(ts_ms).encode()), header]
        record = SimpleNamespace(
            offset=lambda at=self.offset: at,
            value=lambda: json.dumps(reading).encode(),
            headers=lambda: headers,
            timestamp=lambda: (2, NOW_MS),
        )
        self.offset += 1
        taken = self.held.take([record], NOW_MS, 0.0)
        for _, message in taken.messages:
            self.to_street(message)
        self.to_street(self.held.intake.tick(NOW_MS))
        return taken

    def be_quiet(self) -> None:
        """Let an hour pass in which nothing comes: all panes that are over close."""
        self.to_street(self.held.intake.tick(NOW_MS + 3_600_000, idle=True))

    def to_street(self, message: bytes) -> None:
        for effect in self.street.apply(Record(names.FRAMES, 0, 0, message)):
            if isinstance(effect, Send) and effect.topic == names.PANES:
                self.panes.append(effect.value)
                self.judge.apply(Record(names.PANES, 0, 0, effect.value))

    def counted(self) -> dict[int, int]:
        """Readings of each pane, as it was told last."""
        found: dict[int, tuple[int, int]] = {}
        for value in self.panes:
            if not isinstance(decode_any(names.PANES, value), Rewind):
                header, columns = decode(PaneHeader, value)
                told = (header.revision, int(columns["count"].sum()))
                found[header.start_ms] = max(found.get(header.start_ms, (0, 0)), told)
        return {start_ms: count for start_ms, (_, count) in found.items() if count}


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def poisoned(redis: Redis) -> Line:
    """A line that took one honest reading, and then a replay of the wrong century."""
    line = Line(redis)
    assert line.read(80, NOW_MS - 1000).accepted == 1
    for at_ms in (FUTURE_MS, FUTURE_MS + 3_600_000):
        assert line.read(90, at_ms, run="wrong-year").accepted == 1
    return line


def asked(redis: Redis, **options: Any) -> Any:
    target = {"watermark_ms": NOW_MS - 600_000, "asked_ms": NOW_MS} | options
    return reset(redis, CATALOG.feeds["dust"], **target)


def shown(redis: Redis) -> dict[str, float]:
    found = watermarks(redis, CATALOG, PLAIN, NOW_MS)
    return {each.agent: each.ahead_s for each in found if each.feed == "dust"}


def test_honest_readings_are_late_until_the_command_and_count_after_it(poisoned: Line) -> None:
    assert (taken := poisoned.read(81, NOW_MS - 900)).accepted == 0 and len(taken.late) == 1
    poisoned.stop()
    assert min(shown(poisoned.redis).values()) > 10**9, "every agent ran ahead"

    (done,) = asked(poisoned.redis)
    assert (done.partition, done.after_ms) == (0, NOW_MS - 600_000)
    assert done.before_ms > NOW_MS + 10**12
    poisoned.start()

    assert poisoned.read(82, NOW_MS - 800).accepted == 1
    poisoned.be_quiet()
    counted = poisoned.counted()
    honest = {start: n for start, n in counted.items() if start <= NOW_MS}
    assert sum(honest.values()) == 2, "also the one from before, in a pane that is told again"
    assert isinstance(poisoned.judge, Timed)
    assert 0 < poisoned.judge.watermarks()["dust"] <= NOW_MS + 900_000
    poisoned.stop()
    assert max(shown(poisoned.redis).values()) <= 900


def test_what_was_set_aside_meanwhile_counts_when_it_is_sent_again(poisoned: Line) -> None:
    (letter,) = poisoned.read(81, NOW_MS - 900).late
    poisoned.stop()
    asked(poisoned.redis)
    poisoned.start()
    again = json.loads(letter.data)
    assert poisoned.read(again["value"], again["ts"]).accepted == 1
    poisoned.be_quiet()
    assert sum(n for start, n in poisoned.counted().items() if start <= NOW_MS) == 2


def test_to_ask_twice_is_to_ask_once(poisoned: Line) -> None:
    poisoned.stop()
    assert len(asked(poisoned.redis)) == 1
    assert asked(poisoned.redis) == []
    assert asked(poisoned.redis, asked_ms=NOW_MS + 5000, watermark_ms=NOW_MS - 595_000) == []
    poisoned.start()
    before = list(poisoned.panes)
    poisoned.stop()
    poisoned.start()  # tells the streets again what they have obeyed
    assert poisoned.panes == before


def test_a_crash_before_the_first_save_forgets_nothing(poisoned: Line) -> None:
    poisoned.stop()
    asked(poisoned.redis)
    poisoned.start()  # ends before it has saved anything
    poisoned.start()
    assert poisoned.read(82, NOW_MS - 800).accepted == 1


def test_a_feed_that_is_well_is_left_alone(redis: Redis) -> None:
    line = Line(redis)
    line.read(80, NOW_MS - 1000)
    line.stop()
    before = dict(redis.hgetall(names.checkpoint_key("ingest.dust", 0)))
    assert asked(redis) == []
    after = dict(redis.hgetall(names.checkpoint_key("ingest.dust", 0)))
    assert {k: v for k, v in after.items() if k != b"@owner"} == {
        k: v for k, v in before.items() if k != b"@owner"
    }
    assert line.start().intake.rewind() is None


@pytest.mark.parametrize(
    ("options", "alive", "sentence"),
    [
        ({}, True, "1 ingest processes are alive"),
        ({"watermark_ms": NOW_MS + 1}, False, "not to the future"),
        ({"partition": 3}, False, "no checkpoint of the feed dust of its partition 3"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    poisoned: Line, options: dict[str, int], alive: bool, sentence: str
) -> None:
    poisoned.stop()
    if alive:
        poisoned.redis.set(names.ingest_key("here-1"), "{}")
    with pytest.raises(GridpulseError, match=sentence):
        asked(poisoned.redis, **options)
    assert shown(poisoned.redis)["ingest.dust"] > 10**9


@pytest.fixture
def environment(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> pytest.CaptureFixture[str]:
    settings = replace(PLAIN, redis_url=redis_url)
    monkeypatch.setattr(Settings, "from_env", classmethod(lambda cls: settings))
    return capsys


def say(
    capsys: pytest.CaptureFixture[str], command: Any, *given: Any, **options: Any
) -> Sequence[str]:
    command(*given, **options)
    return capsys.readouterr().out.splitlines()


def test_the_commands_show_and_mend(
    poisoned: Line, environment: pytest.CaptureFixture[str]
) -> None:
    import typer

    poisoned.stop()
    with pytest.raises(typer.Exit):
        show_command("dust", wide=True, as_json=False)
    assert "ingest.dust" in environment.readouterr().out
    lines = say(environment, reset_command, "dust", to=None, partition=None, as_json=False)
    assert lines[0].startswith("dust, raw partition 0: from ")
    assert lines[-1] == "start ingest now"
    lines = say(environment, reset_command, "dust", to=None, partition=None, as_json=True)
    assert json.loads(lines[0])["set_back"] == []
    poisoned.start()
    poisoned.stop()
    *_, line = say(environment, show_command, "dust", wide=True, as_json=True)
    assert {each["agent"] for each in json.loads(line)["watermarks"]} >= {"ingest.dust", "panes"}
    with pytest.raises(InputError, match="no feed is called 'dusty'"):
        reset_command("dusty", to=None, partition=None, as_json=False)
