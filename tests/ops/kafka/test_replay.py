from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner

from config.errors import InputError, ServerUnavailable
from config.names import MARK_HEADER, REPLAY_HEADER, SENT_HEADER
from config.settings import Settings
from models.feeds.raw import RawMessage, peek
from models.feeds.replay_run import run_header
from ops.cli import application
from ops.cli_times import moment_ms
from ops.files.raw_lines import RawLines
from ops.files.replay_file import ReplayRequest, replay_file
from ops.kafka.raw_publisher import HEARTBEAT_S, RawPublisher
from ops.kafka.replay import paced
from ops.processes.ports import free_port

T0 = 1459440000000  # 2016-04-01 in Beijing


def reading(sensor: str, minute: int) -> bytes:
    body = {"sensor": sensor, "metric": "pm10", "value": minute, "ts": T0 + minute * 60_000}
    return json.dumps(body).encode()


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_messages_come_at_the_speed_asked_for() -> None:
    clock = Clock()
    sent = [RawMessage(T0 + s * 1000, "a", b"") for s in (0, 60, 60, 600, 30, 660)]
    came = [clock.now for _ in paced(sent, 60.0, lambda: clock.now, clock.sleep)]
    # The one out of order comes at once, with those before it.
    assert came == pytest.approx([100, 101, 101, 110, 110, 111])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"sensor":"a","metric":"x","value":1,"ts":1459440000}', (T0, "a")),
        (b'{"case":"7","type":"filed","ts":"2016-04-01T00:00:00+08:00"}', (T0, "7")),
        (b'[{"sensor":"a","ts":1459440000000},{"sensor":"b","ts":1}]', (T0, "a")),
        (
            b'{"specversion":"1.0","id":"1","source":"s","type":"t","data":'
            b'{"sensor":"a","ts":1459440000}}',
            (T0, "a"),
        ),
        (b'{"sensor":"a","ts":"2016-04-01"}', None),
        (b'{"sensor":"a"}', None),
        (b"[]", None),
        (b"{", None),
        (b"\xff", None),
        (b"3", None),
    ],
)
def test_a_raw_message_tells_its_time_and_key(
    line: bytes, expected: tuple[int, str] | None
) -> None:
    assert peek(line) == expected


