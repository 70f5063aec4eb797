"""A running `detect` takes a trained baseline up at a pane boundary, or says why it does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from config.names import BASELINES, DEAD_LETTERS, PANES, SIGNALS
from models.detect.registry import KINDS, DetectorConfig
from models.messages import envelope
from models.messages.baselines import Baseline, split
from models.messages.columns import decode
from models.messages.dead_letters import Reason, Rejected
from models.messages.judged_panes import JudgedHeader
from models.messages.signals import SignalBatch
from models.messages.signing import sign
from models.messages.topics import decode as decode_any
from models.monitors.readings.run_recurrence import RunRecurrence
from streams.agents.detect import DetectProcessor
from streams.host.processor import Effect, Record
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, pane
from tests.models.monitors.readings.test_baseline_store import trained
from tests.streams.agents.district import dongcheng, run, run_with_crashes, sent

HISTORY = 400  # panes
A, B, C = CELLS
KNOWN = (C, C + 1, A, A + 3)  # cells of the baseline: not B, and others that have fallen silent


def value(number: int, cell: int) -> float:
    return 40.0 + (number * 7 + cell % 5) % 11


def baseline_until(until: int) -> Baseline:
    """What training on the panes before `until` gives; its cells stand in another order."""
    detector = KINDS["seasonal"].make(DetectorConfig(width_s=900, zone="Asia/Shanghai", minimum=60))
    for number in range(until):
        detector.judge(number * PANE_MS, np.array([value(number, cell) for cell in KNOWN]))
    codes = np.array(KNOWN).astype("<i8").tobytes()
    return trained(until * PANE_MS, codes=codes, state=detector.to_bytes())


def panes(first: int, end: int) -> list[Record]:
    return [
        Record(
            PANES,
            0,
            number,
            pane(number, {cell: value(number, cell) for cell in CELLS}, metric="coarse"),
        )
        for number in range(first, end)
    ]


def baseline(until: int) -> list[Record]:
    parts = split(baseline_until(until))
    return [Record(BASELINES, 0, part.number, envelope.encode(part)) for part in parts]


def expected(effects: Sequence[Effect]) -> dict[int, list[float]]:
    """Expected values of A, B and C by pane."""
    found: dict[int, list[float]] = {}
    for data in sent(list(effects), SIGNALS):
        if data.startswith(envelope.header_of(JudgedHeader)):
            header, columns = decode(JudgedHeader, data)
            assert columns["cell"].tolist() == list(CELLS)
            found[header.start_ms // PANE_MS] = columns["expected"].tolist()
    return found


def test_without_a_baseline_nothing_is_expected_at_first() -> None:
    found = expected(run(DetectProcessor(dongcheng()), panes(HISTORY, HISTORY + 2)))
    assert np.isnan(found[HISTORY]).all()


def test_the_first_pane_after_the_training_is_judged_by_it() -> None:
    records = [*baseline(HISTORY), *panes(HISTORY, HISTORY + 3)]
    found = expected(run(DetectProcessor(dongcheng()), records))
    a, b, c = found[HISTORY]
    assert a == pytest.approx(45, abs=6)
    assert c == pytest.approx(45, abs=6)
    assert np.isnan(b)  # the baseline does not know it: it is learnt from here on


def test_panes_before_the_end_of_the_training_are_judged_without_it() -> None:
    given = [*baseline(HISTORY), *panes(HISTORY - 2, HISTORY + 1)]
    with_it = expected(run(DetectProcessor(dongcheng()), given))
    without = expected(run(DetectProcessor(dongcheng()), panes(HISTORY - 2, HISTORY + 1)))
    assert np.array_equal(with_it[HISTORY - 1], without[HISTORY - 1], equal_nan=True)
    assert with_it[HISTORY] != without[HISTORY]


@pytest.mark.parametrize("every", [1, 2, 3])
def test_crashes_change_nothing(every: int) -> None:
    records = [
        *panes(HISTORY - 3, HISTORY - 1),
        *baseline(HISTORY),
        *panes(HISTORY - 1, HISTORY + 3),
    ]
    whole = run(DetectProcessor(dongcheng()), records)
    broken = run_with_crashes(lambda: DetectProcessor(dongcheng()), records, every)
    assert sent(broken, SIGNALS) == sent(whole, SIGNALS)


def test_a_cell_that_is_flagged_stays_so_over_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """B is flagged and not in the baseline; its silence must still be told."""
    # Three days would not support a level: as if they had been years.
    monkeypatch.setattr(RunRecurrence, "most_days", lambda _, watched: np.full(watched.shape, 1e9))
    loud = [pane(n, {A: value(n, A), B: 4000.0}, metric="coarse") for n in range(300, 302)]
    calm = [pane(n, dict.fromkeys((A, B), 45.0), metric="coarse") for n in range(300)]
    after = [pane(302, {A: 45.0}, metric="coarse")]
    records = [Record(PANES, 0, n, data) for n, data in enumerate([*calm, *loud])]
    records += [*baseline(302), Record(PANES, 0, 302, after[0])]
    effects = run(DetectProcessor(dongcheng()), records)
    batches = [decode_any(SIGNALS, value) for value in sent(effects, SIGNALS)]
    *_, last = (b for b in batches if isinstance(b, SignalBatch) and not b.rule)
    assert last.silent == {"coarse": [str(B)]}


def test_a_baseline_that_is_refused_is_a_dead_letter_and_judging_goes_on() -> None:
    record = Record(BASELINES, 0, 0, envelope.encode(split(trained(width_s=3600))[0]))
    effects = run(DetectProcessor(dongcheng()), [record, *panes(0, 1)])
    (letter,) = sent(effects, DEAD_LETTERS)
    assert envelope.decode(Rejected, letter).reason is Reason.DOWNSTREAM
    assert "gridpulse train readings" in envelope.decode(Rejected, letter).detail
    assert list(expected(effects)) == [0]


TOMBSTONE = Record(BASELINES, 0, 9, b"", key=b"dust/coarse/seasonal/0")


def test_a_tombstone_takes_back_a_baseline_that_waits() -> None:
    records = [*baseline(HISTORY), TOMBSTONE, *panes(HISTORY, HISTORY + 2)]
    found = expected(run(DetectProcessor(dongcheng()), records))
    assert np.isnan(found[HISTORY]).all()


@pytest.mark.parametrize("every", [1, 3])
def test_a_tombstone_takes_back_a_baseline_in_use_and_an_older_one_may_follow(every: int) -> None:
    records = [
        *baseline(HISTORY),
        *panes(HISTORY, HISTORY + 2),
        TOMBSTONE,
        *panes(HISTORY + 2, HISTORY + 4),
        *baseline(HISTORY - 1),
        *panes(HISTORY + 4, HISTORY + 6),
    ]
    found = expected(run_with_crashes(lambda: DetectProcessor(dongcheng()), records, every))
    assert not np.isnan(found[HISTORY + 1][0])
    assert np.isnan(found[HISTORY + 2]).all()
    assert not np.isnan(found[HISTORY + 4][0])


def test_a_tombstone_that_names_no_baseline_is_a_dead_letter() -> None:
    effects = run(DetectProcessor(dongcheng()), [Record(BASELINES, 0, 0, b"", key=b"dust")])
    (letter,) = sent(effects, DEAD_LETTERS)
    assert "expected feed/metric/detector/part" in envelope.decode(Rejected, letter).detail


def details(processor: DetectProcessor, records: Sequence[Record]) -> list[str]:
    letters = sent(run(processor, records), DEAD_LETTERS)
    return [envelope.decode(Rejected, letter).detail for letter in letters]


def test_with_a_key_only_a_baseline_signed_by_it_is_used() -> None:
    parts = split(baseline_until(HISTORY))
    processor = DetectProcessor(dongcheng(), "of the city")
    wrong = [envelope.encode(sign(part, "another")) for part in parts]
    unsigned = [envelope.encode(part) for part in parts]
    for values, why in ((unsigned, "it is not signed"), (wrong, "its signature is not by")):
        found = details(processor, [Record(BASELINES, 0, n, v) for n, v in enumerate(values)])
        assert len(found) == len(parts)
        assert all(why in detail for detail in found)
    own = [Record(BASELINES, 0, 9, envelope.encode(sign(part, "of the city"))) for part in parts]
    found_values = expected(run(processor, [*own, *panes(HISTORY, HISTORY + 1)]))
    assert not np.isnan(found_values[HISTORY][0])


def test_a_baseline_from_after_its_publication_is_refused_and_the_next_one_used() -> None:
    published_ms = HISTORY * PANE_MS
    far = split(baseline_until(HISTORY + 5))
    late = [Record(BASELINES, 0, 0, envelope.encode(p), published_ms) for p in far]
    processor = DetectProcessor(dongcheng())
    [detail] = details(processor, late)
    assert "its training ended after it was published" in detail
    good = [Record(BASELINES, 0, 1, r.value, published_ms) for r in baseline(HISTORY)]
    found = expected(run(processor, [*good, *panes(HISTORY, HISTORY + 1)]))
    assert not np.isnan(found[HISTORY][0])
