"""Subscriptions and deliveries from the command line, on the embedded broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from config import names
from config.settings import Settings
from models.archive.datasets import WARNINGS
from models.archive.rows import rows_of
from models.messages.envelope import encode
from models.messages.receipts import DeliverAgain, Receipt
from models.messages.topics import decode
from models.messages.warnings import CityWarning
from models.timing.units import DAY_MS
from models.timing.zone import zone_of
from ops import cli
from ops.kafka.clients import writer
from ops.kafka.topic_reader import read_values
from ops.kafka.topics import TopicPlan, create
from ops.processes.embedded import embedded_broker
from tests.models.warnings.test_routing import NOW, WARNING

TOPIC = names.SUBSCRIPTIONS
PLAN = """\
id: bureau
owner: Bureau desk
rules: [dust-local-excess]
channel: mail
address: desk@example.org
until: 2035-12-31
"""


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with embedded_broker(tmp_path_factory.mktemp("broker")) as address:
        settings = Settings(brokers=address)
        plans = [
            TopicPlan(name=name, partitions=1, replication=1, retention_ms=DAY_MS)
            for name in (names.SUBSCRIPTIONS, names.RECEIPTS, names.WARNINGS)
        ]
        create(settings, plans)
        yield settings


@pytest.mark.parametrize(
    "asked",
    [
        ("subscriptions", "add", "any.yaml"),
        ("subscriptions", "add", "any.yaml", "--dry-run"),
        ("subscriptions", "end", "bureau"),
        ("deliveries", "retry", "w1"),
    ],
)
def test_a_name_longer_than_a_record_may_hold_is_refused_before_anything_is_sent(
    asked: tuple[str, ...],
) -> None:
    done = run(*asked, "--actor", "x" * 65)
    assert str(done.exception) == "--actor: expected a name of at most 64 characters, got 65"


@pytest.fixture
def folder(brokers: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRIDPULSE_BROKERS", brokers.brokers)
    monkeypatch.setenv("GRIDPULSE_ARCHIVE_DIR", str(tmp_path / "archive"))
    monkeypatch.setenv("GRIDPULSE_WEBHOOK_HOSTS", "desk.example")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.application(), list(arguments))


def answer(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def refused(*arguments: str) -> str:
    done = run(*arguments)
    assert done.exception is not None
    return str(done.exception)


def written(folder: Path, text: str = PLAN) -> str:
    file = folder / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def archived(folder: Path, *changes: CityWarning) -> None:
    for change in changes:
        for (dataset, day), columns in rows_of(change, zone_of("Asia/Shanghai")).items():
            file = folder / "archive" / dataset / f"day={day}" / f"{change.id}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = {name: list(values) for name, values in columns.items()}
            pq.write_table(pa.Table.from_pydict(rows, schema=WARNINGS.schema), file)


def past(count: int) -> list[CityWarning]:
    return [
        msgspec.structs.replace(WARNING, id=f"w{n}", raised_ms=NOW, updated_ms=NOW + n * 60_000)
        for n in range(count)
    ]


@pytest.mark.broker
def test_a_subscription_is_tried_saved_changed_and_ended(folder: Path) -> None:
    archived(folder, *past(3), msgspec.structs.replace(WARNING, id="x", suppressed="throttled"))
    tried = answer("subscriptions", "add", written(folder), "--dry-run")
    assert (tried["rehearsal"]["messages"], tried["saved"]) == (3, False)
    text = run("subscriptions", "test", written(folder)).stdout
    assert "it would have received 3 messages (3 changes of 3 warnings); nothing was saved" in text
    listed = answer("subscriptions", "list")["subscriptions"]
    assert listed == []
    added = answer("subscriptions", "add", written(folder), "--actor", "li")["subscription"]
    assert (added["version"], added["by"], added["channel"]) == (1, "li", "mail")
    changed = written(folder, PLAN + "minimum: red\n")
    assert answer("subscriptions", "add", changed)["subscription"]["version"] == 2
    (one,) = answer("subscriptions", "list")["subscriptions"]
    assert (one["id"], one["version"], one["minimum"]) == ("bureau", 2, 4)
    assert answer("subscriptions", "test", "bureau")["rehearsal"]["messages"] == 0
    assert "desk@example.org" not in run("subscriptions", "list").stdout
    assert answer("subscriptions", "end", "bureau")["subscription"]["is_ended"]
    assert answer("subscriptions", "list")["subscriptions"] == []
    (one,) = answer("subscriptions", "list", "--all")["subscriptions"]
    assert (one["version"], one["is_ended"]) == (3, True)
    assert "has ended already" in refused("subscriptions", "end", "bureau")
    assert "is not there" in refused("subscriptions", "end", "nobody")
    kept = [decode(names.SUBSCRIPTIONS, value) for value in read_values(Settings.from_env(), TOPIC)]
    assert len(kept) == 3


@pytest.mark.broker
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PLAN.replace("dust-local-excess", "dust"), "there is no rule 'dust'"),
        (PLAN.replace("2035", "2015"), "it has ended: `until` is 2015-12-31"),
        (PLAN.replace("mail", "pigeon"), "plan.yaml:4: channel"),
        (PLAN + "colour: red\n", "plan.yaml:7: colour: is not a field here"),
        (
            PLAN.replace("mail", "webhook").replace("desk@example.org", "https://x.example/in")
            + "secret: DESK\n",
            "the host of https://x.example/in is not listed in GRIDPULSE_WEBHOOK_HOSTS",
        ),
    ],
)
def test_what_cannot_be_served_is_not_saved(folder: Path, text: str, sentence: str) -> None:
    before = list(read_values(Settings.from_env(), TOPIC))
    assert sentence in refused("subscriptions", "add", written(folder, text))
    assert list(read_values(Settings.from_env(), TOPIC)) == before


def told(revision: int, attempt: int, **more: Any) -> Receipt:
    receipt = Receipt(
        warning="w",
        revision=revision,
        channel="mail",
        receiver="bureau",
        attempt=attempt,
        delivered=False,
        status=451,
        detail="try later",
        sent_ms=NOW,
        answered_ms=NOW + attempt,
    )
    return msgspec.structs.replace(receipt, **more)


@pytest.mark.broker
def test_deliveries_are_listed_shown_and_tried_again(folder: Path) -> None:
    del folder
    settings = Settings.from_env()
    given_up = told(1, 10, gave_up=True, channel="", status=0, detail="given up: 10 tries failed")
    with writer(settings) as producer:
        for revision in range(3):
            change = msgspec.structs.replace(WARNING, revision=revision)
            producer.send(names.WARNINGS, value=encode(change), key=b"110101")
        for each in (told(0, 1), told(0, 2, delivered=True), told(1, 10), given_up, told(2, 1)):
            producer.send(names.RECEIPTS, value=encode(each), key=b"110101")
    found = answer("deliveries", "list")["deliveries"]
    assert [(each["revision"], each["state"]) for each in found] == [
        (1, "gave-up"),
        (2, "failing"),
        (0, "delivered"),
    ]
    assert [each["channel"] for each in found] == ["mail"] * 3
    assert answer("deliveries", "list", "--undelivered")["total"] == 2
    assert answer("deliveries", "list", "--receiver", "other")["total"] == 0
    assert len(answer("deliveries", "show", "w")["receipts"]) == 5
    assert "given up: 10 tries failed" in run("deliveries", "show", "w", "--wide").stdout
    assert answer("deliveries", "retry", "w")["again"] == [{"revision": 1, "receiver": "bureau"}]
    assert "nothing of warning w was given up" in refused(
        "deliveries", "retry", "w", "--revision", "0"
    )
    assert "has no revision 7" in refused("deliveries", "retry", "w", "--revision", "7")
    assert "there is no warning 'v'" in refused("deliveries", "retry", "v")
    assert "no delivery of 'v' was tried" in refused("deliveries", "show", "v")
    insisted = answer("deliveries", "retry", "w", "--revision", "0", "--receiver", "other")
    assert insisted["again"] == [{"revision": 0, "receiver": "other"}]
    orders = [decode(names.RECEIPTS, value) for value in read_values(settings, names.RECEIPTS)][5:]
    assert [(o.warning.revision, o.receiver) for o in orders if isinstance(o, DeliverAgain)] == [
        (1, "bureau"),
        (0, "other"),
    ]
