"""The line on an Apache Kafka that lets nobody in without a login, or do more than the table says.

Every process has a user of its own with the rights of `ops.kafka.acls`, and no others: what the
documentation tells an administrator to grant is enough, and what is missing is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from config import names
from config.catalog import Catalog
from config.errors import ConfigError
from config.kafka_security import librdkafka
from config.loader import load
from config.settings import Settings
from dashboards.common.source import SnapshotSource
from models.situation.snapshot import Snapshot
from ops.kafka.acls import Access, accesses
from ops.kafka.apache import Kafka, missing_tools
from ops.kafka.dead_letters import read
from ops.kafka.publish_model import ModelMessage, publish
from ops.kafka.raw_publisher import RawPublisher
from ops.kafka.topics import create, plan, problems
from ops.processes.fleet import environment
from tests.conftest import missing
from tests.faults.rig import RedisProcess, Workers

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

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
SOON_S: Final = 15.0  # a sentence comes long before GRIDPULSE_WAIT_S is over
OPERATIONS: Final = {
    "reads": AclOperation.READ,
    "writes": AclOperation.WRITE,
    "describes": AclOperation.DESCRIBE,
}


@dataclass
class Guarded:
    """A Kafka with a login, a Redis, and how each user reaches both."""

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
            timeout=4 * SOON_S,
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


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    lacking = missing_tools()
    if lacking:
        missing(lacking)
    folder = tmp_path_factory.mktemp("guarded")
    users = {user: PASSWORD.format(user) for user in ("broker", *PROCESSES, *BARE)}
    with ExitStack() as stack:
        kafka = stack.enter_context(Kafka(folder / "kafka", users=users))
        store = RedisProcess(folder / "redis")
        stack.callback(store.kill)
        settings = Settings(
            brokers=kafka.bootstrap,
            redis_url=store.url,
            app_id="town",
            kafka_security="sasl_plaintext",
            kafka_sasl_mechanism="PLAIN",
            kafka_user="broker",
            kafka_password=PASSWORD.format("broker"),
            wait_s=60.0,
            checkpoint_s=1.0,
            archive_dir=folder / "archive",
        )
        table = {access.process: access for access in accesses(settings)}
        wanted = [acl for user, row in PROCESSES.items() for acl in bindings(user, table[row])]
        ingest = table["ingest"]
        half = replace(
            ingest, reads=(), writes=tuple(t for t in ingest.writes if t != names.FRAMES)
        )
        grant(settings, [*wanted, *bindings("half", half)])
        yield Guarded(settings, load(settings), folder)


@pytest.fixture(scope="module")
def line(guarded: Guarded) -> Iterator[dict[str, Workers]]:
    """Topics made by who may; ingest and a worker as their users."""
    made = guarded.ask("maker", "topics", "create")
    assert made.returncode == 0, made.stderr
    with ExitStack() as stack:
        running = {}
        for name in ("ingest", "worker"):
            workers = Workers(guarded.folder, guarded.as_user(name), f"ops.cli {name}", 1)
            stack.callback(workers.stop)
            running[name] = workers
        yield running


def await_that(is_so: Callable[[], bool], line: dict[str, Workers], limit_s: float = 120) -> None:
    deadline_s = time.monotonic() + limit_s
    while not is_so():
        logs = {name: workers.logs()[-3000:] for name, workers in line.items()}
        ended = [w.children[0].returncode for w in line.values()]
        assert time.monotonic() < deadline_s and ended == [None, None], logs
        time.sleep(0.2)


def test_every_process_works_with_the_rights_of_the_table_alone(
    guarded: Guarded, line: dict[str, Workers], tmp_path: Path
) -> None:
    now_ms = time.time_ns() // 1_000_000
    rows = [
        {"sensor": "DC-01", "metric": "pm10", "value": 50 + n, "ts": now_ms - 60_000 + n}
        for n in range(20)
    ]
    file = tmp_path / "dust.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in [*rows, {"sensor": 1}]))
    sent = guarded.ask("gateway", "replay", "dust", str(file), "--json")
    assert sent.returncode == 0, sent.stderr
    source = SnapshotSource.at(guarded.settings.redis_url)

    def is_shown() -> bool:
        snapshot = source.read()
        figures = snapshot.figures if isinstance(snapshot, Snapshot) else {}
        return figures.get("readings_in", 0) >= len(rows)

    await_that(is_shown, line)
    checked = guarded.ask("doctor", "topics", "check")
    assert checked.returncode == 0, checked.stderr
    found = json.loads(guarded.ask("doctor", "doctor", "--json").stdout)
    assert {each["check"]: each["verdict"] for each in found["findings"]}["kafka"] == "ok"
    letters = guarded.ask("clerk", "dead-letters", "show", "--json")
    assert letters.returncode == 0, letters.stderr


REFUSED: Final = "refused the login of 'ingest' by PLAIN"


def asked_in_vain(settings: Settings) -> dict[str, Callable[[], object]]:
    """What commands ask of Kafka, by each of the clients that they have."""
    return {
        "topics": lambda: problems(settings, plan(settings, load(settings))),
        "letters": lambda: list(read(settings, names.DEAD_LETTERS)),
        "replay": lambda: RawPublisher(settings, print).require("dust"),
        "model": lambda: publish([ModelMessage(b"", b"", 0)], names.CASE_MODELS, settings),
    }


@pytest.mark.parametrize("command", ["topics", "letters", "replay", "model"])
def test_a_wrong_password_is_one_sentence_within_seconds(guarded: Guarded, command: str) -> None:
    began_s = time.monotonic()
    settings = guarded.as_user("ingest", kafka_password="wrong")
    with pytest.raises(ConfigError, match=f"{REFUSED}.*GRIDPULSE_KAFKA_PASSWORD"):
        asked_in_vain(settings)[command]()
    assert time.monotonic() - began_s < guarded.settings.wait_s / 2, "it did not wait to the end"


# As in a worker that passed all checks, and whose password was changed meanwhile.
UNCHECKED: Final = """
from config.loader import load
from config.settings import Settings
from ops.processes.worker import serve
from streams.app import build
settings = Settings.from_env()
serve(build(settings, load(settings)), settings)
"""


@pytest.mark.parametrize(
    "program", [("-m", "ops.cli", "ingest"), ("-m", "ops.cli", "worker"), ("-c", UNCHECKED)]
)
def test_a_process_with_a_wrong_password_ends_with_that_sentence(
    guarded: Guarded, program: tuple[str, ...]
) -> None:
    said = guarded.run("ingest", *program, kafka_password="wrong")
    assert said.returncode not in (0, None)
    assert REFUSED in said.stderr + said.stdout
    assert "Traceback" not in said.stderr + said.stdout


@pytest.mark.parametrize(
    ("user", "process", "rights"),
    [
        ("half", "ingest", ("Read on topic raw.dust", "Write on topic frames")),
        ("ingest", "worker", ("Read on topic signals", "Read on group town")),
    ],
)
def test_a_process_without_its_rights_names_them_and_does_not_hang(
    guarded: Guarded, line: dict[str, Workers], user: str, process: str, rights: tuple[str, ...]
) -> None:
    said = guarded.ask(user, process)
    assert said.returncode not in (0, None)
    text = said.stderr + said.stdout
    assert f"refuses the user '{user}'" in text, text
    assert all(right in text for right in rights), text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("user", "command", "right"),
    [
        ("nobody", "topics", "Describe on topic raw.dust"),
        ("doctor", "letters", "Read on topic dead-letters"),
        ("worker", "replay", "Write on topic raw.dust"),
        ("nobody", "replay", "Write on (topic raw.dust|every topic)"),
        ("worker", "model", "Write on topic case-models"),
    ],
)
def test_a_right_that_is_missing_is_named_with_its_topic(
    guarded: Guarded, line: dict[str, Workers], user: str, command: str, right: str
) -> None:
    settings = guarded.as_user(user)
    with pytest.raises(ConfigError, match=f"refuses the user '{user}'.*{right}"):
        asked_in_vain(settings)[command]()


def test_who_may_make_no_topic_is_told_so(guarded: Guarded, line: dict[str, Workers]) -> None:
    settings = guarded.as_user("nobody")
    with pytest.raises(ConfigError, match="Create on the cluster"):
        create(settings, plan(settings, guarded.catalog))
