"""The parts of the ingest process, each on its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from config.errors import ServerUnavailable
from config.settings import Settings
from models.feeds.intake import Intake, IntakeResult
from models.feeds.kinds.contract import kind_of
from models.feeds.place import Gazetteer
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import HeadReader, RecordHead, ReplayMark, run_header
from models.feeds.seen import MemorySeen
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import decode
from streams.health import Health
from streams.ingest.partition import STALLED_S, RawPartition, raw_batch
from streams.ingest.run import Ingest
from streams.ingest.seen import RedisSeen
from streams.producer import NotDelivered, QueuedProducer
from tests.dashboards.small_city import small_catalog
from tests.models.feeds.conftest import make_feed
from tests.models.feeds.town import NOW_MS, make_grid, raw


@pytest.mark.broker
def test_redis_remembers_where_an_event_was_first_accepted(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    feed = make_feed("readings")
    first, second = (RedisSeen(redis, feed, lambda call: call()) for _ in range(2))

    assert first.claim({"g/1": "0:0:5:0", "g/2": "0:0:6:0#ab"}) == {}
    assert second.claim({"g/1": "0:0:5:0"}) == {}  # read again after a crash
    assert second.claim({"g/2": "0:0:6:0#cd"}) == {}  # the same place, whatever it holds
    assert second.claim({"g/2": "0:1:9:0", "g/3": "0:1:9:0"}) == {"g/2": "0:0:6:0#ab"}
    assert 0 < int(redis.ttl("gp:seen:dust:g/1")) <= kind_of(feed).remembered_s(feed)
    many = {f"g/{n}": "0:0:7:0" for n in range(10, 2510)}
    assert second.claim(many) == {}
    assert first.claim(dict.fromkeys(many, "elsewhere")) == many


def remembered_s(kind: str) -> int:
    feed = make_feed(kind)
    return kind_of(feed).remembered_s(feed)


def test_case_events_are_remembered_longer_than_readings() -> None:
    assert remembered_s("cases") > remembered_s("readings")


def partition(intake: Any) -> RawPartition:
    heads = HeadReader("dust", "")
    key = "gp:checkpoint:ingest.dust:0"
    return RawPartition(intake, "dust", "raw.dust", 0, key, "me", 100.0, heads)


def dust_intake(kind: type[Intake] = Intake) -> Intake:
    places = Gazetteer([(0, make_grid())])
    return kind(make_feed("readings"), places, MemorySeen(), partition=0, partitions=1)


def message(value: bytes | None, offset: int, **changes: Any) -> Any:
    headers, timestamp = changes.get("headers"), changes.get("timestamp", (1, NOW_MS))
    return SimpleNamespace(
        offset=lambda: offset,
        value=lambda: value,
        headers=lambda: headers,
        timestamp=lambda: timestamp,
    )


def read_batch(*records: Any, key: str = "") -> RawBatch:
    return raw_batch(records, HeadReader("dust", key), NOW_MS)


def test_when_a_record_was_sent_its_header_says_only_in_a_replay() -> None:
    sent = ("gp-sent", b"81")
    batch = read_batch(
        message(b"1", 4, headers=[("other", b"9"), sent]),
        message(b"2", 5, headers=[sent, ("gp-replay", b"run-1")]),
        message(b"3", 6, headers=[sent, ("gp-retry", b"retry")]),
        message(b"4", 7, headers=[sent, ("gp-replay", b"run-1"), ("gp-retry", b"retry")]),
        message(b"", 8, headers=[sent, ("gp-replay", b"run-1"), ("gp-replay-mark", b"end")]),
    )
    assert batch.sent_ms == [NOW_MS, 81, 81, 81, 81]
    assert batch.heads == {
        1: RecordHead("run-1"),
        2: RecordHead("", attempt=1),
        3: RecordHead("run-1", attempt=1),
        4: RecordHead("run-1", ReplayMark.END),
    }
    assert batch.data.offsets == [4, 5, 6, 7]


@pytest.mark.parametrize(
    "headers",
    [
        [("gp-replay", b"run-1")],
        [("gp-replay", b"run-1"), ("gp-sent", b"soon")],
        [("gp-replay", b"run-1"), ("gp-sent", None)],
        [("gp-replay", b"run-1"), ("gp-sent", b"999999999999999")],
        [("gp-replay", b"run-1"), ("gp-sent", b"%d" % (NOW_MS + 1))],
        [("gp-replay", b"a run"), ("gp-sent", b"81")],
        [("gp-replay", b"\xff"), ("gp-sent", b"81")],
        [("gp-replay", b""), ("gp-sent", b"81")],
    ],
)
def test_a_replay_that_cannot_be_one_is_read_as_live(headers: Any) -> None:
    batch = read_batch(message(b"1", 4, headers=headers))
    assert (batch.sent_ms, batch.heads) == ([NOW_MS], {})


def test_with_a_key_only_a_replay_signed_for_the_feed_counts() -> None:
    later = ("gp-sent", b"%d" % (NOW_MS + 86_400_000))
    signed = run_header("run-1", "dust", "secret")
    wrong = (b"run-1", run_header("run-1", "cases", "secret"), signed.replace(b"1", b"2", 1))
    good = read_batch(message(b"1", 4, headers=[later, ("gp-replay", signed)]), key="secret")
    assert (good.sent_ms, good.heads[0].run) == ([NOW_MS + 86_400_000], "run-1")
    for header in wrong:
        forged = read_batch(message(b"1", 4, headers=[later, ("gp-replay", header)]), key="secret")
        assert (forged.sent_ms, forged.heads) == ([NOW_MS], {})


def test_no_producer_dates_a_record_after_it_was_read() -> None:
    stamps = [(2, NOW_MS - 5), (1, NOW_MS + 10**12), (0, -1), (1, -4)]
    batch = read_batch(*(message(b"1", n, timestamp=stamp) for n, stamp in enumerate(stamps)))
    assert batch.arrived_ms == [NOW_MS - 5, NOW_MS, NOW_MS, NOW_MS]


def test_the_broker_says_when_a_record_arrived_even_to_a_machine_whose_clock_was_set_back() -> None:
    """Found by the simulation: all data of an hour were refused as sent in the future."""
    batch = read_batch(message(b"1", 4, timestamp=(2, NOW_MS + 3_600_000)))
    assert batch.arrived_ms == batch.sent_ms == [NOW_MS + 3_600_000]


def test_the_marks_of_a_replay_do_not_keep_a_partition_busy() -> None:
    held = partition(dust_intake())
    beat = [("gp-sent", b"81"), ("gp-replay", b"run-1"), ("gp-replay-mark", b"beat")]
    held.is_announced = True
    held.take([message(b"", 0, headers=beat)], NOW_MS, 200.0)
    assert (held.active_s, held.is_announced, held.intake.position) == (100.0, True, 1)
    held.take([message(b"{", 1)], NOW_MS, 200.0)
    assert (held.active_s, held.is_announced) == (200.0, False)


def test_a_record_that_breaks_the_code_goes_to_the_dead_letters_alone() -> None:
    class Fragile(Intake):
        def take(self, batch: RawBatch, ingested_ms: int) -> IntakeResult:
            if b"poison" in batch.values:
                raise ZeroDivisionError
            return super().take(batch, ingested_ms)

    intake = dust_intake(Fragile)
    good = raw(
        {"sensor": "d", "metric": "noise", "value": 1, "ts": NOW_MS, "cell": "110101001001001"}
    )
    values = [good.values[0], b"poison", good.values[0]]

    taken = partition(intake).take([message(v, n) for n, v in enumerate(values)], NOW_MS, 1.0)

    assert (taken.accepted, intake.position) == (2, 3)
    assert [(r.reason, r.offset, r.data) for r in taken.rejected] == [
        (Reason.DOWNSTREAM, 1, b"poison")
    ]
    assert "ZeroDivisionError" in taken.rejected[0].detail


def test_a_missing_server_is_no_fault_of_the_batch() -> None:
    class Cut:
        def take(self, batch: RawBatch, ingested_ms: int) -> IntakeResult:
            msg = "Redis is not there"
            raise ServerUnavailable(msg)

    with pytest.raises(ServerUnavailable):
        partition(Cut()).take([message(b"1", 0)], NOW_MS, 1.0)


def test_only_a_partition_at_its_end_whose_streets_know_so_is_idle() -> None:
    held = partition(dust_intake())
    assert not held.is_idle(now_s=200, idle_s=10)
    held.at_end = True
    assert not held.is_idle(now_s=110, idle_s=10)
    held.is_announced = True
    assert held.is_idle(now_s=110, idle_s=10)
    assert not held.is_idle(now_s=109.9, idle_s=10)


def test_a_refused_message_ends_the_sending() -> None:
    config = {"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 1, "log_level": 0}
    producer = QueuedProducer(config, full_s=5)
    for value in (b"x", b"xy"):
        producer.send("frames", value, partition=0)
    with pytest.raises(NotDelivered, match="2 messages were refused; the last: 2 bytes for frames"):
        producer.flush(5)
    with pytest.raises(NotDelivered):
        producer.check()


def test_a_broker_that_does_not_acknowledge_is_not_waited_for_without_end() -> None:
    producer = QueuedProducer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}, full_s=0.2)
    producer.send("frames", b"x", b"110101001")
    with pytest.raises(ServerUnavailable, match="did not acknowledge 1 messages"):
        producer.flush(0.2)


def test_a_queue_that_stays_full_is_not_waited_for_without_end() -> None:
    config = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0, "queue.buffering.max.messages": 1}
    producer = QueuedProducer(config, full_s=0.2)
    producer.send("frames", b"x")
    with pytest.raises(ServerUnavailable, match="Kafka takes no messages"):
        producer.send("frames", b"y")


def test_dead_letters_of_a_raw_partition_keep_together() -> None:
    sent: list[tuple[str, bytes, bytes]] = []

    def produce(topic: str, value: bytes, key: bytes, **_: object) -> None:
        sent.append((topic, key, value))

    ingest = Ingest(
        small_catalog(),
        Settings(),
        SimpleNamespace(),  # type: ignore[arg-type]
        {},
        Health(),
        make_consumer=lambda _: None,
        make_producer=lambda _: SimpleNamespace(produce=produce),
    )
    letter = Rejected(reason=Reason.EMPTY, detail="", topic="raw.dust", partition=2, offset=5)
    ingest._set_aside("dead-letters", partition(None), [letter])
    assert [(topic, key) for topic, key, _ in sent] == [("dead-letters", b"raw.dust/2")]
    assert decode(Rejected, sent[0][2]) == letter


def test_a_replay_is_idle_while_its_marks_say_so_and_once_it_is_over() -> None:
    """One that neither goes on nor ends is stalled: what it has still to say is waited for."""
    run = [("gp-replay", b"run-1"), ("gp-sent", b"81")]
    held = partition(dust_intake())

    def read(now_s: float, offset: int, mark: bytes | None = None) -> None:
        headers = run if mark is None else [*run, ("gp-replay-mark", mark)]
        held.take([message(b"{}" if mark is None else b"", offset, headers=headers)], NOW_MS, now_s)
        held.at_end = held.is_announced = True

    read(100.0, 0)
    assert not held.is_idle(111.0, 10.0)
    assert not held.is_idle(99.0 + STALLED_S, 10.0)
    assert held.is_idle(100.0 + STALLED_S, 10.0)  # it was broken off: the last panes close
    read(111.0, 1, b"beat")
    assert held.is_idle(112.0, 10.0) and not held.is_idle(112.0, 13.0)
    assert not held.is_idle(114.0, 10.0)
    read(115.0, 2, b"end")
    assert held.is_idle(200.0, 10.0)
