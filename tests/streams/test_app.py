"""The application is put together with nothing left to Faust's defaults that would surprise."""

from __future__ import annotations

import pytest
from faust.auth import SASLCredentials, SSLCredentials
from faust.types import TP

from config.catalog import Catalog
from config.errors import ConfigError
from config.loader import load
from config.settings import Settings
from models.messages.bounds import LARGEST_MESSAGE
from streams.agents import discover
from streams.app import build
from tests.faults.counting import SPEC


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


def test_every_default_that_surprises_is_set(catalog: Catalog) -> None:
    conf = build(Settings(brokers="a:1, b:2", app_id="gp"), catalog, [SPEC]).conf
    assert [url.authority for url in conf.broker] == ["a:1", "b:2"]
    assert conf.id == "gp"
    assert not conf.web_enabled
    assert not conf.web_tables_enabled
    assert not conf.web_router_enabled
    assert conf.web_bind == "127.0.0.1"
    assert not conf.topic_allow_declare
    assert conf.topic_disable_leader
    assert not conf.stream_wait_empty
    assert conf.producer_acks == -1
    assert conf.broker_heartbeat_interval * 3 <= conf.broker_session_timeout < 10
    assert conf.producer_max_request_size > LARGEST_MESSAGE
    assert conf.table_standby_replicas == 1  # keeps the topics of an agent together


def test_there_is_one_agent_for_each_spec_and_no_page(catalog: Catalog) -> None:
    app = build(Settings(), catalog, [SPEC])
    assert {agent.channel.topics for agent in app.agents.values()} == {SPEC.topics}
    assert app.assignee.positions() == {}


def test_all_agents_of_the_project_are_found(catalog: Catalog) -> None:
    specs = discover(catalog, Settings())
    assert {"panes", "cases", "detect", "warn", "deliver", "situation"} <= {s.name for s in specs}
    assert len({spec.name for spec in specs}) == len(specs)
    build(Settings(), catalog)


def test_a_webhook_needs_a_secret(catalog: Catalog) -> None:
    with pytest.raises(ConfigError, match="GRIDPULSE_WEBHOOK_SECRET"):
        build(Settings(webhook_url="http://127.0.0.1:1/x"), catalog, [SPEC])


def test_no_state_is_held_before_an_assignment(catalog: Catalog) -> None:
    app = build(Settings(), catalog, [SPEC])
    assert TP("frames", 0) not in app.assignee.positions()
    assert not app.assignee.is_closed


def test_faust_logs_in_as_the_settings_say(catalog: Catalog) -> None:
    assert build(Settings(), catalog, [SPEC]).conf.broker_credentials is None
    settings = Settings(kafka_security="sasl_tls", kafka_user="worker", kafka_password="hidden")
    found = build(settings, catalog, [SPEC]).conf.broker_credentials
    assert isinstance(found, SASLCredentials)
    assert (found.username, found.password) == ("worker", "hidden")
    assert (found.protocol.value, found.mechanism.value) == ("SASL_SSL", "SCRAM-SHA-512")
    assert found.ssl_context is not None
    assert found.ssl_context.check_hostname
    tls = build(Settings(kafka_security="tls"), catalog, [SPEC]).conf.broker_credentials
    assert isinstance(tls, SSLCredentials)
    assert tls.context.check_hostname
