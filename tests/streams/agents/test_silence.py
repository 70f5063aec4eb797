"""Agent `silence`: which sources should have reported and have not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.names import DEAD_LETTERS, HEALTH, PANES, SIGNALS
from config.settings import Settings
from models.messages.envelope import decode, encode, header_of
from models.messages.feed_health import FeedHealth
from models.messages.heartbeats import Heartbeat
from models.messages.signals import SignalBatch, SilenceSignal
from models.timing.units import HOUR_MS
from streams.agents.silence import SilenceProcessor, spec
from streams.host.processor import Effect, Record
from tests.models.monitors.readings.monitor_things import CELLS, PANE_MS, pane
from tests.models.monitors.signals_of import only
from tests.streams.agents.district import dongcheng, records, run, run_with_crashes, sent

BEAT = header_of(Heartbeat)
A, B, C = CELLS  # A and B are of one street
PANES_AN_HOUR = HOUR_MS // PANE_MS


def processor() -> SilenceProcessor:
    return SilenceProcessor(dongcheng())


def batches(effects: Sequence[Effect]) -> list[SignalBatch]:
    values = (value for value in sent(effects, SIGNALS) if not value.startswith(BEAT))
    return [decode(SignalBatch, value) for value in values]


def beats(effects: Sequence[Effect]) -> list[int]:
    """Minutes of the heartbeats."""
    values = [value for value in sent(effects, SIGNALS) if value.startswith(BEAT)]
    return [decode(Heartbeat, value).begun_ms // 60_000 for value in values]


def day(silent: dict[int, range]) -> list[Record]:
    """Quarter-hours of 30 h in which all cells report, but for some hours of some cells."""
    values = [
        pane(number, {
            cell: 5.0 for cell in CELLS
            if number // PANES_AN_HOUR not in silent.get(cell, range(0))
        }, metric="coarse")
        for number in range(30 * PANES_AN_HOUR)
    ]  # fmt: skip
    return records(PANES, *values)


def told(effects: Sequence[Effect]) -> list[tuple[int, str, bool, int]]:
    """Hour, area, active, silent sources."""
    return [
        (batch.tick_ms // HOUR_MS, a.area.code, a.active, a.evidence.sources)
        for batch in batches(effects)
        for a in only(SilenceSignal, batch.signals)
    ]


def test_it_reads_panes_and_the_word_of_ingest() -> None:
    described = spec(dongcheng(), Settings())
    assert (described.name, described.level, described.topics) == (
        "silence",
        "district",
        (PANES, HEALTH),
    )


def test_while_all_report_nobody_is_named() -> None:
    effects = run(processor(), day({}))
    assert len(batches(effects)) > 20
    assert told(effects) == []


def test_a_sensor_that_falls_silent_is_named_by_street_until_it_speaks() -> None:
    found = told(run(processor(), day({A: range(10, 18)})))
    assert [row[0] for row in found] == [16, 17, 18, 19]
    assert {row[1] for row in found} == {str(A)[:9]}
    assert [row[2] for row in found] == [True] * 3 + [False]


def test_where_most_are_silent_it_is_one_matter_of_the_district() -> None:
    found = told(run(processor(), day({A: range(10, 18), C: range(10, 18)})))
    assert {row[1] for row in found} == {str(A)[:6]}
    assert max(row[3] for row in found) == 2


def test_a_further_silent_sensor_is_growth() -> None:
    effects = run(processor(), day({A: range(10, 20), B: range(13, 20)}))
    signals = [a for batch in batches(effects) for a in only(SilenceSignal, batch.signals)]
    grown = [a for a in signals if a.grown]
    assert [(a.evidence.sources, len(a.cells)) for a in grown] == [(2, 2)]


def test_a_line_that_was_idle_before_its_first_reading_is_looked_at_from_that_one_on() -> None:
    of_two: dict[str, Any] = {"metric": "coarse", "partitions": 2}
    begin = 500_000  # panes after 1970
    idle = [pane(0, {}, partition=n, idle=True, **of_two) for n in (0, 1)]
    first = [pane(begin, {A: 5.0}, **of_two), pane(begin - 2, {C: 5.0}, partition=1, **of_two)]
    later = [pane(begin + 9, {A: 5.0}, **of_two), pane(begin + 9, {C: 5.0}, partition=1, **of_two)]
    ticks = [b.tick_ms for b in batches(run(processor(), records(PANES, *idle, *first, *later)))]
    assert ticks == [begin * PANE_MS + HOUR_MS * hour for hour in (0, 1, 2)]


def health(second: int, position: int, partition: int = 0) -> bytes:
    """Ingest reports; its clock is a day ahead of the data."""
    return encode(
        FeedHealth(
            feed="dust",
            raw_partition=partition,
            raw_partitions=2,
            published_ms=second * 1000 + 24 * HOUR_MS,
            position=position,
            end=position,
            sent_ms=min(second, 3600) * 1000,
            last_event_ms=0,
            watermark_ms=0,
        )
    )


def stalled() -> list[Record]:
    """An hour of records, then ten hours without, then one."""
    minutes = range(0, 660)
    values = [health(60 * m, min(m, 60) + 1, m % 2) for m in minutes]
    return records(HEALTH, *values, health(60 * 660, 100))


def test_a_feed_that_stands_still_is_named_once_a_level_and_when_it_moves() -> None:
    found = batches(run(processor(), stalled()))
    rows = [(b.rule, b.signals[0].area.code, b.signals[0].active) for b in found]
    assert rows[0] == ("dust-feed-silence", dongcheng().city.code, True)
    assert rows[-1] == ("dust-feed-silence", dongcheng().city.code, False)
    assert len(rows) <= 3
    assert found[0].tick_ms >= 3600 * 1000 + 2 * HOUR_MS
    assert found[0].tick_ms < 24 * HOUR_MS, "in the time of the data"


def ended(second: int, partition: int) -> bytes:
    """Ingest says that the replay is over."""
    known = decode(FeedHealth, health(second, 61, partition))
    return encode(msgspec.structs.replace(known, mode="replay", is_ended=True))


@pytest.mark.parametrize("every", [0, 1, 7])
def test_one_heartbeat_a_minute_goes_with_the_signals_whatever_crashes(every: int) -> None:
    values = records(HEALTH, *(health(second, 1, second % 2) for second in range(0, 600, 5)))
    found = run_with_crashes(processor, values, every) if every else run(processor(), values)
    assert beats(found) == list(range(1440, 1450))


def test_the_end_of_a_replay_ends_its_silences_and_begins_none() -> None:
    values = [health(60 * m, min(m, 60) + 1, m % 2) for m in range(120)]
    values += [ended(7200 + 60 * m, m % 2) for m in range(600)]
    found = batches(run(processor(), records(HEALTH, *values)))
    assert [batch for batch in found if batch.signals] == []
    rules = dongcheng().rules.values()
    assert [(b.rule, b.is_end) for b in found] == [
        (source, True) for source in sorted({rule.source for rule in rules if rule.feed == "dust"})
    ]


def test_while_panes_of_a_replay_still_come_it_is_not_over() -> None:
    """Ingest has read all of it long before a busy worker has judged it."""
    one = processor()
    run(one, records(HEALTH, *[ended(10 * n, n % 2) for n in range(6)]))
    for n in range(20):
        run(one, records(PANES, pane(n, {A: 5.0}, metric="coarse")))
        assert batches(run(one, records(HEALTH, ended(100 + 50 * n, n % 2)))) == []
    assert batches(run(one, records(HEALTH, ended(1109, 0)))) == []
    ends = batches(run(one, records(HEALTH, ended(1110, 1))))
    assert {(b.feed, b.is_end) for b in ends} == {("dust", True)}
    assert batches(run(one, records(HEALTH, ended(1200, 0)))) == []


def test_of_a_replay_that_ended_in_one_partition_only_nothing_ends() -> None:
    values = [ended(60 * m, 0) for m in range(60)]
    assert batches(run(processor(), records(HEALTH, health(0, 5, 1), *values))) == []


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 60))
def test_a_crash_anywhere_changes_nothing(every: int) -> None:
    over = records(HEALTH, *[ended(50_000 + 20 * n, n % 2) for n in range(6)])
    given = [*day({A: range(10, 18), C: range(12, 20)}), *stalled(), *over]
    assert run_with_crashes(processor, given, every) == run(processor(), given)


def test_a_replay_tells_nothing_twice() -> None:
    one = processor()
    run(one, day({A: range(10, 18)}))
    assert run(one, day({A: range(10, 18)})) == []


@pytest.mark.parametrize("topic", [PANES, HEALTH])
def test_what_cannot_be_read_is_set_aside(topic: str) -> None:
    assert len(sent(run(processor(), records(topic, b"GPPANE01broken")), DEAD_LETTERS)) == 1
