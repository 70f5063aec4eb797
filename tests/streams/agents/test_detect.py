"""Agent `detect`: panes of all streets in, judged once, anomalies out."""

from __future__ import annotations

import numpy as np
import pytest

from config.names import BASELINES, DEAD_LETTERS, PANES, SIGNALS
from config.settings import Settings
from models.detect.registry import KINDS, DetectorKind
from models.messages import envelope
from models.messages.columns import decode
from models.messages.dead_letters import Reason, Rejected
from models.messages.judged_panes import JudgedHeader
from models.messages.signals import SignalBatch
from models.monitors.aligner import WAIT_MS
from models.monitors.readings.run_recurrence import TOP, RunRecurrence
from streams.agents.detect import DetectProcessor, spec
from streams.host.processor import Effect, Record
from tests.models.archive.messages import case_pane
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, Plain, pane
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent

A, B, C = CELLS


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two panes in a row far over the expected 10 are rare, all else is not."""
    monkeypatch.setitem(KINDS, "seasonal", DetectorKind(lambda _: Plain(), Plain.from_bytes))
    days = np.full(TOP + 1, 1e-9)
    days[-1] = 1000
    monkeypatch.setattr(RunRecurrence, "log_days", lambda _: np.log(days))
    monkeypatch.setattr(RunRecurrence, "most_days", lambda _, watched: np.full(watched.shape, 1e9))


def processor() -> DetectProcessor:
    return DetectProcessor(dongcheng())


def coarse(number: int, values: dict[int, float], partition: int = 0) -> bytes:
    return pane(number, values, partition=partition, partitions=2, metric="coarse")


def batches(effects: list[Effect]) -> list[SignalBatch]:
    """Of the learned rules."""
    return [each for each in every_batch(effects) if not each.rule]


def every_batch(effects: list[Effect]) -> list[SignalBatch]:
    return [
        envelope.decode(SignalBatch, v)
        for v in sent(effects, SIGNALS)
        if v.startswith(envelope.header_of(SignalBatch))
    ]


WHOLE = [
    message
    for number in range(6)
    for message in (
        coarse(number, {A: 10 if number < 2 else 70 + number, B: 10}, 0),
        coarse(number, {C: 80} if number in (2, 3) else {}, 1),
    )
]


def test_it_reads_panes_and_baselines_at_district_level() -> None:
    described = spec(dongcheng(), Settings())
    assert (described.name, described.level) == ("detect", "district")
    assert described.topics == (PANES, BASELINES)


def test_one_batch_a_pane_and_what_the_cells_showed_before_it() -> None:
    effects = run(processor(), records(PANES, *WHOLE[:2]))
    judged, last, *_ = sent(effects, SIGNALS)
    header, columns = decode(JudgedHeader, judged)
    assert (header.feed, header.metric, header.detector) == ("dust", "coarse", "seasonal")
    assert columns["cell"].tolist() == [A, B]
    assert columns["value"].tolist() == [10.0, 10.0]
    assert columns["expected"].tolist() == [10.0, 10.0]
    assert envelope.decode(SignalBatch, last) == SignalBatch(
        feed="dust", tick_ms=PANE_MS, signals=[]
    )


def test_signals_are_counted_and_silence_is_named() -> None:
    found = batches(run(processor(), records(PANES, *WHOLE)))
    assert [batch.tick_ms for batch in found] == [n * PANE_MS for n in range(1, 7)]
    told = [[(a.subject, a.active) for a in batch.signals] for batch in found]
    assert told == [
        [],
        [],
        [],
        [(str(A), True), (str(C), True)],
        [(str(A), True)],
        [(str(A), True)],
    ]
    assert [batch.silent for batch in found[4:]] == [{"coarse": [str(C)]}] * 2
    assert [batch.total for batch in found] == [0, 0, 0, 2, 3, 4]


def test_a_metric_that_falls_silent_as_a_whole_is_named_too() -> None:
    loud = [pane(number, {A: 80}, metric="coarse") for number in range(2)]
    given = records(PANES, *loud, pane(2, {A: 5}, metric="pm10"))
    assert batches(run(processor(), given))[2].silent == {"coarse": [str(A)]}


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_a_crash_anywhere_changes_nothing(every: int) -> None:
    given = records(PANES, *WHOLE)
    assert run_with_crashes(processor, given, every) == run(processor(), given)


def test_a_replay_judges_nothing_twice() -> None:
    one = processor()
    run(one, records(PANES, *WHOLE))
    assert sent(run(one, records(PANES, *WHOLE)), SIGNALS) == []


def test_a_detector_larger_than_a_field_is_saved_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.monitors.readings.monitor.CHUNK", 10)
    given = records(PANES, *WHOLE)
    assert run_with_crashes(processor, given, 3) == run(processor(), given)
    one = processor()
    run(one, given)
    pieces = [name for name in one.changes() if name.startswith(b"detector/")]
    assert len(pieces) == 5  # 6 panes of 8 bytes


def test_a_metric_that_no_rule_watches_still_shows_its_values() -> None:
    values = sent(run(processor(), records(PANES, pane(0, {A: 5}, metric="pm10"))), SIGNALS)
    header, columns = decode(JudgedHeader, values[0])
    assert (header.metric, header.detector) == ("pm10", "")
    assert columns["value"].tolist() == [5.0]
    assert str(columns["expected"].tolist()) == "[nan]"


def test_a_partition_that_is_gone_is_not_waited_for_for_ever() -> None:
    one = processor()
    assert run(one, records(PANES, WHOLE[0])) == []
    assert one.tick(5) == []
    assert len(batches(list(one.tick(5 + WAIT_MS)))) == 1
    assert one.tick(5 + 2 * WAIT_MS) == []


@pytest.mark.parametrize("value", [b"GPC1broken", pane(0, {A: 1}, feed="nothing")])
def test_what_is_no_pane_is_set_aside(value: bytes) -> None:
    (letter,) = sent(run(processor(), [Record(PANES, 0, 81, value)]), DEAD_LETTERS)
    rejected = envelope.decode(Rejected, letter)
    assert (rejected.reason, rejected.topic, rejected.offset) == (Reason.DOWNSTREAM, PANES, 81)
    assert rejected.data == value


def test_counts_of_cases_pass_by() -> None:
    assert run(processor(), records(PANES, case_pane(3))) == []
