"""`gridpulse train readings`: from the archive to the topic that running workers read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from confluent_kafka import Consumer, TopicPartition

from config import names
from config.loader import load
from config.settings import PREFIX, Settings
from models.archive.buffer import Buffer
from models.archive.rows import rows_of
from models.detect.registry import KINDS
from models.messages.baselines import Baseline, BaselinePart, join
from models.messages.envelope import decode
from models.messages.topics import decode as decode_record
from models.monitors.readings.baseline_store import BaselineStore
from models.monitors.readings.rules_by_detector import config_of, rules_by_detector
from models.timing.zone import zone_of
from ops.analysis.train_readings import train_all
from ops.cli import main
from ops.commands.train import _line
from ops.kafka.topics import create, plan
from streams.host.processor import Archive
from streams.sinks.archive_files import write_part
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, pane

DAYS = 15
PANES = DAYS * 96


def value(number: int, cell: int) -> float:
    return round(40.0 + (number * 7 + cell % 5) % 11, 1)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 15 days of three cells, written in no order, the last pane corrected."""
    folder = tmp_path_factory.mktemp("archive")
    buffer = Buffer(0)
    told = [
        pane(n, {cell: value(n, cell) for cell in CELLS}, metric="coarse")
        for n in reversed(range(PANES))
    ]
    told += [pane(PANES - 1, dict.fromkeys(CELLS, 50.0), metric="coarse", revision=1)]
    parts = []
    for offset, message in enumerate(told):
        parts += buffer.add(
            offset, rows_of(decode_record(names.PANES, message), zone_of("Asia/Shanghai"))
        )
    for part in [*parts, *buffer.flush()]:
        write_part(folder, Archive(part.dataset, part.day, part.name, part.rows))
    return folder


@cache
def by_hand() -> bytes:
    """State of a detector that saw the same panes in the stream."""
    catalog = load(Settings())
    rules = rules_by_detector(catalog, "dust")["coarse", "seasonal"]
    detector = KINDS["seasonal"].make(config_of(rules, 900, catalog.city.timezone))
    for number in range(PANES):
        row = [value(number, cell) for cell in CELLS] if number < PANES - 1 else [50.0] * 3
        detector.judge(number * PANE_MS, np.array(row))
    return detector.to_bytes()


def asked(
    capsys: pytest.CaptureFixture[str], status: int, *arguments: str
) -> tuple[dict[str, Any], str]:
    with pytest.raises(SystemExit) as ended:
        main(["train", "readings", *arguments])
    assert ended.value.code == status
    told = capsys.readouterr()
    return (msgspec.json.decode(told.out) if "--json" in arguments else {}), told.out + told.err


def test_the_archive_gives_what_the_stream_would_have_learnt(archive: Path) -> None:
    trained = {each.key: each for each in train_all(archive, load(Settings()))}
    dust = trained["dust", "coarse", "seasonal"].baseline
    assert dust is not None
    assert np.frombuffer(dust.codes, "<i8").tolist() == list(CELLS)
    assert dust.state == by_hand()
    assert dust.trained_until_ms == PANES * PANE_MS
    assert (dust.quality.panes, dust.quality.cells, dust.quality.coverage) == (PANES, 3, 1.0)
    gas = trained["hazard", "gas", "seasonal"]
    assert (gas.baseline, "no panes" in gas.reason) == (None, True)
    text = _line(trained["dust", "coarse", "seasonal"].to_builtins())
    assert text.startswith("dust coarse (seasonal): version")
    assert "15 days, 3 cells, 1440 panes, 100% with a value" in text


def test_too_short_a_past_gives_a_reason_and_a_dry_run_needs_no_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    message = pane(0, {CELLS[0]: 40.0}, metric="coarse")
    ((dataset, day), batch), *_ = rows_of(
        decode_record(names.PANES, message), zone_of("Asia/Shanghai")
    ).items()
    buffer = Buffer(0)
    buffer.add(0, {(dataset, day): batch})
    (part,) = buffer.flush()
    write_part(tmp_path, Archive(part.dataset, part.day, part.name, part.rows))
    trained = train_all(tmp_path, load(Settings()))
    assert all(each.baseline is None for each in trained)
    assert any("0.0 days of history, 14 are needed" in each.reason for each in trained)
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DIR", str(tmp_path))
    _, text = asked(capsys, 1, "--dry-run")
    assert "2 of 2 baselines are missing" in text
    assert "dust coarse (seasonal): no baseline, 0.0 days of history" in text


@pytest.mark.broker
def test_it_publishes_what_a_worker_takes_up(
    archive: Path,
    light_broker: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings = Settings(brokers=light_broker, archive_dir=archive, district_partitions=2)
    catalog = load(settings)
    create(settings, [each for each in plan(settings, catalog) if each.name == names.BASELINES])
    monkeypatch.setenv(f"{PREFIX}BROKERS", light_broker)
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DIR", str(archive))
    monkeypatch.setenv(f"{PREFIX}DISTRICT_PARTITIONS", "2")
    report, _ = asked(capsys, 1, "--json")  # the archive has no gas
    dust = next(each for each in report["baselines"] if each["feed"] == "dust")
    assert report["published_messages"] == dust["parts"] == 1
    found = published(light_broker)
    assert [baseline.state for baseline in found.values()] == [by_hand()]
    assert list(found) == [dust["baseline"]]
    store = BaselineStore(catalog)
    for value_ in raw(light_broker):
        store.apply(decode(BaselinePart, value_), {"dust": PANES * PANE_MS})
    assert store.due(("dust", "coarse", "seasonal"), PANES * PANE_MS) is not None


def raw(brokers: str) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "test"})
    consumer.assign([TopicPartition(names.BASELINES, number, 0) for number in range(2)])
    message = consumer.poll(20)
    assert message is not None
    assert message.error() is None
    assert message.key() == b"dust/coarse/seasonal/0"
    data = message.value()
    assert data is not None
    consumer.close()
    return [data]


def published(brokers: str) -> dict[str, Baseline]:
    parts = [decode(BaselinePart, value_) for value_ in raw(brokers)]
    return {parts[0].version: join(parts)}


def test_without_an_archive_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"{PREFIX}ARCHIVE_DIR", str(tmp_path))
    _, text = asked(capsys, 2)
    assert "no panes in the archive" in text
    assert "gridpulse backtest" in text
