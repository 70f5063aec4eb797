"""Tagged cases in the line: tags, clocks, counts over crashes, and what the snapshot shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from config.catalog import Catalog
from config.events import PhaseKind
from models.cases.feed import CaseFeed
from models.cases.rulebook import Rulebook, rulebook_of
from models.cases.standing import case_summary, layer_rows
from models.cases.timeline import step_of
from models.events.tags import priority_of
from models.messages.case_events import CaseEvent, EventType
from models.messages.street_summaries import CaseSummary
from models.situation.build import build_snapshot
from models.situation.event_parts import EventFigures, EventNow
from models.situation.state import DistrictState
from tests.models.cases.building import DAY, HOUR, START, batch, event
from tests.models.events.event_town import ELSEWHERE, EVENT, GATE, ROAD, changed, town_with

FAIR = EVENT
PARADE = (
    EVENT.replace("庙会", "游行")
    .replace("live, begins: 2024-03-03", "live, begins: 2024-03-04")
    .replace("minutes: 120, level: high", "minutes: 60, level: high")
    .replace("attention:", "priority: urgent\nattention:")
)
CELL = "990001001001001"
BOTH = ("fair", "parade")
LIVE_H = 48.0  # 2024-03-03 00:00, hours after START


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return town_with(tmp_path_factory.mktemp("town"), fair=FAIR, parade=PARADE)


@pytest.fixture(scope="module")
def rules(catalog: Catalog) -> Rulebook:
    return rulebook_of(catalog)


def steps(
    case: str, hour: float, where: tuple[float, float], *kinds: str, apart_h: float = 1.0
) -> Iterator[CaseEvent]:
    for number, kind in enumerate(("reported", "filed", *kinds)):
        yield event(
            case,
            EventType(kind),
            hour + number * apart_h,
            cell=CELL,
            category="rubbish",
            lon=where[0],
            lat=where[1],
        )


def judged(rules: Rulebook, hour: float, where: tuple[float, float]) -> object:
    return rules.judged([step_of(one) for one in steps("A", hour, where)])


def test_a_case_is_tagged_by_where_and_when_it_began(rules: Rulebook) -> None:
    tags = {
        name: [(tag.event, tag.phase, tag.objects) for tag in judged(rules, hour, where).events]  # type: ignore[attr-defined]
        for name, hour, where in (
            ("before", -0.5, GATE),
            ("rehearsal", 1.0, GATE),
            ("between", 30.0, GATE),
            ("live", LIVE_H, ROAD),
            ("elsewhere", LIVE_H, ELSEWHERE),
            ("both", LIVE_H + 24, GATE),
            ("stand-down", LIVE_H + 72, GATE),
        )
    }
    assert tags == {
        "before": [],
        "rehearsal": [(name, PhaseKind.REHEARSAL, ("gate", "road")) for name in BOTH],
        "between": [],
        "live": [("fair", PhaseKind.LIVE, ("road",))],
        "elsewhere": [],
        "both": [(name, PhaseKind.LIVE, ("gate", "road")) for name in BOTH],
        "stand-down": [],
    }


@pytest.mark.parametrize(
    ("hour", "where", "minutes", "priority"),
    [
        (LIVE_H, ELSEWHERE, None, "normal"),  # the city has no clock of its own
        (LIVE_H, ROAD, 600, "raised"),
        (LIVE_H, GATE, 120, "raised"),  # the level of the gate
        (LIVE_H + 24, GATE, 60, "urgent"),  # of two events the more urgent
    ],
)
def test_the_most_urgent_clock_and_priority_win(
    rules: Rulebook,
    hour: float,
    where: tuple[float, float],
    minutes: int | None,
    priority: str,
) -> None:
    state = judged(rules, hour, where)
    (limit,) = rules.limits([state])  # type: ignore[list-item]
    filed_ms = START + int((hour + 1) * HOUR)
    assert limit.close_ms == (None if minutes is None else filed_ms + minutes * 60_000)
    assert priority_of(state.events) == priority  # type: ignore[attr-defined]


def test_a_limit_that_the_sender_names_stands(rules: Rulebook) -> None:
    events = list(steps("A", LIVE_H, GATE))
    named = START + 100 * HOUR
    state = rules.judged([step_of(msgspec.structs.replace(each, due_ms=named)) for each in events])
    assert rules.limits([state])[0].close_ms == named


def numbered(events: Iterable[CaseEvent], first: int = 0) -> list[CaseEvent]:
    return [msgspec.structs.replace(one, offset=first + n) for n, one in enumerate(events)]


def fed(catalog: Catalog, rules: Rulebook, *cases: Iterator[CaseEvent], now_h: float) -> CaseFeed:
    feed = CaseFeed(catalog.feeds["cases"], rules, keep_finished_ms=DAY)
    feed.apply(batch(numbered(one for case in cases for one in case), now_h))
    feed.store.flush()
    return feed


def all_cases() -> list[Iterator[CaseEvent]]:
    return [
        steps("A", LIVE_H, GATE, "dispatched", "disposed", "verified", "closed"),  # late: 120 min
        steps("B", LIVE_H, ROAD, "dispatched", "disposed", "verified", "closed"),
        steps("C", LIVE_H + 1, ROAD),
        steps("D", LIVE_H + 1, GATE),
        steps("E", LIVE_H + 1, ELSEWHERE),
        steps("F", 1.0, GATE),  # rehearsal
        steps("G", LIVE_H + 1, ROAD, "cancelled"),
    ]


def summary_of(feed: CaseFeed, rules: Rulebook) -> CaseSummary:
    feed.store.flush()
    return case_summary(
        feed,
        rules,
        partition=0,
        partitions=1,
        published_ms=1,
        watermark_ms=feed.watermark.reached_ms,
    )


def shown(catalog: Catalog, feed: CaseFeed, rules: Rulebook, hour: float) -> list[EventNow]:
    state = DistrictState()
    state.cases.apply(summary_of(feed, rules))
    clock_ms = START + int(hour * HOUR)
    return build_snapshot(catalog, state, version=1, now_ms=clock_ms).events


def test_the_snapshot_shows_phase_countdown_figures_and_objects(
    catalog: Catalog, rules: Rulebook
) -> None:
    feed = fed(catalog, rules, *all_cases(), now_h=LIVE_H + 6)
    fair = next(each for each in shown(catalog, feed, rules, LIVE_H + 6) if each.event == "fair")
    assert (fair.phase, fair.changes_ms) == ("live", START + 5 * DAY)
    assert fair.figures == EventFigures(
        tagged=5, filed=5, closed=2, closed_late=1, open=2, cancelled=1, overdue=1
    )
    assert fair.exercise.filed == fair.exercise.open == 1
    assert fair.needs_attention == ["overdue"]
    gate, road = fair.objects
    assert (gate.id, gate.figures.filed, gate.figures.overdue) == ("gate", 2, 1)
    assert (road.id, road.figures.filed, road.figures.closed) == ("road", 5, 2)
    assert [case.case for case in fair.watched][:2] == ["F", "D"]  # both raised: by their limits
    assert [duty.due_ms - START for duty in fair.duties] == [LIVE_H * HOUR + 8 * HOUR]
    assert all(case.due_ms > 0 for case in fair.watched)


@pytest.mark.parametrize(
    ("hour", "phase", "next_h"),
    [
        (-2400.0, "announced", 0),
        (0.0, "rehearsal", 24),
        (24.0, "pause", 48),
        (48.0, "live", 120),
        (120.0, "stand-down", 144),
        (144.0, "over", None),
    ],
)
def test_the_countdown_runs_to_the_next_change_of_phase(
    catalog: Catalog, rules: Rulebook, hour: float, phase: str, next_h: float | None
) -> None:
    feed = fed(catalog, rules, now_h=0)
    (fair, _) = shown(catalog, feed, rules, hour)
    assert fair.phase == phase
    assert fair.changes_ms == (0 if next_h is None else START + int(next_h * HOUR))


def test_an_event_is_shown_from_its_announcement_to_a_week_after(
    catalog: Catalog, rules: Rulebook
) -> None:
    feed = fed(catalog, rules, now_h=0)
    assert shown(catalog, feed, rules, -100 * 24 - 0.01) == []
    assert len(shown(catalog, feed, rules, -100 * 24)) == 2
    assert len(shown(catalog, feed, rules, 144 + 7 * 24 - 0.01)) == 2
    assert shown(catalog, feed, rules, 144 + 7 * 24) == []


def test_counts_outlive_their_cases_and_a_crash(catalog: Catalog, rules: Rulebook) -> None:
    feed = fed(catalog, rules, *all_cases(), now_h=LIVE_H + 6)
    feed.apply(batch([], LIVE_H + 60))  # the closed ones have left memory
    before = summary_of(feed, rules).events
    assert "A" not in feed.store.timelines
    saved = {key: data for key, data in feed.changes().items() if data is not None}
    restored = CaseFeed(catalog.feeds["cases"], rules, keep_finished_ms=DAY)
    restored.restore(saved)
    after = summary_of(restored, rules)
    assert after.events == before
    assert {one.case for one in after.tagged} == {"C", "D", "F"}
    more = list(steps("C", LIVE_H + 1, ROAD, "dispatched", "disposed", "verified", "closed"))[2:]
    restored.apply(batch(numbered(more, 1000), LIVE_H + 61))
    road = {(e.event, e.phase, e.object): e for e in summary_of(restored, rules).events}
    assert road["fair", "live", "road"].closed == 3


def test_other_events_count_the_cases_in_memory_anew(
    catalog: Catalog, rules: Rulebook, tmp_path: Path
) -> None:
    feed = fed(catalog, rules, *all_cases(), now_h=LIVE_H + 6)
    saved = {key: data for key, data in feed.changes().items() if data is not None}
    other = town_with(tmp_path, fair=changed("buffer_m: 50", "buffer_m: 60"))
    other_rules = rulebook_of(other)
    restored = CaseFeed(other.feeds["cases"], other_rules, keep_finished_ms=DAY)
    restored.restore(saved)
    counts = {
        (e.event, e.phase, e.object): e.filed for e in summary_of(restored, other_rules).events
    }
    assert counts["fair", "live", ""] == 5
    assert not any(event == "parade" for event, _, _ in counts)


def test_the_map_has_the_open_cases_of_each_cell_inside(catalog: Catalog, rules: Rulebook) -> None:
    feed = fed(catalog, rules, *all_cases(), now_h=LIVE_H + 6)
    cell, layer, value = layer_rows(feed.store)
    assert [(int(c), float(v)) for c, n, v in zip(cell, layer, value, strict=True) if n == 4] == [
        (int(CELL), 3.0)
    ]
    snapshot = build_snapshot(
        catalog, DistrictState(), version=1, now_ms=START + int((LIVE_H + 6) * HOUR)
    )
    (event_layer,) = [each for each in snapshot.layers if each.id == "event"]
    known = event_layer.values[event_layer.values == event_layer.values]
    assert 0 < len(known) < len(event_layer.values)
    assert set(known.tolist()) == {0.0}
