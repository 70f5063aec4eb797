"""All street partitions of a feed count by the same day, whichever of them had the newest event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.names import CASE_EVENTS, SUMMARIES
from config.settings import Settings
from models.cases.indicators.window_sums import WINDOWS, window_start
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.envelope import decode, encode, header_of
from models.messages.frames import IDLE
from models.messages.street_summaries import CaseSummary
from models.situation.cases import CaseView
from models.timing.calendar import EPOCH
from streams.agents.cases import spec
from streams.host.processor import AgentSpec, Processor, Record, Send
from tests.models.cases.building import START, batch, event
from tests.streams.agents.district import dongcheng

STREETS: Final = ("110101001", "110101002")  # one of each street partition
RAW_PARTITIONS: Final = 3
LATENESS_H: Final = dongcheng().feeds["cases"].allowed_lateness_s / 3600
SHANGHAI: Final = timezone(timedelta(hours=8))
YEAR_H: Final = 24.0 * 306  # from 1 March to 1 January
Closing = tuple[int, int, float]  # street partition, raw partition, hour


@pytest.fixture(scope="module")
def agent() -> AgentSpec:
    return spec(dongcheng(), Settings())


def day_of(hour: float) -> int:
    at = datetime.fromtimestamp(START / 1000, UTC) + timedelta(hours=hour)
    return (at.astimezone(SHANGHAI).date() - EPOCH).days


def closed_case(number: int, one: Closing) -> list[CaseEvent]:
    """A case that is filed and closed in the same moment."""
    street, _, hour = one
    more = {"cell": STREETS[street] + "001001"}
    kinds = (EventType.REPORTED, EventType.FILED, EventType.CLOSED)
    return [
        event(f"{number}", kind, hour, 3 * number + place, **more)
        for place, kind in enumerate(kinds)
    ]


def stream(closings: Sequence[Closing]) -> list[tuple[int | None, CaseBatch]]:
    """What ingest sends, with the street partition that reads it; None: all of them."""
    sent: list[tuple[int | None, CaseBatch]] = []
    newest = dict.fromkeys(range(RAW_PARTITIONS), -1.0)
    shared: dict[str, Any] = {"raw_partitions": RAW_PARTITIONS}
    for number, one in enumerate(closings):
        street, raw, hour = one
        mark, events = newest[raw] - LATENESS_H, closed_case(number, one)
        said = {"street": STREETS[street], "raw_partition": raw, **shared}
        sent.append((street, batch(events, mark, **said)))
        newest[raw] = max(newest[raw], hour)
    ticks = {raw: {"raw_partition": raw, **shared, "street": ""} for raw in newest}
    for raw, hour in newest.items():
        more = {} if hour >= 0 else {"watermark_ms": -IDLE}  # it never had an event
        sent.append((None, batch([], hour - LATENESS_H, **ticks[raw] | more)))
    sent += [(None, batch([], 0, **tick | {"watermark_ms": IDLE})) for tick in ticks.values()]
    return sent


def summary_of(processor: Processor) -> CaseSummary:
    [summary] = [
        decode(CaseSummary, effect.value)
        for effect in processor.tick(10_000_000)
        if isinstance(effect, Send)
        and effect.topic == SUMMARIES
        and effect.value.startswith(header_of(CaseSummary))
    ]
    return summary


def district(
    agent: AgentSpec,
    sent: Iterable[tuple[int | None, CaseBatch]],
    crashes: Callable[[int], bool] = lambda _: False,
) -> CaseView:
    """Let each street partition read its records, and add up what they say at the end."""
    processors = {number: agent.make(number) for number in range(len(STREETS))}
    saved: dict[int, dict[bytes, bytes]] = {number: {} for number in processors}
    for offset, (reader, message) in enumerate(sent):
        record = Record(CASE_EVENTS, 0, offset, encode(message))
        for number in [reader] if reader is not None else list(processors):
            processors[number].apply(record)
            if crashes(offset):
                for name, value in processors[number].changes().items():
                    if value is None:
                        saved[number].pop(name, None)
                    else:
                        saved[number][name] = value
                processors[number] = agent.make(number)
                processors[number].restore(dict(saved[number]))
                processors[number].apply(record)  # it comes again
    view = CaseView()
    for processor in processors.values():
        view.apply(summary_of(processor))
    return view


def counted(view: CaseView, indicator: str) -> dict[str, int]:
    found = {
        one.window: int(one.numerator)
        for one in view.indicators()
        if (one.by, one.indicator) == ("all", indicator)
    }
    return {window: found.get(window, 0) for window in WINDOWS}


def recounted(closings: Sequence[Closing]) -> dict[str, int]:
    """Count plainly, by the day of the newest event of all."""
    today = day_of(max(hour for *_, hour in closings))
    days = [day_of(hour) for *_, hour in closings]
    return {w: sum(window_start(w, today) <= day <= today for day in days) for w in WINDOWS}


def test_a_street_that_was_quiet_on_the_last_day_adds_none_of_yesterdays_counts_to_today(
    agent: AgentSpec,
) -> None:
    quiet, busy = [(0, 0, 20.0), (0, 0, 23.0)], [(1, 1, 22.0), (1, 1, 24.5), (1, 1, 25.0)]
    view = district(agent, stream([*quiet, *busy]))
    assert counted(view, "closings")["today"] == 2
    assert counted(view, "closings")["7d"] == 5


@given(
    closings=st.lists(
        st.tuples(
            st.integers(0, len(STREETS) - 1),
            st.integers(0, RAW_PARTITIONS - 1),
            st.one_of(
                st.floats(0, 60 * 24),
                st.floats(YEAR_H - 30, YEAR_H + 30),
            ).map(lambda hour: round(hour, 2)),
        ),
        min_size=1,
        max_size=8,
    ),
    every=st.integers(1, 5),
)
@settings(max_examples=12, deadline=None)
def test_the_district_counts_what_a_plain_recount_gives_in_every_window_whatever_crashes(
    agent: AgentSpec, closings: list[Closing], every: int
) -> None:
    closings = sorted(closings, key=lambda one: one[2])
    expected = recounted(closings)
    for crashes in (lambda _: False, lambda offset: offset % every == 0):
        view = district(agent, stream(closings), crashes)
        assert counted(view, "closings") == expected
        assert counted(view, "filed") == expected
