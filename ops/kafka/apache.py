"""Apache Kafka on this machine, from its Maven artifacts, in KRaft mode: for tests and bench."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from config.errors import GridpulseError
from models.messages.topic import LARGEST_RECORD
from ops.processes.child import Child, free_port, is_listening

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / ".cache" / "kafka"
_CLUSTER_ID = "Z3JpZHB1bHNlLXRlc3Qtaw"  # 16 bytes, base64: any will do
_LOG4J = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


def missing_tools() -> str | None:
    """Say what is missing for Apache Kafka here; None when all is there."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            return f"Apache Kafka needs {tool}"
    return None


def fetch() -> Path:
    """Fetch the pinned artifacts (once); gives the folder of the jars.

    Raises
    ------
    GridpulseError
        There is no JDK or Maven, or Maven failed.
    """
    lacking = missing_tools()
    if lacking:
        raise GridpulseError(lacking)
    pom = Path(__file__).with_name("pom.xml")
    stamp = JARS / "pom.xml"
    if stamp.is_file() and stamp.read_bytes() == pom.read_bytes():
        return JARS
    shutil.rmtree(JARS, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={JARS}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        msg = f"Maven could not fetch Apache Kafka: {(run.stdout + run.stderr)[-500:]}"
        raise GridpulseError(msg)
    shutil.copy(pom, stamp)
    return JARS


class Kafka:
    """A cluster of 1 or 3 brokers, each a combined broker and controller.

    A context manager: `with Kafka(folder) as kafka` starts it, `kafka.bootstrap` is where it
    listens, and `kafka.kill(0)` and `kafka.start(0)` make a broker die and come back.

    Parameters
    ----------
    users : mapping of str to str, optional
        User → password. Given, clients log in by SASL/PLAIN, and may do only what an ACL allows
        them; the first user is the brokers' own and may do anything.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int = 1,
        heap: str = "512m",
        users: Mapping[str, str] | None = None,
    ) -> None:
        self._users = dict(users or {})
        self._folder = folder
        self._heap = heap
        self._ports = [(free_port(), free_port()) for _ in range(brokers)]
        self._running: dict[int, Child] = {}

    @property
    def bootstrap(self) -> str:
        """Bootstrap servers, comma separated."""
        return ",".join(f"127.0.0.1:{client}" for client, _ in self._ports)

    def __enter__(self) -> Self:
        fetch()
        for number in range(len(self._ports)):
            self._format(number)
        for number in range(len(self._ports)):
            self._launch(number)
        for number in range(len(self._ports)):
            self._await(number)
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._running.values():
            child.stop(15)

    def kill(self, number: int) -> None:
        """Kill a broker with SIGKILL."""
        self._running.pop(number).kill()

    def start(self, number: int) -> None:
        """Start a broker that was killed, and wait until it answers."""
        self._launch(number)
        self._await(number)

    def _launch(self, number: int) -> None:
        config = self._home(number) / "server.properties"
        command = self._java("kafka.Kafka", str(config))
        log = self._home(number) / "broker.log"
        self._running[number] = Child(f"Kafka broker {number}", command, log)

    def _await(self, number: int) -> None:
        self._running[number].wait_for(lambda: is_listening(self._ports[number][0]), 60)

    def _home(self, number: int) -> Path:
        return self._folder / f"broker-{number}"

    def _java(self, main: str, *arguments: str) -> list[str]:
        options = [f"-Xmx{self._heap}", f"-Xms{self._heap}", "-XX:+UseSerialGC", _LOG4J]
        return ["java", *options, "-cp", f"{JARS}/*", main, *arguments]

    def _format(self, number: int) -> None:
        home = self._home(number)
        home.mkdir(parents=True, exist_ok=True)
        config = home / "server.properties"
        config.write_text(self._properties(number))
        command = self._java(
            "kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(config)
        )
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            msg = f"Kafka could not format its storage: {(run.stdout + run.stderr)[-500:]}"
            raise GridpulseError(msg)

    def _properties(self, number: int) -> str:
        client, controller = self._ports[number]
        voters = ",".join(f"{i}@127.0.0.1:{c}" for i, (_, c) in enumerate(self._ports))
        replicas = len(self._ports)
        values = {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"CLIENTS://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"CLIENTS://127.0.0.1:{client}",
            "inter.broker.listener.name": "CLIENTS",
            "log.dirs": self._home(number) / "data",
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": 1,
            "min.insync.replicas": 1 if replicas == 1 else 2,
            "group.initial.rebalance.delay.ms": 0,
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            "message.max.bytes": LARGEST_RECORD,
            "replica.fetch.max.bytes": LARGEST_RECORD,
            **_access(self._users),
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())


def _access(users: Mapping[str, str]) -> dict[str, str]:
    """Properties that say who may connect, and what they may do."""
    protocol = "SASL_PLAINTEXT" if users else "PLAINTEXT"
    open_to_all = {"listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:PLAINTEXT"}
    if not users:
        return open_to_all
    own, password = next(iter(users.items()))
    known = " ".join(f'user_{user}="{word}"' for user, word in users.items())
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    return open_to_all | {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.clients.plain.sasl.jaas.config": (
            f'{login} username="{own}" password="{password}" {known};'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Only the controllers' listener, where nobody logs in, knows anonymous users.
        "super.users": f"User:{own};User:ANONYMOUS",
    }


if __name__ == "__main__":
    try:
        fetch()
    except GridpulseError as error:
        print(f"Apache Kafka is left out: {error}", file=sys.stderr)
        sys.exit(1)
