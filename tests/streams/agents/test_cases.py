"""The agent `cases`: bytes in, effects out, and the same after any crash."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from config.errors import ConfigError
from config.loader import load
from config.names import CASE_EVENTS, DEAD_LETTERS, LATE, PANES, SUMMARIES
from config.settings import Settings
from models.messages import envelope
from models.messages.case_events import CaseBatch, EventType
from models.messages.columns import Columns, decode
from models.messages.dead_letters import Rejected
from models.messages.frames import IDLE
from models.messages.panes import CasePane
from models.messages.street_summaries import CaseSummary, SummaryHeader
from streams.agents.cases import spec
from streams.host.processor import AgentSpec, Effect, Processor, Record, Send
from tests.models.cases.building import CELL, HOUR, START, batch, event
from tests.streams.agents.district import run as apply

T = EventType


@pytest.fixture(scope="module")
def agent() -> AgentSpec:
    settings = Settings()
    return spec(load(settings), settings)


CELLS = envelope.header_of(SummaryHeader)


def record(message: CaseBatch, offset: int = 0) -> Record:
    return Record(CASE_EVENTS, 0, offset, envelope.encode(message))


def sent(effects: list[Effect], topic: str) -> list[bytes]:
    return [e.value for e in effects if isinstance(e, Send) and e.topic == topic]


def panes_of(effects: list[Effect]) -> list[CasePane]:
    counts = [v for v in sent(effects, PANES) if v.startswith(envelope.header_of(CasePane))]
    return [envelope.decode(CasePane, value) for value in counts]


def layers(effects: list[Effect]) -> tuple[SummaryHeader, Columns]:
    [data] = [value for value in sent(effects, SUMMARIES) if value.startswith(CELLS)]
    return decode(SummaryHeader, data)


def situation(effects: list[Effect]) -> CaseSummary:
    [data] = [value for value in sent(effects, SUMMARIES) if not value.startswith(CELLS)]
    return envelope.decode(CaseSummary, data)


def a_day() -> list[CaseBatch]:
    """Four cases of one morning, each in another stage."""
    told = {"category": "E0102", "source": "patrol"}
    return [
        batch([event(str(n), T.REPORTED, 8 + n / 10, n, **told) for n in range(4)], 8),
        batch([event(str(n), T.FILED, 9 + n / 10, 10 + n) for n in range(1, 4)], 9),
        batch(
            [
                event("2", T.DISPATCHED, 10, 20, department="sanitation"),
                event("3", T.DISPATCHED, 10, 21, department="sanitation"),
            ],
            10,
        ),
        batch([event("3", T.DISPOSED, 10.5, 30), event("3", T.CLOSED, 11, 31)], 11.5),
    ]


def run(processor: Processor, batches: list[CaseBatch]) -> list[Effect]:
    return [e for n, one in enumerate(batches) for e in processor.apply(record(one, n))]


def test_a_quiet_feed_that_wakes_months_ahead_counts_all_that_was_sent_together(
    agent: AgentSpec,
) -> None:
    month_h = 30 * 24
    two: dict[str, Any] = {"raw_partitions": 2}
    quiet = [
        batch([event("0", T.REPORTED, 8)], 8, **two),
        *(batch([], 0, street="", raw_partition=n, **two | {"watermark_ms": IDLE}) for n in (0, 1)),
    ]
    first = [
        batch([event("1", T.REPORTED, month_h, 1)], 8, **two),
        batch([event("2", T.REPORTED, 3 * month_h, 2)], month_h, **two),
        batch([], 3 * month_h, street="", **two),
    ]
    second = [batch([event("3", T.REPORTED, month_h, 1)], 8, raw_partition=1, **two)]
    end = [batch([], 4 * month_h, street="", raw_partition=n, **two) for n in (0, 1)]
    told = panes_of(run(agent.make(0), quiet + first + second + end))
    newest = {pane.start_ms: pane for pane in told}
    cases = {start: sum(row[3] for row in pane.rows) for start, pane in newest.items()}
    hours = {(start - START) // HOUR: count for start, count in cases.items() if count}
    assert hours == {8: 1, month_h: 2, 3 * month_h: 1}


def test_hours_are_told_once_the_watermark_has_passed_them(agent: AgentSpec) -> None:
    effects = run(agent.make(0), a_day())
    panes = panes_of(effects)
    starts = [(pane.start_ms - START) // HOUR for pane in panes]
    assert starts == [7, 8, 9, 10]
    cell = int(CELL)
    assert panes[1].rows == [(cell, "E0102", "reported", 4)]
    assert panes[2].rows == [(cell, "", "filed", 3)]
    assert {(pane.feed, pane.partition, pane.partitions) for pane in panes} == {("cases", 0, 4)}


def test_an_hour_claims_no_more_than_its_own_end_while_others_are_still_to_be_told(
    agent: AgentSpec,
) -> None:
    processor = agent.make(0)
    processor.apply(record(batch([event("1", T.REPORTED, 8.5, 0, category="E0102")], 8)))
    later = batch([event("2", T.REPORTED, 9.5, 1, category="E0102")], 13)
    effects = list(processor.apply(record(later, 1)))
    panes = panes_of(effects)
    assert len(panes) > 1
    ends = [pane.start_ms + pane.width_s * 1000 for pane in panes]
    assert [pane.watermark_ms for pane in panes[:-1]] == ends[:-1]
    assert panes[-1].watermark_ms >= ends[-1]


def test_the_summary_tells_layers_stages_and_indicators(agent: AgentSpec) -> None:
    processor = agent.make(1)
    run(processor, a_day())
    effects = list(processor.tick(1_000_000))
    header, columns = layers(effects)
    named = {
        header.layers[layer]: value
        for layer, value in zip(columns["layer"].tolist(), columns["value"].tolist(), strict=True)
    }
    assert named == {
        "cases.open": 3,
        "cases.filed_today": 3,
        "cases.closed_today": 1,
        "cases.reported_today": 4,
    }
    assert (header.applied, header.partition, header.totals["cases.closings_today"]) == (11, 1, 1)
    told = situation(effects)
    assert {stage: now.open for stage, now in told.stages.items() if now.open} == {
        "reported": 1,
        "filed": 1,
        "dispatched": 1,
    }
    assert told.stages["disposed"].done == 1
    filed = [
        i for i in told.indicators if (i.window, i.by, i.indicator) == ("today", "all", "filed")
    ]
    assert [i.numerator for i in filed] == [3]
    assert "step-skipped" in told.flags  # case 3 was closed unverified
    assert {watched.case for watched in told.watched} == {"0", "1", "2"}
    assert all(watched.overdue_min <= 0 for watched in told.watched)


def test_summaries_come_when_something_changed_and_at_rest_now_and_then(agent: AgentSpec) -> None:
    processor = agent.make(0)
    run(processor, a_day())
    assert len(list(processor.tick(1_000_000))) == 2
    assert list(processor.tick(1_000_400)) == []
    assert list(processor.tick(1_000_600)) == []  # nothing changed
    processor.apply(record(batch([event("9", T.REPORTED, 11.6, 50, category="E0102")], 11.6)))
    assert len(list(processor.tick(1_000_700))) == 1  # the layers, not yet the long summary
    assert len(list(processor.tick(1_009_000))) == 2


def test_a_replay_changes_nothing(agent: AgentSpec) -> None:
    once, twice = agent.make(0), agent.make(0)
    run(once, a_day())
    run(twice, a_day())
    assert sent(run(twice, a_day()), PANES) == []
    assert list(twice.tick(1_000_000)) != []
    assert once.changes() == twice.changes()


def test_a_restart_in_the_middle_changes_no_number(agent: AgentSpec) -> None:
    straight = agent.make(0)
    whole = run(straight, a_day())
    first = agent.make(0)
    before = run(first, a_day()[:2])
    saved = {key: data for key, data in first.changes().items() if data is not None}
    second = agent.make(0)
    second.restore(saved)
    after = [*run(second, a_day()[1:])]  # the second batch comes again
    assert sent(before, PANES) + sent(after, PANES) == sent(whole, PANES)
    header, columns = layers(list(second.tick(1_000_000)))
    expected, same = layers(list(straight.tick(1_000_000)))
    assert msgspec.structs.replace(header, ingested_ms=()) == msgspec.structs.replace(
        expected, ingested_ms=()
    )
    assert {name: column.tolist() for name, column in columns.items()} == {
        name: column.tolist() for name, column in same.items()
    }
    assert situation(list(second.tick(2_000_000))) == situation(list(straight.tick(2_000_000)))


def test_only_what_changed_is_saved(agent: AgentSpec) -> None:
    processor = agent.make(0)
    run(processor, a_day())
    processor.changes()
    assert processor.changes() == {}
    processor.apply(record(batch([event("0", T.FILED, 11.7, 60)], 11.7)))
    assert sorted(key for key in processor.changes() if b"/c:" in key) == [b"cases/c:0"]


def test_a_step_of_a_departed_case_is_set_aside(agent: AgentSpec) -> None:
    processor = agent.make(0)
    run(processor, a_day())
    processor.apply(record(batch([], 24 * 9)))
    processor.tick(1_000_000)
    effects = list(processor.apply(record(batch([event("3", T.VERIFIED, 10.8, 70)], 24 * 9))))
    [late] = [envelope.decode(Rejected, value) for value in sent(effects, LATE)]
    assert late.reason == "late"
    assert "case 3" in late.detail
    assert b'"verified"' in late.data
    assert late.offset == 70


@pytest.mark.parametrize(("finished_days", "departs"), [(1.0, True), (30.0, False)])
def test_how_long_a_finished_case_stays_is_for_the_city_to_say(
    finished_days: float, departs: bool
) -> None:
    settings = Settings(finished_days=finished_days)
    processor = spec(load(settings), settings).make(0)
    effects = run(
        processor,
        [
            batch([event("1", T.REPORTED, 0, 0), event("1", T.CLOSED, 1, 1)], 1),
            batch([event("2", T.REPORTED, 24 * 3, 2)], 24 * 3),
        ],
    )
    processor.tick(10_000)
    effects += run(processor, [batch([event("1", T.VERIFIED, 0.5, 3)], 24 * 3)])
    assert bool(sent(effects, LATE)) is departs


def test_a_quiet_feed_closes_its_panes(agent: AgentSpec) -> None:
    processor = agent.make(0)
    run(processor, a_day()[:1])
    effects = list(
        processor.apply(record(batch([], 0, watermark_ms=IDLE, ingested_ms=START + 9 * HOUR)))
    )
    panes = panes_of(effects)
    assert [(pane.start_ms - START) // HOUR for pane in panes] == [8]


@pytest.mark.parametrize("value", [b"", b"GPC1", b"\x80", b"{}"])
def test_bytes_that_are_no_batch_go_to_the_dead_letters(agent: AgentSpec, value: bytes) -> None:
    effects = list(apply(agent.make(0), [Record(CASE_EVENTS, 0, 3, value)]))
    [letter] = [envelope.decode(Rejected, data) for data in sent(effects, DEAD_LETTERS)]
    assert (letter.reason, letter.offset, letter.data) == ("downstream", 3, value)


def test_an_unknown_feed_goes_to_the_dead_letters(agent: AgentSpec) -> None:
    effects = apply(agent.make(0), [record(batch([], 1, feed="elsewhere"))])
    [letter] = [envelope.decode(Rejected, data) for data in sent(effects, DEAD_LETTERS)]
    assert "elsewhere" in letter.detail


def test_possible_duplicates_are_told_and_the_same_after_a_restart(agent: AgentSpec) -> None:
    told = {"category": "E0102", "lon": 116.4, "lat": 39.9}
    reports = [event(name, T.REPORTED, hour, hour, **told) for name, hour in (("a", 1), ("b", 2))]
    first, second = agent.make(0), agent.make(0)
    run(first, [batch(reports, 3)])
    second.restore({key: value for key, value in first.changes().items() if value is not None})
    before, after = situation(list(first.tick(9_000))), situation(list(second.tick(9_000)))
    assert [(one.case, one.original, one.age_min) for one in before.duplicates] == [("b", "a", 60)]
    assert (after.duplicates, after.duplicates_open) == (before.duplicates, 1)


def test_events_that_change_nothing_are_counted_beside_the_reason_codes(agent: AgentSpec) -> None:
    processor = agent.make(0)
    closing = event("1", T.CLOSED, 1, 0)
    again = msgspec.structs.replace(closing, offset=1)
    run(processor, [batch([closing], 2), batch([again], 2)])
    flags = situation(list(processor.tick(9_000))).flags
    assert (flags["repeated-event"], flags["closed-before-filing"]) == (1, 1)


def test_a_checkpoint_of_another_version_is_refused_in_one_sentence(agent: AgentSpec) -> None:
    processor = agent.make(0)
    for number, message in enumerate(a_day()):
        processor.apply(record(message, number))
    fields = {key: data for key, data in processor.changes().items() if data is not None}
    _, *older = msgspec.msgpack.decode(fields[b"cases/m"])
    with pytest.raises(ConfigError, match="another version; delete the checkpoints of the agent"):
        agent.make(0).restore({**fields, b"cases/m": msgspec.msgpack.encode(older)})
