"""A baseline that `gridpulse train` publishes is taken up by a worker while it runs, on Kafka."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import redis

from config import names
from models.detect.contract import Floats
from models.messages import envelope
from models.messages.columns import decode
from models.messages.judged_panes import JudgedHeader
from models.messages.signals import SignalBatch
from models.monitors.readings.baseline_store import InUse
from ops.backtest.backtest import Backtest
from ops.files.sources import read_messages
from ops.kafka.apache import Kafka
from streams.agents.detect import DetectProcessor
from streams.host.fields import STATE, unseal
from tests.faults.rig import read_all
from tests.flows.dust import STATIONS, at_ms, dongcheng, hours, readings, written
from tests.flows.line import Line, line
from tests.streams.agents.district import records, run, sent

pytestmark = [pytest.mark.kafka, pytest.mark.data, pytest.mark.timeout(600)]

PAST_FROM, SEEN_FROM, TRAINED_UNTIL, UNTIL = "2013-12-06", "2014-01-08", "2014-01-10", "2014-01-12"


@dataclass(frozen=True)
class Training:
    """A line whose worker had seen two days when it was handed five weeks."""

    line: Line
    report: dict[str, Any]
    baselines: list[bytes]
    pids: list[int]


@pytest.fixture(scope="module")
def trained(
    kafka: Kafka, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Training]:
    folder = tmp_path_factory.mktemp("training")

    def stations(name: str, since: str, until: str) -> tuple[Path, int]:
        frames = {station: hours(shared_data, station, since, until) for station in STATIONS}
        return written(folder / name, frames), sum(map(readings, frames.values()))

    with line(folder, kafka.bootstrap, "dongcheng") as started:
        pids = [child.pid for child in started.worker.children]
        before, n_before = stations("before", SEEN_FROM, TRAINED_UNTIL)
        started.replay("dust", before, "--mapping", "prsa")
        archive = archived(started, stations("past", PAST_FROM, TRAINED_UNTIL)[0], folder / "past")
        started.await_all("dust", n_before)
        report = started.ask("train", "readings", status=1, archive_dir=archive)  # none of gas
        started.await_readers()
        after, n_after = stations("after", TRAINED_UNTIL, UNTIL)
        started.replay("dust", after, "--mapping", "prsa")
        started.await_all("dust", n_before + n_after)
        started.await_readers()
        published = list(read_all(kafka.bootstrap, names.BASELINES, 1))
        yield Training(started, report, published, pids)


HEADER = envelope.header_of(JudgedHeader)


def archived(started: Line, stations: Path, folder: Path) -> Path:
    """Write what a worker would have archived of these stations."""
    mapping = started.catalog.mapping("prsa")
    archive = folder / "archive"
    agents = {"panes", "archive"}
    test = Backtest(started.catalog, started.settings, "dust", agents=agents, archive=archive)
    test.run(read_messages(stations, mapping))
    return archive


def coarse(trained: Training) -> dict[str, Any]:
    """What the report says of the baseline of coarse dust."""
    (one,) = [each for each in trained.report["baselines"] if each["metric"] == "coarse"]
    return dict(one)


def test_a_baseline_has_a_version_a_span_and_a_quality(trained: Training) -> None:
    one = coarse(trained)
    assert (one["trained_from_ms"], one["trained_until_ms"]) == (
        at_ms(PAST_FROM),
        at_ms(TRAINED_UNTIL) - 45 * 60_000,  # the pane of the last hour of the file
    )
    assert one["quality"]["cells"] == len(STATIONS)
    assert 0.8 < one["quality"]["coverage"] <= 1
    assert 0.5 < one["quality"]["spread"] < 2
    assert trained.report["published_messages"] == len(trained.baselines) == one["parts"]


def test_the_worker_uses_it_and_did_not_restart(trained: Training) -> None:
    started, one = trained.line, coarse(trained)
    with redis.Redis.from_url(started.store.url) as client:
        field = STATE + b"in-use/dust/coarse/seasonal"
        saved = client.hget(names.checkpoint_key("detect", 0), field)
    assert isinstance(saved, bytes)
    in_use = msgspec.msgpack.decode(unseal(field, saved), type=InUse)
    assert in_use.version == one["baseline"]
    assert in_use.trained_until_ms == one["trained_until_ms"]
    assert started.worker.statuses == []
    assert [child.pid for child in started.worker.children] == trained.pids


def test_from_the_first_pane_after_its_training_it_judges_as_if_it_had_always_been_there(
    trained: Training,
) -> None:
    panes = records(names.PANES, *trained.line.ear.seen.of(names.PANES))
    baselines = records(names.BASELINES, *trained.baselines)
    found = judged(trained.line.ear.seen.of(names.SIGNALS))
    assert found == said([*baselines, *panes])
    without = said(panes)
    until_ms = at_ms(TRAINED_UNTIL)
    assert np.isfinite(expected(found, until_ms)).all()
    assert not np.allclose(expected(found, until_ms), expected(without, until_ms), equal_nan=True)


def said(given: Sequence[Any]) -> list[bytes]:
    """What an agent says of these records."""
    return sent(run(DetectProcessor(dongcheng()), given), names.SIGNALS)


def judged(values: Sequence[bytes]) -> list[bytes]:
    """What the agent `detect` said."""
    return [
        v for v in values if v.startswith(HEADER) or _is_of_panes(envelope.decode(SignalBatch, v))
    ]


def _is_of_panes(batch: SignalBatch) -> bool:
    """Tell a batch of judged panes from those of silence, and from the end of a replay."""
    if batch.is_end:
        return False
    return dongcheng().rules[batch.rule].kind == "limit" if batch.rule else True


def expected(values: Sequence[bytes], since_ms: int) -> Floats:
    """Coarse dust that was expected from a moment on."""
    panes = [decode(JudgedHeader, value) for value in values if value.startswith(HEADER)]
    return np.concatenate(
        [
            columns["expected"]
            for header, columns in panes
            if header.metric == "coarse" and header.start_ms >= since_ms
        ]
    )
