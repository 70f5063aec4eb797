"""Apache Kafka on this machine, from its Maven artifacts, in KRaft mode: for tests and bench."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from config.errors import GridpulseError
from models.messages.topic import LARGEST_RECORD
from ops.processes.child import Child
from ops.processes.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / ".cache" / "kafka"
_CLUSTER_ID = "Z3JpZHB1bHNlLXRlc3Qtaw"  # 16 bytes, base64: any will do
_PROTOCOLS: Final = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}
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


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files of brokers that encrypt.

    Attributes
    ----------
    key_and_chain : Path
        Private key (PKCS #8) and certificate of 127.0.0.1, which all brokers share.
    authority : Path
        Certificate of who signed it.
    """

    key_and_chain: Path
    authority: Path


class Kafka:
    """A cluster of 1 or 3 brokers, each a combined broker and controller.

    A context manager: `with Kafka(folder) as kafka` starts it, `kafka.bootstrap` is where it
    listens, and `kafka.kill(0)` and `kafka.start(0)` make a broker die and come back.

    Parameters
    ----------
    lives_for_minutes : bool
        Compile quickly and less well (4.0 s of processor time until all topics are made, else 6.8):
        for tests. What is measured runs long enough to be compiled well.
    users : mapping of str to str, optional
        User → password. Given, clients log in by SASL/PLAIN, and may do only what an ACL allows
        them; the first user is the brokers' own and may do anything.
    certificates : Certificates, optional
        Given, the brokers encrypt. With users as well, they also listen without encryption, and
        without a login, where a client may do anything; `address` tells these apart.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int = 1,
        heap: str = "512m",
        lives_for_minutes: bool = False,
        users: Mapping[str, str] | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self._users = dict(users or {})
        self._certificates = certificates
        self._listeners = _listeners(bool(users), certificates is not None)
        self._folder = folder
        self._heap = heap
        self._compiling = ["-XX:TieredStopAtLevel=1"] if lives_for_minutes else []
        self._controllers = [free_port() for _ in range(brokers)]
        self._ports = [[free_port() for _ in self._listeners] for _ in range(brokers)]
        self._running: dict[int, Child] = {}

    @property
    def bootstrap(self) -> str:
        """Bootstrap servers, comma separated, of the most guarded way in."""
        return self.address(self._listeners[0])

    def address(self, security: str) -> str:
        """Bootstrap servers of a protocol, named as in `GRIDPULSE_KAFKA_SECURITY`."""
        at = self._listeners.index(security)
        return ",".join(f"127.0.0.1:{ports[at]}" for ports in self._ports)

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
        self._running[number].wait_until_listening(self._ports[number][0], 60)

    def _home(self, number: int) -> Path:
        return self._folder / f"broker-{number}"

    def _java(self, main: str, *arguments: str) -> list[str]:
        options = [f"-Xmx{self._heap}", f"-Xms{self._heap}", "-XX:+UseSerialGC", _LOG4J]
        return ["java", *self._compiling, *options, "-cp", f"{JARS}/*", main, *arguments]

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
        voters = ",".join(f"{i}@127.0.0.1:{c}" for i, c in enumerate(self._controllers))
        open_at = zip(self._listeners, self._ports[number], strict=True)
        clients = ",".join(f"{name.upper()}://127.0.0.1:{port}" for name, port in open_at)
        replicas = len(self._ports)
        values = {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{clients},CONTROLLER://127.0.0.1:{self._controllers[number]}",
            "advertised.listeners": clients,
            "inter.broker.listener.name": self._listeners[0].upper(),
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
            **_protocols(self._listeners),
            **_access(self._users, self._listeners),
            **_encryption(self._certificates),
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())


def _listeners(has_users: bool, is_encrypted: bool) -> list[str]:
    """Name the ways in, the most guarded first."""
    if has_users and is_encrypted:
        return ["sasl_tls", "sasl_plaintext", "tls"]
    if has_users:
        return ["sasl_plaintext"]
    return ["tls" if is_encrypted else "plaintext"]


def _protocols(listeners: Sequence[str]) -> dict[str, str]:
    named = [f"{name.upper()}:{_PROTOCOLS[name]}" for name in listeners]
    return {"listener.security.protocol.map": ",".join([*named, "CONTROLLER:PLAINTEXT"])}


def _access(users: Mapping[str, str], listeners: Sequence[str]) -> dict[str, str]:
    """Properties that say who may connect, and what they may do."""
    if not users:
        return {}
    own, password = next(iter(users.items()))
    known = " ".join(f'user_{user}="{word}"' for user, word in users.items())
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    jaas = f'{login} username="{own}" password="{password}" {known};'
    guarded = [name for name in listeners if name.startswith("sasl")]
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        **{f"listener.name.{name}.plain.sasl.jaas.config": jaas for name in guarded},
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nobody logs in at the controllers' listener, nor at one of clients without SASL.
        "super.users": f"User:{own};User:ANONYMOUS",
    }


def _encryption(certificates: Certificates | None) -> dict[str, str]:
    """Properties of TLS, of the brokers as servers and as each other's clients."""
    if certificates is None:
        return {}
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates.key_and_chain),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates.authority),
    }


if __name__ == "__main__":
    try:
        fetch()
    except GridpulseError as error:
        print(f"Apache Kafka is left out: {error}", file=sys.stderr)
        sys.exit(1)
