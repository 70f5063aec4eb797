"""How clients are let into Kafka: contradictions are one sentence, and all libraries agree."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.errors import ConfigError
from config.kafka_security import check, librdkafka, login_refused, python_client
from config.settings import Settings

LOGIN: dict[str, Any] = {"kafka_user": "ingest", "kafka_password": "hidden"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=localhost", "-keyout", key, "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def test_without_settings_nothing_is_encrypted_and_nobody_logs_in() -> None:
    settings = Settings(brokers="a:1, b:2")
    check(settings)
    assert librdkafka(settings) == {
        "bootstrap.servers": "a:1, b:2",
        "security.protocol": "PLAINTEXT",
    }
    assert python_client(settings) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_both_libraries_log_in_alike(mechanism: str) -> None:
    settings = Settings(kafka_security="sasl_plaintext", kafka_sasl_mechanism=mechanism, **LOGIN)
    check(settings)
    ours, theirs = librdkafka(settings), python_client(settings)
    assert ours["security.protocol"] == theirs["security_protocol"] == "SASL_PLAINTEXT"
    assert ours["sasl.mechanism"] == theirs["sasl_mechanism"] == mechanism
    assert ours["sasl.username"] == theirs["sasl_plain_username"] == "ingest"
    assert ours["sasl.password"] == theirs["sasl_plain_password"] == "hidden"


def test_tls_checks_the_broker_and_shows_a_certificate(pair: tuple[str, str]) -> None:
    cert, key = pair
    settings = Settings(
        kafka_security="tls", kafka_ca_file=cert, kafka_cert_file=cert, kafka_key_file=key
    )
    check(settings)
    assert librdkafka(settings)["ssl.ca.location"] == cert
    assert librdkafka(settings)["ssl.key.location"] == key
    context = python_client(settings)["ssl_context"]
    assert context.check_hostname
    assert [ca["subject"] for ca in context.get_ca_certs()] == [((("commonName", "localhost"),),)]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kafka_security": "ssl"}, "not a valid GRIDPULSE_KAFKA_SECURITY: 'ssl', expected one of"),
        ({"kafka_security": "sasl_tls"}, "needs GRIDPULSE_KAFKA_USER and GRIDPULSE_KAFKA_PASSWORD"),
        ({"kafka_security": "sasl_plaintext", "kafka_user": "x"}, "GRIDPULSE_KAFKA_PASSWORD"),
        (
            {"kafka_security": "sasl_tls", "kafka_sasl_mechanism": "GSSAPI", **LOGIN},
            "not a valid GRIDPULSE_KAFKA_SASL_MECHANISM: 'GSSAPI'",
        ),
        (LOGIN, "are of no use with GRIDPULSE_KAFKA_SECURITY=plaintext"),
        ({"kafka_ca_file": "ca.pem"}, "GRIDPULSE_KAFKA_CA_FILE is of no use with"),
        ({"kafka_security": "tls", "kafka_cert_file": "c.pem"}, "both or neither"),
        ({"kafka_security": "tls", "kafka_ca_file": "/nowhere.pem"}, "No such file"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(given: dict[str, Any], sentence: str) -> None:
    variables = {f"GRIDPULSE_{name.upper()}": value for name, value in given.items()}
    with pytest.raises(ConfigError, match=r"^environment: ") as caught:
        Settings.from_env(variables)
    assert sentence in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_file_that_is_no_certificate_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(ConfigError, match="TLS files of Kafka cannot be used"):
        check(Settings(kafka_security="tls", kafka_ca_file=str(file)))


def test_the_password_is_shown_nowhere() -> None:
    settings = replace(Settings(kafka_security="sasl_tls"), **LOGIN)
    assert "hidden" not in repr(settings)
    assert "hidden" not in str(login_refused(settings, "no"))
