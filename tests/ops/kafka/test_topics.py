"""Topics: planned from the settings, made once, checked before a worker starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from config import names
from config.catalog import Catalog
from config.errors import GridpulseError, ServerUnavailable
from config.loader import load
from config.settings import Settings
from models.messages.topics import topics_of
from models.timing.units import DAY_MS
from ops.cli import application
from ops.kafka.apache import Kafka
from ops.kafka.clients import admin
from ops.kafka.topics import CREATE_COMMAND, TopicPlan, create, plan, problems
from ops.processes.embedded import embedded_broker
from ops.processes.ports import free_port
from ops.processes.worker import await_servers, refuse_wrong_topics
from streams.health import Health
from tests.faults.counting import SPEC


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


def _plan(name: str, partitions: int = 2) -> TopicPlan:
    return TopicPlan(name=name, partitions=partitions, replication=1, retention_ms=DAY_MS)


def test_partitions_follow_the_level(catalog: Catalog) -> None:
    settings = Settings(raw_partitions=3, street_partitions=5, district_partitions=2)
    planned = {p.name: p for p in plan(settings, catalog)}
    assert {planned[names.raw_topic(feed)].partitions for feed in catalog.feeds} == {3}
    assert {planned[topic].partitions for topic in topics_of("street")} == {5}
    assert {planned[topic].partitions for topic in topics_of("district")} == {2}


def test_of_what_is_learnt_and_asked_for_the_newest_of_each_key_is_kept_and_of_all_else_a_time(
    catalog: Catalog,
) -> None:
    policies = {p.name: p.configuration()["cleanup.policy"] for p in plan(Settings(), catalog)}
    for topic in (names.BASELINES, names.CASE_MODELS, names.SUBSCRIPTIONS):
        assert policies.pop(topic) == "compact"
    assert set(policies.values()) == {"delete"}


def test_evidence_is_kept_longer_than_raw_data_and_that_longer_than_summaries(
    catalog: Catalog,
) -> None:
    kept = {p.name: p.retention_ms for p in plan(Settings(), catalog)}
    assert kept[names.raw_topic("dust")] == kept[names.FRAMES] == 30 * DAY_MS
    assert kept[names.WARNINGS] > kept[names.raw_topic("dust")] > kept[names.SUMMARIES]
    assert kept[names.RECEIPTS] == kept[names.WARNINGS]


def test_segments_are_short_enough_for_retention_to_act() -> None:
    topic = TopicPlan(name="x", partitions=1, replication=3, retention_ms=3_600_000)
    configuration = topic.configuration()
    assert int(configuration["segment.ms"]) <= topic.retention_ms / 10
    assert configuration["min.insync.replicas"] == "2"


@pytest.mark.broker
def test_topics_are_made_once_and_then_found(light_broker: str) -> None:
    wanted = [_plan("made-once-a"), _plan("made-once-b", 3)]
    assert problems(Settings(brokers=light_broker), wanted) == [
        f"topic made-once-a is missing: run `{CREATE_COMMAND}`",
        f"topic made-once-b is missing: run `{CREATE_COMMAND}`",
    ]
    assert create(Settings(brokers=light_broker), wanted) == ["made-once-a", "made-once-b"]
    assert create(Settings(brokers=light_broker), wanted) == []
    assert problems(Settings(brokers=light_broker), wanted) == []


@pytest.mark.broker
def test_another_number_of_partitions_is_refused(light_broker: str) -> None:
    create(Settings(brokers=light_broker), [_plan("other-count", 2)])
    (problem,) = problems(Settings(brokers=light_broker), [_plan("other-count", 4)])
    assert "has 2 partitions, the settings say 4" in problem
    with pytest.raises(GridpulseError, match="keys would move"):
        create(Settings(brokers=light_broker), [_plan("other-count", 4), _plan("never-made")])
    assert problems(Settings(brokers=light_broker), [_plan("never-made")])


@pytest.mark.kafka
def test_apache_kafka_keeps_the_retention(kafka: Kafka) -> None:
    create(Settings(brokers=kafka.bootstrap), [_plan("kept-a-day")])
    with admin(Settings(brokers=kafka.bootstrap)) as client:
        resource = ConfigResource(ConfigResourceType.TOPIC, "kept-a-day")
        found = client.describe_configs([resource])
    assert f"'retention.ms': {{'value': '{DAY_MS}'" in str(found)


def test_a_missing_broker_is_one_sentence() -> None:
    with pytest.raises(
        ServerUnavailable, match=r"Kafka at 127.0.0.1:\d+ did not answer within 0.5 s"
    ):
        problems(Settings(brokers=f"127.0.0.1:{free_port()}"), [], timeout_s=0.5)


@pytest.mark.broker
def test_the_command_makes_and_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded_broker(tmp_path) as brokers:
        monkeypatch.setenv("GRIDPULSE_BROKERS", brokers)
        terminal = CliRunner()
        checked = terminal.invoke(application(), ["topics", "check", "--json"])
        assert checked.exit_code == 1
        assert len(json.loads(checked.stdout)["problems"]) == json.loads(checked.stdout)["topics"]
        made = terminal.invoke(application(), ["topics", "create", "--json"])
        assert made.exit_code == 0
        assert names.FRAMES in json.loads(made.stdout)["created"]
        again = terminal.invoke(application(), ["topics", "check"])
        assert again.exit_code == 0
        assert "are as the settings say" in again.stdout


@pytest.mark.broker
def test_a_worker_refuses_missing_topics_and_names_the_command(
    tmp_path: Path, catalog: Catalog
) -> None:
    with embedded_broker(tmp_path) as brokers:
        settings = Settings(brokers=brokers)
        with pytest.raises(GridpulseError, match=CREATE_COMMAND):
            refuse_wrong_topics(settings, catalog, [SPEC])
        create(settings, plan(settings, catalog))
        refuse_wrong_topics(settings, catalog, [SPEC])


def test_a_worker_gives_up_on_missing_servers_in_one_sentence(redis_url: str) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(ServerUnavailable, match="Redis did not answer"):
        await_servers(Settings(redis_url=f"redis://{nowhere}/0", wait_s=0.1), Health())
    with pytest.raises(ServerUnavailable, match=r"Kafka at 127.0.0.1:\d+ did not answer"):
        await_servers(Settings(redis_url=redis_url, brokers=nowhere, wait_s=0.1), Health())
