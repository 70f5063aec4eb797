"""Warnings from the command line, against the agent `warn` on the embedded broker."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from typer.testing import CliRunner, Result

from config import names
from config.errors import InputError
from config.settings import Settings
from models.messages.commands import Assign, Close, CloseCause, Role, Shelve
from ops import cli
from ops.cli_times import minutes_of
from ops.kafka.clients import reader, writer
from ops.kafka.topics import TopicPlan, create
from ops.processes.embedded import embedded_broker
from ops.warnings.asking import command_of
from streams.agents.warn import WarnProcessor
from streams.host.processor import Effect, Processor, Record, Send
from streams.host.refused import apply_record
from tests.streams.agents.district import dongcheng, run
from tests.streams.agents.test_warn import LIFE

TOPICS = (names.COMMANDS, names.RESULTS, names.AUDIT, names.WARNINGS, names.DEAD_LETTERS)


class Agent:
    """An agent as a worker runs it, but for its checkpoints; `warn` where none is named."""

    def __init__(
        self, settings: Settings, name: str = "warn", processor: Processor | None = None
    ) -> None:
        self._settings, self._name = settings, name
        self._processor = processor or WarnProcessor(dongcheng())
        self._is_over = threading.Event()

    def signalled(self, records: list[Record]) -> None:
        self._send(run(self._processor, records))

    @contextmanager
    def listening(self) -> Iterator[None]:
        thread = threading.Thread(target=self._listen)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()

    def _listen(self) -> None:
        where = TopicPartition(names.COMMANDS, 0)
        with reader(self._settings) as consumer:
            consumer.assign([where])
            consumer.seek_to_beginning(where)
            while not self._is_over.is_set():
                for each in consumer.poll(100).get(where, ()):
                    record = Record(names.COMMANDS, 0, each.offset, each.value, each.timestamp)
                    self._send(apply_record(self._name, self._processor, record))

    def _send(self, effects: list[Effect] | Any) -> None:
        with writer(self._settings) as producer:
            for effect in effects:
                assert isinstance(effect, Send)
                producer.send(effect.topic, value=effect.value, key=effect.key)


def one(name: str) -> TopicPlan:
    return TopicPlan(name=name, partitions=1, replication=1, retention_ms=3_600_000)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder: Path = tmp_path_factory.mktemp("broker")
    with embedded_broker(folder) as brokers:
        made = Settings(brokers=brokers)
        create(made, [one(name) for name in TOPICS])
        yield made


@pytest.fixture
def kafka(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GRIDPULSE_BROKERS", settings.brokers)
    return settings


def gridpulse(*arguments: str) -> Result:
    return CliRunner().invoke(cli.application(), list(arguments))


def answer(*arguments: str, status: int = 0) -> dict[str, Any]:
    """Ask, and give the result as JSON."""
    ended = gridpulse("warnings", *arguments, "--actor", "li", "--json", "--wait", "30")
    assert ended.exit_code == status, ended.output
    result: dict[str, Any] = json.loads(ended.stdout)["result"]
    return result


@pytest.mark.broker
def test_a_warning_is_seen_through_to_its_end(kafka: Settings) -> None:
    agent = Agent(kafka)
    agent.signalled(LIFE[:1])
    (raised,) = json.loads(gridpulse("warnings", "list", "--json").stdout)["warnings"]
    name = raised["id"]
    assert (raised["state"], raised["revision"]) == ("unacknowledged", 0)
    with agent.listening():
        assert answer("ack", name)["state"] == "acknowledged"
        stale = answer("shelve", name, "--for", "1h", "-m", "work", "--revision", "0", status=1)
        assert (stale["refusal"], [each["actor"] for each in stale["since"]]) == ("stale", ["li"])
        assert answer("assign", name, "--to", "bureau", "-m", "Mrs Wang")["refusal"] is None
        assert answer("comment", name, "-m", "no rain", "--id", "once")["revision"] == 3
        assert answer("comment", name, "-m", "no rain", "--id", "once")["revision"] == 3
        assert answer("shelve", name, "--for", "1h", "-m", "work")["state"] == "shelved"
        assert json.loads(gridpulse("warnings", "list", "--json").stdout)["warnings"] == []
        assert answer("unshelve", name)["state"] == "unacknowledged"
        assert answer("accept", name, "-m", "watered")["revision"] == 6
        standing = answer("close", name, "--cause", "resolved", status=1)
        assert standing["refusal"] == "impossible"
        agent.signalled(LIFE[1:])
        assert answer("close", name, "--cause", "resolved")["state"] == "normal"
        assert answer("reject", name, "-m", "late", status=1)["refusal"] == "impossible"
    shown = gridpulse("warnings", "show", name, "--lang", "en", "--wide").stdout
    assert "assigned: bureau" in shown
    assert "Mrs Wang" in shown
    audit = json.loads(gridpulse("audit", name, "--people", "--json").stdout)
    assert [entry["change"] for entry in audit["entries"]] == [
        "acknowledged", "assigned", "commented", "shelved", "unshelved", "accepted", "closed",
    ]  # fmt: skip
    table = gridpulse("audit", "--limit", "1", "--wide", "--lang", "zh").stdout
    assert "1 of 9 changes" in table
    assert "关闭" in table


@pytest.mark.broker
def test_without_an_answer_the_command_says_how_to_ask_again(kafka: Settings) -> None:
    name = "dust-local-excess.110101001.20140408T234500Z"
    arguments = ("ack", name, "--revision", "0", "--wait", "0.2")
    ended = gridpulse("warnings", *arguments, "--id", "again")
    assert ended.exit_code == 1
    assert "no answer within 0.2 s" in ended.stdout
    assert "--id again" in ended.stdout


@pytest.mark.broker
def test_an_unknown_warning_is_refused_before_anything_is_sent(kafka: Settings) -> None:
    ended = gridpulse("warnings", "ack", "nonsense")
    assert ended.exit_code != 0
    assert "no warning 'nonsense'" in str(ended.exception)


GIVEN: dict[str, Any] = {
    "warning": "w", "revision": 3, "text": "t", "role": "operator", "command_id": "", "actor": "",
}  # fmt: skip


def test_a_command_is_made_of_what_was_typed() -> None:
    assert command_of("assign", GIVEN | {"to": "bureau"}).action == Assign(to=Role.BUREAU)
    assert command_of("shelve", GIVEN | {"lasting": "2h"}).action == Shelve(minutes=120)
    closing = command_of("close", GIVEN | {"cause": "equipment", "command_id": "x", "actor": "li"})
    assert closing.action == Close(cause=CloseCause.EQUIPMENT)
    assert (closing.id, closing.actor, closing.role) == ("x", "li", Role.OPERATOR)
    one, two = (command_of("acknowledge", GIVEN) for _ in range(2))
    assert one.id != two.id


@pytest.mark.parametrize(
    ("do", "wrong"),
    [
        ("assign", {"to": "mayor"}),
        ("close", {"cause": "bored"}),
        ("acknowledge", {"role": "king"}),
        ("acknowledge", {"command_id": "x" * 65}),
        ("acknowledge", {"actor": "x" * 65}),
        ("comment", {"text": "x" * 1001}),
        ("acknowledge", {"warning": ""}),
        ("dance", {}),
    ],
)
def test_wrong_parts_of_a_command_are_refused_with_a_sentence(
    do: str, wrong: dict[str, str]
) -> None:
    with pytest.raises(InputError, match=r"not a valid command|at most 64 characters"):
        command_of(do, GIVEN | wrong)


@pytest.mark.parametrize("text", ["", "h", "2 weeks", "nan", "1e400"])
def test_a_length_of_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected a length of time"):
        minutes_of(text)
