"""The whole line under fire: raw readings in, panes out, and every pane exact in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from confluent_kafka import Producer

from config import names
from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from models.feeds.replay_run import ReplayMark
from models.messages.columns import decode
from models.messages.envelope import header_of
from models.messages.panes import PaneHeader
from ops.kafka.apache import Kafka, missing_tools
from ops.kafka.topics import create, plan
from tests.conftest import missing
from tests.faults.rig import Message, Rig, Sender, Workers, await_broker, read_all, rig

pytestmark = [pytest.mark.kafka, pytest.mark.broker]

RECOVERY_S = 60  # patience: a busy machine is slow, what is lost never comes
BEGAN_MS = 1_500_000_300_000  # in the past: records carry their own time
STEP_MS = 4_000  # event time passes so much faster than the clock: a pane every few seconds
FEED = "dust"
RAW = names.raw_topic(FEED)

Pane = tuple[int, int]  # count and sum in tenths
Panes = dict[tuple[int, int], Pane]  # by start and cell


@dataclass
class Line:
    """Ingest and workers on one broker."""

    rig: Rig
    ingest: Workers
    kafka: Kafka
    cells: list[int]

    def reading(self, sent: int) -> Message:
        """Make the raw message of a sensor; one sensor a cell."""
        place = sent * 7919 % len(self.cells)
        cell, ts_ms = self.cells[place], BEGAN_MS + sent * STEP_MS // 20
        body = {"sensor": f"s{place}", "metric": "pm10", "value": sent % 977 / 10}
        value = json.dumps(body | {"ts": ts_ms, "cell": str(cell)}).encode()
        headers = {names.SENT_HEADER: b"%d" % ts_ms, names.REPLAY_HEADER: b"fault-line"}
        return RAW, b"s%d" % place, value, headers

    def end_replay(self) -> None:
        """Mark the end of the replay in every raw partition, as `gridpulse replay` does."""
        producer = Producer({"bootstrap.servers": self.rig.brokers, "log_level": 0})
        headers: dict[str, str | bytes | None] = dict(self.reading(0)[3])
        headers[names.MARK_HEADER] = ReplayMark.END.value.encode()
        for partition in range(self.rig.settings.raw_partitions):
            producer.produce(RAW, None, headers=headers, partition=partition)
        assert producer.flush(60) == 0

    def expected(self) -> Panes:
        """Recompute the panes from the raw topic, by the plainest means there is."""
        panes: Panes = {}
        for value in read_all(self.rig.brokers, RAW, self.rig.settings.raw_partitions):
            reading = json.loads(value)
            key = (reading["ts"] // 900_000 * 900_000, int(reading["cell"]))
            count, total = panes.get(key, (0, 0))
            panes[key] = count + 1, total + round(reading["value"] * 10)
        return panes

    def panes(self) -> Panes:
        """Read the panes: the newest of each partition and start replaces the older."""
        newest: dict[tuple[int, int], Panes] = {}
        for value in read_all(self.rig.brokers, names.PANES, 1):
            if value.startswith(header_of(PaneHeader)):
                header, columns = decode(PaneHeader, value)
                if header.feed == FEED:
                    newest[header.partition, header.start_ms] = {
                        (header.start_ms, cell): (count, total)
                        for cell, count, total in zip(
                            columns["cell"].tolist(),
                            columns["count"].tolist(),
                            columns["sum"].tolist(),
                            strict=True,
                        )
                    }
        return {key: pane for panes in newest.values() for key, pane in panes.items()}

    def await_panes(self, limit_s: float = RECOVERY_S) -> None:
        """Wait until newer panes close than were known: the fault is overcome."""
        known = max((start for start, _ in self.panes()), default=0)
        self.await_that(lambda: max((s for s, _ in self.panes()), default=0) > known, limit_s)

    def await_that(self, is_so: object, limit_s: float) -> None:
        def supervised() -> bool:
            self.ingest.supervise()
            return bool(is_so())  # type: ignore[operator]

        try:
            self.rig.await_that(supervised, limit_s)
        except AssertionError as error:
            error.add_note(self.ingest.logs())
            raise


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    lacking = missing_tools()
    if lacking:
        missing(lacking)
    with Kafka(tmp_path / "kafka", lives_for_minutes=True) as kafka:
        settings = Settings(brokers=kafka.bootstrap)
        catalog = load(settings)
        create(settings, plan(settings, catalog))
        await_broker(kafka.bootstrap, RAW)
        with rig(tmp_path, kafka.bootstrap, "fault-line", module="ops.cli worker") as started:
            ingest = Workers(tmp_path, started.settings, "ops.cli ingest", 1)
            try:
                yield Line(started, ingest, kafka, _cells(catalog))
            finally:
                ingest.stop()


def _cells(catalog: Catalog) -> list[int]:
    """Choose one cell of each street, so that every partition has work."""
    codes = catalog.grid_at(date(2017, 7, 14)).codes
    _, firsts = np.unique(codes // 10**6, return_index=True)
    return [int(code) for code in codes[firsts]]


def test_every_pane_is_exact_whatever_was_killed(line: Line) -> None:
    workers = line.rig.workers
    with Sender(line.rig.brokers, line.reading):
        line.await_panes(60)
        line.ingest.kill(0)
        workers.kill(0)
        line.await_panes()
        line.kafka.kill(0)
        line.kafka.start(0)
        await_broker(line.rig.brokers, RAW)
        line.await_panes()
    expected = line.expected()
    line.end_replay()  # a replay that only falls silent has more to say
    line.await_that(lambda: line.panes() == expected, 60)
    assert sum(count for count, _ in expected.values()) > 1000
