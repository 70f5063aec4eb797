"""Dead letters are shown, and sent again once."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from kafka import TopicPartition
from typer.testing import CliRunner, Result

from config import names
from config.errors import ServerUnavailable
from config.settings import Settings
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import encode
from models.messages.topics import topics_of
from ops.commands import dead_letters
from ops.kafka.clients import reader, writer
from ops.kafka.dead_letters import Fate, identity, read, retry, select
from ops.kafka.topics import TopicPlan, create
from ops.processes.embedded import embedded_broker, embedded_redis


def rejected(offset: int = 0, data: bytes = b"{}", **changes: object) -> Rejected:
    values: dict[str, object] = {
        "reason": Reason.OUT_OF_RANGE,
        "detail": "value 9999 of pm10 lies outside 0 to 2000",
        "topic": "raw.dust",
        "partition": 0,
        "offset": offset,
        "data_b64": base64.b64encode(data).decode(),
    }
    return Rejected(**(values | changes))  # type: ignore[arg-type]


def test_each_dead_letter_meets_its_fate() -> None:
    remembered: set[str] = set()
    sent: list[Rejected] = []

    def claim(record: Rejected) -> bool:
        is_new = identity(record) not in remembered
        remembered.add(identity(record))
        return is_new

    records = [
        rejected(1),
        rejected(1),
        rejected(1, index=0),
        rejected(2, truncated_from=9),
        rejected(3, topic="frames"),
        rejected(4, attempts=1),
    ]
    counts = retry(records, claim, sent.append)

    assert counts == {
        Fate.SENT: 2,
        Fate.SENT_BEFORE: 1,
        Fate.TRUNCATED: 1,
        Fate.NOT_RAW: 1,
        Fate.REFUSED_AGAIN: 1,
    }
    assert [(record.offset, record.index) for record in sent] == [(1, -1), (1, 0)]


def test_the_same_place_in_another_life_of_a_topic_is_another_letter() -> None:
    assert identity(rejected(1, b"a")) == identity(rejected(1, b"a", detail="said otherwise"))
    assert identity(rejected(1, b"a")) != identity(rejected(1, b"b"))


def test_reason_and_feed_select() -> None:
    records = [rejected(1), rejected(2, topic="raw.cases"), rejected(3, reason=Reason.EMPTY)]
    assert [r.offset for r in select(records)] == [1, 2, 3]
    assert [r.offset for r in select(records, reason="empty")] == [3]
    assert [r.offset for r in select(records, reason="out-of-range", feed="cases")] == [2]


@pytest.mark.broker
def test_a_missing_broker_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.kafka.topic_reader._ANSWER_S", 0.5)
    with pytest.raises(ServerUnavailable, match=r"Kafka at 127.0.0.1:1 did not answer"):
        list(read(Settings(brokers="127.0.0.1:1"), names.DEAD_LETTERS))


def one(name: str) -> TopicPlan:
    return TopicPlan(name=name, partitions=1, replication=1, retention_ms=86_400_000)


def set_aside(settings: Settings, *letters: Rejected) -> None:
    with writer(settings) as producer:
        for letter in letters:
            producer.send(names.DEAD_LETTERS, value=encode(letter)).get(10)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Servers with three dead letters, named by the environment as commands find them."""
    with embedded_broker(tmp_path / "b") as brokers, embedded_redis(tmp_path / "r") as redis:
        settings = Settings(brokers=brokers, redis_url=redis)
        create(settings, [one(name) for name in (*topics_of("one"), "raw.dust")])
        set_aside(
            settings,
            rejected(1, b'{"value": 9999}', sent_ms=81),
            rejected(2, b"[bold]", reason=Reason.BROKEN_JSON),
            rejected(3, truncated_from=10_000_000, reason=Reason.TOO_LARGE),
        )
        monkeypatch.setenv("GRIDPULSE_BROKERS", brokers)
        monkeypatch.setenv("GRIDPULSE_REDIS_URL", redis)
        yield settings


def gridpulse(*arguments: str) -> Result:
    app = typer.Typer()
    dead_letters.register(app)
    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["dead-letters", *arguments])


def raw_records(settings: Settings) -> list[tuple[bytes | None, object]]:
    where = TopicPartition("raw.dust", 0)
    with reader(settings) as consumer:
        consumer.assign([where])
        consumer.seek_to_beginning(where)
        return [(r.value, list(r.headers)) for r in consumer.poll(1000).get(where, ())]


@pytest.mark.broker
def test_letters_are_shown_and_sent_again_once(settings: Settings) -> None:
    shown = json.loads(gridpulse("show", "--limit", "2", "--json").stdout)
    assert (shown["total"], [r["offset"] for r in shown["records"]]) == (3, [2, 3])
    assert shown["reasons"] == {"out-of-range": 1, "broken-json": 1, "too-large": 1}
    table = gridpulse("show", "--reason", "broken-json").stdout
    assert "raw.dust/0 @ 2" in table
    assert "[bold]" in table
    assert "nothing in late" in gridpulse("show", "--topic", "late").stdout

    dry = json.loads(gridpulse("retry", "--dry-run", "--json").stdout)
    assert (dry["sent"], raw_records(settings)) == (2, [])
    assert "1 sent again" in gridpulse("retry", "--reason", "out-of-range").stdout
    second = gridpulse("retry").stdout
    assert "1 sent again; 1 were sent again before; 1 cannot be sent" in second

    assert raw_records(settings) == [
        (b'{"value": 9999}', [(names.SENT_HEADER, b"81"), (names.RETRY_HEADER, b"retry-1")]),
        (b"[bold]", []),
    ]


@pytest.mark.parametrize("wrong", [("--topic", "raw.dust"), ("--reason", "bad luck")])
def test_wrong_use_ends_with_status_2(wrong: tuple[str, str]) -> None:
    assert gridpulse("show", *wrong).exit_code == 2


def test_a_letter_is_sent_as_often_as_asked_and_no_more() -> None:
    letters = [rejected(number, attempts=number) for number in range(4)]
    sent: list[Rejected] = []
    counts = retry(letters, lambda record: True, sent.append, attempts=2)
    assert [record.attempts for record in sent] == [0, 1]
    assert counts[Fate.REFUSED_AGAIN] == 2


@pytest.mark.broker
def test_reading_ends_where_the_topic_ended_even_if_each_letter_brings_another(
    settings: Settings,
) -> None:
    found = []
    for letter in read(settings, names.DEAD_LETTERS):
        found.append(letter.offset)
        set_aside(settings, rejected(100 + letter.offset, attempts=1))
        assert len(found) < 10
    assert found == [1, 2, 3]
    again = json.loads(gridpulse("retry", "--json").stdout)
    assert (again["sent"], again["refused_again"]) == (2, 3)
