"""Agent `warn`: anomalies in, changes of warnings out."""

from __future__ import annotations

import msgspec
import pytest

from config.names import ANOMALIES, COMMANDS, DEAD_LETTERS, WARNINGS
from models.messages.anomalies import AnomalyBatch
from models.messages.envelope import decode, encode
from models.messages.warnings import CityWarning, WarningChange
from streams.agents.warn import WarnProcessor
from streams.host.processor import Record
from tests.models.warnings.warning_things import anomaly, batch
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent
from tests.streams.agents.test_situation import judged


def processor() -> WarnProcessor:
    return WarnProcessor(dongcheng())


def coarse(pane: int, score: float, *, active: bool = True) -> AnomalyBatch:
    return batch(pane, anomaly(pane, score, active=active, metric="coarse"))


LIFE = records(
    ANOMALIES,
    *(encode(b) for b in [coarse(0, 9), coarse(1, 9), coarse(2, 0, active=False), batch(3)]),
)


def test_a_life_is_told_change_by_change() -> None:
    told = [decode(CityWarning, value) for value in sent(run(processor(), LIFE), WARNINGS)]
    assert [warning.change for warning in told] == [WarningChange.RAISED, WarningChange.CLEARED]
    assert told[0].rule == "dust-local-excess"
    assert told[0].owner["en"]
    assert told[0].suggestion["zh"] in told[0].explanation["zh"]


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_crash_anywhere_changes_nothing(every: int) -> None:
    assert run_with_crashes(processor, LIFE, every) == run(processor(), LIFE)


def test_a_replay_tells_nothing_twice() -> None:
    one = processor()
    run(one, LIFE)
    assert run(one, LIFE) == []


def test_what_the_cells_showed_passes_by() -> None:
    assert run(processor(), records(ANOMALIES, judged())) == []


@pytest.mark.parametrize("topic", [ANOMALIES, COMMANDS])
def test_what_is_not_understood_is_set_aside(topic: str) -> None:
    effects = run(processor(), [Record(topic, 0, 5, msgspec.json.encode({"do": "something"}))])
    assert len(sent(effects, DEAD_LETTERS)) == 1