@pytest.mark.parametrize("packed", [False, True])
def test_a_broken_line_is_sent_at_the_time_of_the_one_before(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("raw.jsonl.gz" if packed else "raw.jsonl")
    text = b"\n".join([reading("a", 1), b"", b"{broken", reading("b", 3)])
    path.write_bytes(gzip.compress(text) if packed else text)
    lines = RawLines(path)
    messages = list(lines.messages())
    assert [(m.ts_ms - T0, m.key) for m in messages] == [
        (60_000, "a"),
        (60_000, ""),
        (180_000, "b"),
    ]
    assert lines.unreadable == {"unreadable-line": 1}
    assert [m.key for m in lines.messages(T0 + 120_000, T0 + 180_000)] == []
    assert [m.key for m in lines.messages(T0 + 120_000, T0 + 180_001)] == ["b"]


def test_times_of_the_command_line_are_local_unless_they_say() -> None:
    assert moment_ms("2016-04-01", "Asia/Shanghai") == T0
    assert moment_ms("2016-03-31T16:00Z", "Asia/Shanghai") == T0
    with pytest.raises(InputError, match="expected a time such as 2016-04-01"):
        moment_ms("April", "UTC")


@pytest.fixture
def broker(light_broker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A broker with the raw topic of dust, named by the environment."""
    admin = AdminClient({"bootstrap.servers": light_broker})
    if "raw.dust" not in admin.list_topics(timeout=10).topics:
        admin.create_topics([NewTopic("raw.dust", 2, 1)])["raw.dust"].result(10)
    monkeypatch.setenv("GRIDPULSE_BROKERS", light_broker)
    monkeypatch.delenv("GRIDPULSE_CITY", raising=False)
    yield light_broker


def consumed(broker: str, wanted: set[bytes]) -> list[tuple[str, str, bytes]]:
    """Key, sent header and value of the records of raw.dust with the wanted values."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "test"})
    consumer.assign([TopicPartition("raw.dust", partition, 0) for partition in (0, 1)])
    found: list[tuple[str, str, bytes]] = []
    try:
        while len(found) < len(wanted):
            record = consumer.poll(10)
            assert record is not None and record.error() is None, f"{len(found)} records came"
            key, value, headers = record.key(), record.value(), dict(record.headers() or [])
            assert headers[REPLAY_HEADER]
            if MARK_HEADER in headers:
                continue
            sent = headers[SENT_HEADER]
            assert isinstance(key, bytes) and isinstance(value, bytes) and isinstance(sent, bytes)
            if value in wanted:
                found.append((key.decode(), sent.decode(), value))
        return found
    finally:
        consumer.close()


@pytest.mark.broker
def test_what_is_published_says_when_it_was_sent(broker: str, tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    lines = [reading(sensor, minute) for minute in range(5) for sensor in ("r1", "r2", "r3")]
    path.write_bytes(b"\n".join(lines))
    answer = CliRunner().invoke(application(), ["replay", "dust", str(path), "--json"])
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    account = said["input"]
    assert (said["messages"], account["read"], account["set_aside"]) == (15, 15, {})
    assert said["first"] == "2016-04-01T00:00:00+08:00"
    records = consumed(broker, set(lines))
    assert sorted(value for _, _, value in records) == sorted(lines)
    for key, sent, value in records:
        assert (int(sent), key) == peek(value)
    for sensor in ("r1", "r2", "r3"):  # in order, in one partition
        times = [int(sent) for key, sent, _ in records if key == sensor]
        assert times == sorted(times)


def all_headers(broker: str, partition: int) -> list[dict[str, object]]:
    """Headers of all records of a partition of raw.dust."""
    where = TopicPartition("raw.dust", partition, 0)
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "test"})
    consumer.assign([where])
    end = consumer.get_watermark_offsets(where, timeout=5)[1]
    found: list[dict[str, object]] = []
    while len(found) < end:
        records = consumer.consume(100, 1)
        assert records, f"{len(found)} of {end} records came"
        found += [dict(record.headers() or []) for record in records]
    consumer.close()
    return found


@pytest.mark.broker
def test_every_raw_partition_hears_of_the_beginning_and_the_end_of_a_replay(broker: str) -> None:
    message = RawMessage(T0, "marks", reading("marks", 0))
    publisher = RawPublisher(Settings(brokers=broker), print, "marked")
    with pytest.raises(KeyboardInterrupt), publisher:
        publisher.publish("dust", message)
        raise KeyboardInterrupt  # broken off: it has ended all the same

    marks = [
        (partition, headers[MARK_HEADER])
        for partition in (0, 1)
        for headers in all_headers(broker, partition)
        if headers[REPLAY_HEADER] == b"marked" and MARK_HEADER in headers
    ]
    assert marks == [(0, b"begin"), (0, b"end"), (1, b"begin"), (1, b"end")]


@pytest.mark.broker
def test_only_a_signed_replay_may_lie_in_the_future(broker: str) -> None:
    later = RawMessage(round(time.time() * 1000) + 86_400_000, "later", reading("later", 0))
    with (
        pytest.raises(InputError, match="set GRIDPULSE_REPLAY_KEY"),
        RawPublisher(Settings(brokers=broker), print) as publisher,
    ):
        publisher.publish("dust", later)
    with RawPublisher(Settings(brokers=broker, replay_key="secret"), print, "signed") as signed:
        signed.publish("dust", later)
    header = run_header("signed", "dust", "secret")
    found = [one for at in (0, 1) for one in all_headers(broker, at)]
    assert {one[SENT_HEADER] for one in found if one[REPLAY_HEADER] == header} == {
        b"%d" % later.ts_ms
    }


@pytest.mark.broker
def test_the_clock_of_a_replay_goes_on_while_nothing_is_due(broker: str) -> None:
    with RawPublisher(Settings(brokers=broker), print, "paced") as publisher:
        publisher.speed = 3600.0
        publisher.publish("dust", RawMessage(T0, "paced", reading("paced", 0)))
        end_s = time.monotonic() + 1.5 * HEARTBEAT_S
        while time.monotonic() < end_s:
            publisher.pause(0.1)
    beats = [
        int(str(headers[SENT_HEADER], "ascii"))  # type: ignore[call-overload]
        for headers in all_headers(broker, 0)
        if headers[REPLAY_HEADER] == b"paced" and headers.get(MARK_HEADER) == b"beat"
    ]
    assert len(beats) == 1
    assert HEARTBEAT_S * 3600 <= (beats[0] - T0) / 1000 <= HEARTBEAT_S * 3600 * 2


@pytest.mark.broker
def test_a_mapped_file_is_published_with_what_did_not_fit(broker: str, tmp_path: Path) -> None:
    path = tmp_path / "air.csv"
    path.write_text(
        "year,month,day,hour,PM2.5,PM10,station\n"
        "2016,4,1,0,10,30,Dongsi\n2016,4,1,1,NA,31,Dongsi\n2016,4,31,0,1,1,Dongsi\n"
        "2016,4,2,0,1,1,Dongsi\n"
    )
    request = ReplayRequest(feed="dust", file=path, mapping="prsa", until="2016-04-02")
    summary = replay_file(request)
    assert summary.published.messages == 2
    told = summary.as_dict()["input"]
    assert (told["read"], told["used"]) == (4, 2)
    assert told["set_aside"] == {"unreadable-time": 1, "outside-span": 1}
    assert "2 messages published to feed dust" in summary.as_text()
    assert "set aside: 1 unreadable-time (row 3)" in summary.as_text()


@pytest.mark.broker
def test_a_missing_topic_is_not_made_by_accident(broker: str, tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_bytes(reading("a", 1))
    with pytest.raises(InputError, match=r"no topic raw.hazard .* run gridpulse topics create"):
        replay_file(ReplayRequest(feed="hazard", file=path))


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (ReplayRequest(feed="dust", file=Path("x.csv"), speed="fast"), "speed: expected a number"),
        (ReplayRequest(feed="dust", file=Path("x.csv"), speed="0"), "speed: expected a number"),
        (ReplayRequest(feed="dust", file=Path("x.csv"), speed="inf"), "speed: expected a number"),
        (
            ReplayRequest(feed="dusk", file=Path("x.csv")),
            "there is no feed 'dusk'; dongcheng has assistance",
        ),
        (
            ReplayRequest(feed="cases", file=Path("x.csv"), mapping="prsa"),
            "prsa is for feed dust, not",
        ),
        (ReplayRequest(feed="dust", file=Path("x.csv")), "x.csv: no such file"),
    ],
)
def test_wrong_use_is_told_before_a_broker_is_looked_for(
    request_: ReplayRequest, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRIDPULSE_CITY", raising=False)
    with pytest.raises(InputError, match=why):
        replay_file(request_)


def test_a_missing_broker_is_waited_for_and_then_named() -> None:
    settings = Settings(brokers=f"127.0.0.1:{free_port()}", wait_s=0.5)
    notes: list[str] = []
    with pytest.raises(ServerUnavailable, match=r"no Kafka broker at 127\.0\.0\.1"):
        RawPublisher(settings, notes.append)
    assert notes == [f"waiting for a Kafka broker at {settings.brokers}"]
