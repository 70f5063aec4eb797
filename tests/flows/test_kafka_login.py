"""The line on an Apache Kafka that encrypts and lets nobody do more than the table says.

Every process has a user of its own with the rights of `ops.kafka.acls`, and no others: what the
documentation tells an administrator to grant is enough, and what is missing is named. The brokers'
certificate is signed by an authority of the test's own, which only who is told of it trusts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from config import names
from config.errors import ConfigError
from config.loader import load
from config.settings import Settings
from dashboards.common.source import SnapshotSource
from models.situation.snapshot import Snapshot
from ops.kafka.acls import accesses
from ops.kafka.apache import Kafka, missing_tools
from ops.kafka.dead_letters import read
from ops.kafka.publish_model import ModelMessage, publish
from ops.kafka.raw_publisher import RawPublisher
from ops.kafka.topics import create, plan, problems
from tests.conftest import missing
from tests.faults.rig import RedisProcess, Workers
from tests.flows.guarded import (
    BARE,
    PASSWORD,
    PROCESSES,
    WAIT_S,
    Guarded,
    bindings,
    certified,
    grant,
)

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    lacking = missing_tools()
    if lacking:
        missing(lacking)
    folder = tmp_path_factory.mktemp("guarded")
    users = {user: PASSWORD.format(user) for user in ("broker", *PROCESSES, *BARE)}
    with ExitStack() as stack:
        certificates = certified(folder / "tls")
        kafka = Kafka(
            folder / "kafka", lives_for_minutes=True, users=users, certificates=certificates
        )
        stack.enter_context(kafka)
        store = RedisProcess(folder / "redis")
        stack.callback(store.kill)
        settings = Settings(
            brokers=kafka.bootstrap,
            redis_url=store.url,
            app_id="town",
            kafka_security="sasl_tls",
            kafka_ca_file=str(certificates.authority),
            kafka_sasl_mechanism="PLAIN",
            kafka_user="broker",
            kafka_password=PASSWORD.format("broker"),
            wait_s=WAIT_S,
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
        yield Guarded(kafka, settings, load(settings), folder)


@pytest.fixture(scope="module")
def topics(guarded: Guarded) -> None:
    """Topics made by who may."""
    made = guarded.ask("maker", "topics", "create")
    assert made.returncode == 0, made.stderr


@pytest.fixture
def line(guarded: Guarded, topics: None) -> Iterator[dict[str, Workers]]:
    """Ingest and a worker as their users."""
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


def test_clients_come_in_by_every_protocol(guarded: Guarded) -> None:
    plain = {"kafka_ca_file": "", "kafka_security": "sasl_plaintext"}
    bare = {"kafka_user": "", "kafka_password": "", "kafka_security": "tls"}
    for changed in ({}, plain, bare):
        settings = guarded.as_user("doctor", **changed)
        settings = replace(settings, brokers=guarded.kafka.address(settings.kafka_security))
        assert problems(settings, []) == []


STRANGERS: Final = "TLS connection to Kafka at .* certificate.*GRIDPULSE_KAFKA_CA_FILE"


@pytest.mark.parametrize("command", ["topics", "letters", "replay", "model"])
def test_a_broker_that_nobody_vouches_for_is_one_sentence(guarded: Guarded, command: str) -> None:
    settings = guarded.as_user("ingest", kafka_ca_file="")
    began_s = time.monotonic()
    with pytest.raises(ConfigError, match=STRANGERS):
        asked_in_vain(settings)[command]()
    assert time.monotonic() - began_s < guarded.settings.wait_s / 2, "it did not wait to the end"


@pytest.mark.parametrize("program", [("-m", "ops.cli", "ingest"), ("-m", "ops.cli", "worker")])
def test_a_process_sends_no_password_to_such_a_broker(
    guarded: Guarded, program: tuple[str, ...]
) -> None:
    said = guarded.run("ingest", *program, kafka_ca_file="")
    assert said.returncode not in (0, None)
    text = said.stderr + said.stdout
    assert "certificate" in text and "GRIDPULSE_KAFKA_CA_FILE" in text, text
    assert "Traceback" not in text


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
    guarded: Guarded, topics: None, user: str, process: str, rights: tuple[str, ...]
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
    guarded: Guarded, topics: None, user: str, command: str, right: str
) -> None:
    settings = guarded.as_user(user)
    with pytest.raises(ConfigError, match=f"refuses the user '{user}'.*{right}"):
        asked_in_vain(settings)[command]()


def test_who_may_make_no_topic_is_told_so(guarded: Guarded, topics: None) -> None:
    settings = guarded.as_user("nobody")
    with pytest.raises(ConfigError, match="Create on the cluster"):
        create(settings, plan(settings, guarded.catalog))
