"""`gridpulse train cases`: learns from the archive, tells how good it is, hands over to workers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner

from config import names
from config.errors import ServerUnavailable
from config.loader import load
from config.settings import PREFIX, Settings
from models.cases.prediction.breach import BreachModel
from models.messages.case_events import CaseEvent, EventType
from models.messages.case_models import CaseModel
from models.messages.envelope import decode
from ops.cli import application
from ops.kafka import publish_model
from ops.kafka.topics import create, plan
from streams.breach_file import read_model
from tests.models.cases.building import at, event
from tests.ops.analysis.test_case_history import write

T = EventType
RUNNER = CliRunner()
CASES = 400


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Half of the cases are of a slow department; one in eight breaks its limit."""
    events: list[CaseEvent] = []
    for number in range(CASES):
        slow = number % 2 == 0
        case, hour = str(number), number * 3.0
        department = "slow" if slow else "quick"
        events.append(event(case, T.REPORTED, hour, due_ms=at(hour + 10), department=department))
        events.append(event(case, T.FILED, hour))
        events.append(event(case, T.CLOSED, hour + (4.0 if number % 8 else 15.0 + slow)))
    write(tmp_path, events)
    return tmp_path


def train(archive: Path, *arguments: str, brokers: str = "127.0.0.1:1") -> dict[str, Any]:
    env = {f"{PREFIX}ARCHIVE_DIR": str(archive), f"{PREFIX}BROKERS": brokers}
    result = RUNNER.invoke(application(), ["train", "cases", "--json", *arguments], env=env)
    if result.exception is not None:
        raise result.exception
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def handed_over(brokers: str, partitions: int) -> list[BreachModel]:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "test"})
    consumer.assign([TopicPartition(names.CASE_MODELS, n, 0) for n in range(partitions)])
    models: dict[int, BreachModel] = {}
    while len(models) < partitions:
        message = consumer.poll(20)
        assert message is not None
        assert message.error() is None
        packed = decode(CaseModel, message.value() or b"")
        models[message.partition() or 0] = BreachModel.from_json(packed.model)
    consumer.close()
    return list(models.values())


@pytest.mark.broker
def test_every_street_partition_is_handed_the_model_of_the_archive(
    archive: Path, light_broker: str
) -> None:
    settings = Settings(brokers=light_broker, archive_dir=archive)
    create(settings, [p for p in plan(settings, load(settings)) if p.name == names.CASE_MODELS])
    answer = train(archive, brokers=light_broker)
    assert answer["published_messages"] == settings.street_partitions
    assert answer["cases"] == CASES
    assert 0 <= answer["brier"]["model"] <= 1
    assert answer["uses"] == "curves"  # too few to hold some apart and choose by them
    written = read_model(settings)
    assert handed_over(light_broker, settings.street_partitions) == [written] * 4


def test_a_trial_writes_and_publishes_nothing(archive: Path) -> None:
    answer = train(archive, "--dry-run")
    assert (answer["model"], answer["published_messages"]) == (None, 0)
    assert not (archive / "models").exists()


def test_a_model_for_another_place_goes_to_no_worker(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere" / "model.json"
    answer = train(archive, "--out", str(out))
    assert answer["published_messages"] == 0
    assert BreachModel.from_json(out.read_bytes()).cases == CASES
    assert read_model(replace(Settings(), archive_dir=archive)) is None


def test_it_is_told_for_people(archive: Path, tmp_path: Path) -> None:
    env = {f"{PREFIX}ARCHIVE_DIR": str(archive)}
    arguments = ["train", "cases", "--out", str(tmp_path / "model.json")]
    told = RUNNER.invoke(application(), arguments, env=env).stdout
    for text in ("Brier score", "plain rule", "precision at recall", "predicted → observed"):
        assert text in told


def test_a_broker_that_is_away_is_said_after_the_model_was_written(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_model, "PUBLISH_S", 0.5)
    with pytest.raises(ServerUnavailable, match=r"Kafka at 127\.0\.0\.1:1 did not answer"):
        train(archive)
    assert read_model(replace(Settings(), archive_dir=archive)) is not None
