"""Which silences are reported, of whom, how rare they are, and when they are over."""

from __future__ import annotations

import numpy as np
import pytest

from config.catalog import SilenceRule
from config.levels import LEAST_DAYS
from models.messages.signals import SilenceSignal
from models.monitors.silence.heartbeats import HeartbeatTracker, OverdueSource
from models.monitors.silence.reporter import CELLS, NAMED, SilenceReporter
from models.warnings.levels import rating
from tests.models.monitors.signals_of import only
from tests.streams.agents.district import dongcheng

AREA = "110101003"


def rule(name: str) -> SilenceRule:
    found = dongcheng().rules[name]
    assert isinstance(found, SilenceRule)
    return found


def wait(
    source: str, hours: float, longest: float = 100.0, known_days: float = 1e6
) -> OverdueSource:
    return OverdueSource(
        source=source,
        hours=hours,
        usual=24.0,
        longest=longest,
        gaps=30,
        tail=24.0,
        known_days=known_days,
    )


def reported(name: str, overdue: list[OverdueSource], watched: int = 20) -> list[SilenceSignal]:
    batch = SilenceReporter().report(rule(name), {AREA: overdue}, {AREA: watched}, 10**12)
    return only(SilenceSignal, batch.signals)


@pytest.mark.parametrize(
    ("hours", "is_reported"),
    [(149.0, False), (150.0, True), (400.0, True)],  # the rule begins at 1.5 of 100 hours
)
def test_a_silence_is_reported_from_the_lowest_level_on(hours: float, is_reported: bool) -> None:
    found = [signal.evidence.excess for signal in reported("beat-silence", [wait("07", hours)])]
    assert found == ([hours / 100] if is_reported else [])


def test_a_short_silence_is_reported_of_nobody_however_unusual() -> None:
    assert reported("beat-silence", [wait("07", 71.0, longest=10.0)]) == []


def test_beats_are_named_the_longest_silent_first_and_are_no_cells() -> None:
    many = [wait(f"110101003007-{n:02d}", 200.0 + n) for n in range(NAMED + 3)]
    (signal,) = reported("beat-silence", many)
    assert signal.evidence.sources == NAMED + 3
    assert signal.evidence.named == [f"110101003007-{n:02d}" for n in range(NAMED + 2, 2, -1)]
    assert (signal.area.code, signal.cells) == (AREA, [])


def test_sensors_are_reported_by_their_cells() -> None:
    many = [wait(f"{110101003001001 + n}", 200.0) for n in range(CELLS + 3)]
    (signal,) = reported("dust-silence", many)
    assert signal.cells == [one.source for one in many[:CELLS]]
    assert signal.evidence.named == []


def test_it_grows_when_another_falls_silent_and_ends_when_all_report() -> None:
    reporter, beats = SilenceReporter(), rule("beat-silence")
    first, second = wait("07", 200.0), wait("12", 200.0)
    found = [
        reporter.report(beats, overdue, {AREA: 2}, now_ms).signals
        for now_ms, overdue in enumerate(
            [{AREA: [first]}, {AREA: [first]}, {AREA: [first, second]}, {}, {}], 10**12
        )
    ]
    assert [[(s.active, s.grown) for s in signals] for signals in found] == [
        [(True, False)],
        [(True, False)],
        [(True, True)],
        [(False, False)],
        [],
    ]


def test_a_silence_is_rated_by_its_gaps_and_by_how_many_are_listened_to() -> None:
    just, longer = wait("07", 100.0), wait("07", 124.0)
    assert just.once_in_days == pytest.approx(1000)  # one gap of a thousand, a gap a day
    assert longer.once_in_days == pytest.approx(1000 * np.e)
    (alone,) = reported("beat-silence", [wait("07", 150)], watched=1)
    (one,) = reported("beat-silence", [wait("07", 150)], watched=20)
    assert one.severity == pytest.approx(alone.severity / 20)


def test_a_silence_is_called_no_rarer_than_its_past_supports_and_still_warns() -> None:
    """Ten daily reports, then five days without: nobody knows that chance brings it in 20 years."""
    long_known, (known,) = wait("07", 150.0), reported("beat-silence", [wait("07", 150.0)], 1)
    assert known.severity == pytest.approx(long_known.once_in_days)
    assert not known.is_least
    (young,) = reported("beat-silence", [wait("07", 150.0, known_days=10.0)], watched=1)
    assert (young.severity, young.is_least) == (100.0, True)
    (new,) = reported("beat-silence", [wait("07", 150.0, known_days=2.0)], watched=1)
    assert new.severity < LEAST_DAYS
    assert rating(rule("beat-silence"), new).reached  # by the law of its gaps it is rare


def test_what_chance_often_brings_is_no_warning_however_little_was_seen() -> None:
    (often,) = reported("beat-silence", [wait("07", 150.0, known_days=1.0)], watched=10_000)
    assert not often.evidence.is_rare
    assert not rating(rule("beat-silence"), often).reached


def test_a_source_is_known_for_as_long_as_it_was_heard() -> None:
    tracker = HeartbeatTracker()
    for day in range(41):  # more gaps than are remembered
        tracker.observe(["07"], day * 86_400.0)
    (silent,) = tracker.overdue(60 * 86_400.0)
    assert silent.known_days == pytest.approx(40)


def test_a_source_that_has_become_slow_is_known_for_no_longer() -> None:
    """So many gaps ever, times the mean of the newest, called 56 days three years."""
    tracker, now_s = HeartbeatTracker(), 0.0
    for gap_s in [900.0] * 45 * 96 + [6 * 3600.0] * 40:
        tracker.observe(["07"], now_s)
        now_s += gap_s
    (silent,) = tracker.overdue(now_s + 30 * 86_400.0)
    assert silent.known_days == pytest.approx(45 + 39 / 4, abs=0.02)
    names, state = tracker.to_bytes()
    (again,) = HeartbeatTracker.from_bytes(names, state).overdue(now_s + 30 * 86_400.0)
    assert again == silent


def test_a_configured_interval_is_not_rated_by_chance() -> None:
    feed = OverdueSource(source="dust", hours=9, usual=0.02, longest=2, gaps=0)
    assert feed.once_in_days == 0
