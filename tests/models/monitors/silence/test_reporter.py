"""Which silences are told, of whom, and when they are over."""

from __future__ import annotations

import pytest

from config.catalog import SilenceRule
from models.monitors.silence.heartbeats import OverdueSource
from models.monitors.silence.reporter import CELLS, NAMED, SilenceReporter
from tests.streams.agents.district import dongcheng

AREA = "110101003"


def rule(name: str) -> SilenceRule:
    found = dongcheng().rules[name]
    assert isinstance(found, SilenceRule)
    return found


def wait(source: str, hours: float, longest: float = 100.0) -> OverdueSource:
    return OverdueSource(source=source, hours=hours, usual=24.0, longest=longest, gaps=30)


@pytest.mark.parametrize(
    ("hours", "is_told"),
    [(149.0, False), (150.0, True), (400.0, True)],  # the rule begins at 1.5 of 100 hours
)
def test_a_silence_is_told_from_the_lowest_level_on(hours: float, is_told: bool) -> None:
    batch = SilenceReporter().tell(rule("beat-silence"), {AREA: [wait("07", hours)]}, 10**12)
    assert [anomaly.score for anomaly in batch.anomalies] == ([hours / 100] if is_told else [])


def test_a_short_silence_is_told_of_nobody_however_unusual() -> None:
    batch = SilenceReporter().tell(
        rule("beat-silence"), {AREA: [wait("07", 71.0, longest=10.0)]}, 10**12
    )
    assert batch.anomalies == []


def test_beats_are_named_the_longest_silent_first_and_are_no_cells() -> None:
    many = [wait(f"110101003007-{n:02d}", 200.0 + n) for n in range(NAMED + 3)]
    (anomaly,) = SilenceReporter().tell(rule("beat-silence"), {AREA: many}, 10**12).anomalies
    assert anomaly.evidence.sources == NAMED + 3
    assert anomaly.evidence.named == [f"110101003007-{n:02d}" for n in range(NAMED + 2, 2, -1)]
    assert (anomaly.cell, anomaly.cells) == (AREA, [])


def test_sensors_are_told_by_their_cells() -> None:
    many = [wait(f"{110101003001001 + n}", 200.0) for n in range(CELLS + 3)]
    (anomaly,) = SilenceReporter().tell(rule("dust-silence"), {AREA: many}, 10**12).anomalies
    assert anomaly.cells == [one.source for one in many[:CELLS]]
    assert anomaly.evidence.named == []


def test_it_grows_when_another_falls_silent_and_ends_when_all_speak() -> None:
    hush, beats = SilenceReporter(), rule("beat-silence")
    first, second = wait("07", 200.0), wait("12", 200.0)
    told = [
        hush.tell(beats, waits, now_ms).anomalies
        for now_ms, waits in enumerate(
            [{AREA: [first]}, {AREA: [first]}, {AREA: [first, second]}, {}, {}], 10**12
        )
    ]
    assert [[(a.active, a.grown) for a in anomalies] for anomalies in told] == [
        [(True, False)],
        [(True, False)],
        [(True, True)],
        [(False, False)],
        [],
    ]
