"""A Kafka with TLS and a login, who may do what on it, and commands run as one of its users."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from config.catalog import Catalog
from config.kafka_security import librdkafka
from config.settings import Settings
from ops.kafka.acls import Access
from ops.kafka.apache import Certificates, Kafka
from ops.processes.fleet import environment

PASSWORD: Final = "of-{}"
PROCESSES: Final = {
    "ingest": "ingest",
    "worker": "worker",
    "gateway": "gridpulse replay",
    "maker": "gridpulse topics create",
    "doctor": "gridpulse doctor, gridpulse topics check",
    "clerk": "gridpulse dead-letters",
}
BARE: Final = ("half", "nobody")  # users with some of the rights of ingest, and with none
WAIT_S: Final = 900.0  # GRIDPULSE_WAIT_S: who waits for it is found out …
SOON_S: Final = 240.0  # … since a sentence comes long before, on a busy machine too
OPERATIONS: Final = {
    "reads": AclOperation.READ,
    "writes": AclOperation.WRITE,
    "describes": AclOperation.DESCRIBE,
}


@dataclass
class Guarded:
    """A Kafka with TLS and a login, a Redis, and how each user reaches both."""

    kafka: Kafka
    settings: Settings
    catalog: Catalog
    folder: Path

    def as_user(self, user: str, **changed: object) -> Settings:
        fields = {"kafka_user": user, "kafka_password": PASSWORD.format(user), **changed}
        return replace(self.settings, **fields)  # type: ignore[arg-type]

    def ask(
        self, user: str, *arguments: str, **changed: object
    ) -> subprocess.CompletedProcess[str]:
        """Run `gridpulse` as a user; fails where it takes longer than a sentence may."""
        return self.run(user, "-m", "ops.cli", *arguments, **changed)

    def run(self, user: str, *program: str, **changed: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *program],
            env=environment(self.as_user(user, **changed)),
            capture_output=True,
            text=True,
            check=False,
            timeout=SOON_S,
        )


def bindings(user: str, access: Access) -> Iterator[AclBinding]:
    """The ACLs of a row of the table."""
    for part, operation in OPERATIONS.items():
        for topic in getattr(access, part):
            pattern = ResourcePatternType.PREFIXED if "*" in topic else ResourcePatternType.LITERAL
            name = topic.removesuffix("*")
            yield _binding(user, ResourceType.TOPIC, name, pattern, operation)
    literal = ResourcePatternType.LITERAL
    for group in access.groups:
        yield _binding(user, ResourceType.GROUP, group, literal, AclOperation.READ)
    if access.creates:
        cluster = ResourceType.BROKER, "kafka-cluster"
        yield _binding(user, *cluster, literal, AclOperation.CREATE)


def _binding(
    user: str,
    kind: ResourceType,
    name: str,
    pattern: ResourcePatternType,
    operation: AclOperation,
) -> AclBinding:
    who = f"User:{user}"
    return AclBinding(kind, name, pattern, who, "*", operation, AclPermissionType.ALLOW)


def grant(settings: Settings, wanted: Sequence[AclBinding]) -> None:
    admin = AdminClient({**librdkafka(settings), "log_level": 0})
    for answer in admin.create_acls(list(wanted)).values():
        answer.result(20)


def certified(folder: Path) -> Certificates:
    """Found an authority, and have it sign a certificate of 127.0.0.1."""
    folder.mkdir()
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    ca = ["-subj", "/CN=authority of the test", "-keyout", "ca.key", "-out", "ca.pem"]
    own = ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    own += ["-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "key.pem", "-out", "cert.pem"]
    for command in ([*new, *ca], [*new, *own]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    both = folder / "broker.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return Certificates(both, folder / "ca.pem")
