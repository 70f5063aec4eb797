"""Real cases through the agent, shuffled and repeated, against pandas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from config.loader import load
from config.names import SUMMARIES
from config.settings import Settings
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.envelope import decode, encode, header_of
from models.messages.origin import Origin
from models.messages.street_summaries import CaseSummary, ClosingTimeHistogram, IndicatorCount
from ops.files.case_files import read_cases
from streams.agents.cases import spec
from streams.host.processor import Processor, Record, Send
from tests.real_cases import BALTIMORE, ZONE, live_counts, read
from tests.streams.agents.district import run as apply

SETTINGS = replace(Settings(), city="baltimore")
CELL = "840024001001001"
A_BATCH = 200


def events_of(folder: Path) -> list[CaseEvent]:
    mapping = load(SETTINGS).mapping("baltimore311")
    cases = read_cases(folder / "cases" / BALTIMORE.file, mapping, ZONE)
    return [
        CaseEvent(
            case=case,
            type=EventType(step.type),
            ts_ms=step.ts_ms,
            category=step.category,
            cell=CELL,
            offset=0,
            department=step.department,
            source=step.source,
            due_ms=step.due_ms,
        )
        for case, steps in cases.steps.items()
        for step in steps
    ]


def run(processor: Processor, events: list[CaseEvent], until_ms: int) -> CaseSummary:
    """Replay events in the order given and take the summary at the end of the data."""
    for number, first in enumerate(range(0, len(events), A_BATCH)):
        some = [
            CaseEvent(
                **{name: getattr(one, name) for name in one.__struct_fields__ if name != "offset"},
                offset=first + place,
            )
            for place, one in enumerate(events[first : first + A_BATCH])
        ]
        is_last = first + A_BATCH >= len(events)
        batch = CaseBatch(
            feed="cases",
            street=CELL[:9],
            origin=Origin(1, 0, 1, watermark_ms=until_ms if is_last else 0, ingested_ms=0),
            events=some,
        )
        apply(processor, [Record("case-events", 0, number, encode(batch))])
    [summary] = [
        decode(CaseSummary, effect.value)
        for effect in processor.tick(10_000_000)
        if isinstance(effect, Send)
        and effect.topic == SUMMARIES
        and effect.value.startswith(header_of(CaseSummary))
    ]
    return summary


@pytest.mark.data
def test_live_indicators_of_real_cases_are_those_of_pandas(shared_data: Path) -> None:
    events, table = events_of(shared_data), read(BALTIMORE, shared_data)
    last = max(table.opened.max(), table.closed.max())
    until_ms = int(last.timestamp() * 1000) - 600_000  # the watermark lags by the lateness
    agent = spec(load(SETTINGS), SETTINGS)
    straight = run(agent.make(0), sorted(events, key=lambda one: one.ts_ms), until_ms)

    found = {
        (one.window, one.by, one.group, one.indicator): (round(one.numerator, 6), one.denominator)
        for one in straight.indicators
    }
    backlog = {key: counts for key, counts in found.items() if key[0] == "now"}
    assert backlog["now", "all", "all", "backlog"] == (int(table.closed.isna().sum()), None)
    is_open = table[table.closed.isna()]
    for agency, some in is_open.groupby("Agency"):
        overdue = int((some.due < last).sum())
        assert backlog["now", "department", str(agency), "overdue_of_backlog"] == (
            overdue, len(some),
        )  # fmt: skip
    wanted = live_counts(table, {"department": "Agency", "source": "MethodReceived"})
    assert {key: found.get(key) for key in wanted} == wanted
    assert sum(now.open for now in straight.stages.values()) == int(table.closed.isna().sum())

    rng = np.random.default_rng(5)
    order = rng.permutation(len(events) + len(events) // 3)
    shuffled = run(agent.make(0), [events[at % len(events)] for at in order], until_ms)
    assert sorted(shuffled.indicators, key=_key) == sorted(straight.indicators, key=_key)
    repeats = {"repeated-event": len(order) - len(events)}
    assert sorted(shuffled.spreads, key=_group) == sorted(straight.spreads, key=_group)
    assert shuffled.cells == straight.cells
    assert (shuffled.stages, shuffled.flags) == (straight.stages, straight.flags | repeats)
    assert shuffled.watched == straight.watched


def _group(one: ClosingTimeHistogram) -> tuple[str, str, str]:
    return one.window, one.by, one.group


def _key(one: IndicatorCount) -> tuple[str, str, str, str]:
    return one.window, one.by, one.group, one.indicator
