"""How every client reaches Kafka: address, TLS and SASL, from the settings and from nowhere else.

Three libraries call Kafka. librdkafka (confluent-kafka) is configured by `librdkafka`;
kafka-python and aiokafka, which share their names, by `python_client`; Faust by credentials that
`streams.app` makes of the same `python_client` options.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from config.errors import ConfigError

if TYPE_CHECKING:
    from config.settings import Settings

_PROTOCOLS: Final = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_FILES: Final = ("kafka_ca_file", "kafka_cert_file", "kafka_key_file")


def check(settings: Settings) -> None:
    """Make sure that the settings of the connection fit together.

    Raises
    ------
    ConfigError
        They do not; one sentence names the variable.
    """
    wrong = _why_not(settings)
    if wrong:
        msg = f"environment: {wrong}"
        raise ConfigError(msg)


def _why_not(settings: Settings) -> str | None:
    """Say in one sentence what is wrong; None where all is well."""
    security = settings.kafka_security
    if security not in _PROTOCOLS:
        known = ", ".join(_PROTOCOLS)
        return f"not a valid GRIDPULSE_KAFKA_SECURITY: {security!r}, expected one of {known}"
    return _sasl_fault(settings) or _tls_fault(settings)


def _sasl_fault(settings: Settings) -> str | None:
    security, mechanism = settings.kafka_security, settings.kafka_sasl_mechanism
    named = bool(settings.kafka_user), bool(settings.kafka_password)
    if not uses_sasl(settings):
        if any(named):
            return (
                f"GRIDPULSE_KAFKA_USER and GRIDPULSE_KAFKA_PASSWORD are of no use with "
                f"GRIDPULSE_KAFKA_SECURITY={security}, expected sasl_tls or sasl_plaintext"
            )
        return None
    if mechanism not in _MECHANISMS:
        known = ", ".join(_MECHANISMS)
        return f"not a valid GRIDPULSE_KAFKA_SASL_MECHANISM: {mechanism!r}, expected one of {known}"
    if not all(named):
        return (
            f"GRIDPULSE_KAFKA_SECURITY={security} needs "
            "GRIDPULSE_KAFKA_USER and GRIDPULSE_KAFKA_PASSWORD"
        )
    return None


def _tls_fault(settings: Settings) -> str | None:
    given = [name for name in _FILES if getattr(settings, name)]
    if given and not uses_tls(settings):
        return (
            f"{_variable(given[0])} is of no use with GRIDPULSE_KAFKA_SECURITY="
            f"{settings.kafka_security}, expected tls or sasl_tls"
        )
    if bool(settings.kafka_cert_file) != bool(settings.kafka_key_file):
        return "GRIDPULSE_KAFKA_CERT_FILE and GRIDPULSE_KAFKA_KEY_FILE are given both or neither"
    if given:
        try:
            _context(settings)
        except OSError as error:  # an SSLError is one
            files = ", ".join(f"{_variable(name)}={getattr(settings, name)}" for name in given)
            return f"the TLS files of Kafka cannot be used ({files}): {error}"
    return None


def _variable(name: str) -> str:
    return f"GRIDPULSE_{name.upper()}"


def uses_tls(settings: Settings) -> bool:
    """Whether the connection is encrypted."""
    return settings.kafka_security in ("tls", "sasl_tls")


def uses_sasl(settings: Settings) -> bool:
    """Whether the process logs in with user and password."""
    return settings.kafka_security in ("sasl_plaintext", "sasl_tls")


def is_guarded(settings: Settings) -> bool:
    """Whether Kafka may refuse to let us in, for a login or a certificate."""
    return uses_tls(settings) or uses_sasl(settings)


def librdkafka(settings: Settings) -> dict[str, Any]:
    """Options of a confluent-kafka client: where the brokers are, and how to be let in."""
    options = {
        "bootstrap.servers": settings.brokers,
        "security.protocol": _PROTOCOLS[settings.kafka_security],
    }
    if uses_sasl(settings):
        options |= {
            "sasl.mechanism": settings.kafka_sasl_mechanism,
            "sasl.username": settings.kafka_user,
            "sasl.password": settings.kafka_password,
        }
    if uses_tls(settings):
        options |= {
            name: file
            for name, file in (
                ("ssl.ca.location", settings.kafka_ca_file),
                ("ssl.certificate.location", settings.kafka_cert_file),
                ("ssl.key.location", settings.kafka_key_file),
            )
            if file
        }
    return options


def python_client(settings: Settings) -> dict[str, Any]:
    """Options of a kafka-python or aiokafka client, which give them the same names."""
    options: dict[str, Any] = {
        "bootstrap_servers": [broker.strip() for broker in settings.brokers.split(",")],
        "security_protocol": _PROTOCOLS[settings.kafka_security],
    }
    if uses_sasl(settings):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password,
        }
    if uses_tls(settings):
        options["ssl_context"] = _context(settings)
    return options


def _context(settings: Settings) -> ssl.SSLContext:
    """Check the broker's certificate and name; show our own where there is one."""
    context = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_cert_file:
        context.load_cert_chain(settings.kafka_cert_file, settings.kafka_key_file)
    return context


def login_refused(settings: Settings, why: str) -> ConfigError:
    """Say that Kafka did not let us in: waiting would not help."""
    return ConfigError(
        f"Kafka at {settings.brokers} refused the login of {settings.kafka_user!r} by "
        f"{settings.kafka_sasl_mechanism}: {why}; check GRIDPULSE_KAFKA_USER and "
        "GRIDPULSE_KAFKA_PASSWORD"
    )


def tls_refused(settings: Settings, why: str) -> ConfigError:
    """Say that a certificate, the brokers' or ours, was not accepted: waiting would not help."""
    return ConfigError(
        f"the TLS connection to Kafka at {settings.brokers} was refused: {why}; check "
        "GRIDPULSE_KAFKA_CA_FILE (the authority that signed the brokers' certificates), the name "
        "in GRIDPULSE_BROKERS, and GRIDPULSE_KAFKA_CERT_FILE where the brokers ask for one"
    )


def right_missing(settings: Settings, rights: Iterable[str]) -> ConfigError:
    """Say which rights an authorizer must grant us, such as `Write on topic frames`."""
    who = f"the user {settings.kafka_user!r}" if uses_sasl(settings) else "this client"
    return ConfigError(
        f"Kafka at {settings.brokers} refuses {who} {', '.join(rights)}; grant that "
        "(docs/operations.md, Who may do what on Kafka)"
    )
