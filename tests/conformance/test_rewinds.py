"""Every agent that holds a watermark obeys a rewind, and hands it on; agents are found, not listed.

An event clock is poisoned by what the agent itself would read: its own newest records, dated sixty
years later. After the rewind nothing of that is left in what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import pytest

from config.names import HEALTH, LATE, PANES, SIGNALS
from models.messages.case_events import CaseBatch
from models.messages.columns import Columnar
from models.messages.envelope import encode as encode_message
from models.messages.feed_health import FeedHealth
from models.messages.frames import IDLE, Frame, FrameHeader
from models.messages.judged_panes import JudgedPane
from models.messages.matters import MatterBatch
from models.messages.panes import CasePane, ReadingPane
from models.messages.rewinds import Rewind
from models.messages.signals import SignalBatch
from models.messages.topic import AnyMessage
from models.messages.topics import TOPICS, decode, encode
from streams.host.processor import AgentSpec, Processor, Record, Send, Timed
from streams.host.refused import apply_record
from tests.conformance.inside import internal_records
from tests.conformance.test_processors import (
    NOW_MS,
    SPECS,
    apply_all,
    messages,
    restored,
    save,
)

MOST: Final = 60  # records of a feed
SOON_MS: Final = NOW_MS + 366 * 86_400_000  # limits of cases lie in the future
YEARS_MS: Final = 60 * 365 * 86_400_000
TIMELESS: Final = {"archive", "archive-cases", "situation"}  # they read rewinds, and have no clock
READERS: Final = [s for s in SPECS if any(Rewind in TOPICS[topic].types for topic in s.topics)]

every_reader = pytest.mark.parametrize("spec", READERS, ids=lambda spec: spec.name)


def later(value: Any, name: str = "") -> Any:
    """Plain values with every time of theirs sixty years later."""
    if isinstance(value, dict):
        return {key: later(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [later(each, name) for each in value]
    is_time = name.endswith("_ms") and name != "ingested_ms" and isinstance(value, int)
    return value + YEARS_MS if is_time and 0 < value < IDLE else value


def poisoned(message: AnyMessage) -> AnyMessage:
    if isinstance(message, Columnar):
        header = msgspec.convert(later(msgspec.to_builtins(message.header)), type(message.header))
        columns = {
            name: column + YEARS_MS if name.endswith("_ms") else column
            for name, column in message.columns.items()
        }
        return type(message)(header, columns)
    if isinstance(message, FeedHealth):  # its wall clock is right
        times_ms = {"sent_ms": message.sent_ms + YEARS_MS, "position": message.end + 1}
        return msgspec.structs.replace(message, **times_ms)
    return msgspec.convert(later(msgspec.to_builtins(message)), type(message))


def clock_of(message: AnyMessage) -> Rewind | None:
    """The rewind of the clock that a message moves, to where the message says it is."""
    if isinstance(message, Frame):
        message = message.header
    if isinstance(message, CaseBatch | FrameHeader | MatterBatch):
        at = message.origin
        return _rewind(message.feed, at.partition, at.watermark_ms, origin=at.topic_id)
    if isinstance(message, ReadingPane | CasePane):
        pane: Any = message.header if isinstance(message, ReadingPane) else message
        return _rewind(pane.feed, pane.partition, pane.watermark_ms)
    if isinstance(message, FeedHealth):
        return _rewind(message.feed, message.raw_partition, message.watermark_ms)
    if isinstance(message, SignalBatch):
        return _rewind(message.feed, 0, message.tick_ms, source=message.rule)
    if isinstance(message, JudgedPane):
        return _rewind(message.header.feed, 0, message.header.start_ms)
    return None


def _rewind(feed: str, partition: int, at_ms: int, **more: Any) -> Rewind | None:
    if not 0 < at_ms < IDLE:
        return None
    fields = {"partitions": 1, "watermark_ms": at_ms, "asked_ms": NOW_MS, **more}
    return Rewind(feed=feed, partition=partition, **fields)


def halves(spec: AgentSpec) -> tuple[list[Record], list[Record]]:
    """The first and the second half of some records of each feed, each in their order."""
    by_feed: dict[object, list[Record]] = {}
    for offset, (topic, value) in enumerate(internal_records()):
        if topic in spec.topics:
            message = decode(topic, value)
            about = message.header if isinstance(message, Columnar) else message
            some = by_feed.setdefault(getattr(about, "feed", topic), [])
            some.append(Record(topic, 0, offset, value, NOW_MS))
    every = [some[:: max(1, len(some) // MOST)] for some in by_feed.values()]
    first = [record for some in every for record in some[: len(some) // 2]]
    second = [record for some in every for record in some[len(some) // 2 :]]
    return first, second


def accident(given: list[Record]) -> Iterator[tuple[Record, Record]]:
    """A poisoned record of each clock that some records move, and the rewind of it."""
    found: dict[tuple[object, ...], tuple[str, AnyMessage, Rewind]] = {}
    for record in given:
        message = decode(record.topic, record.value) if record.value else None
        order = clock_of(message) if message is not None else None
        if message is not None and order is not None:
            key = type(message), order.feed, order.partition, order.source
            found[key] = record.topic, message, order
    for number, (topic, message, order) in enumerate(found.values()):
        at = 10**7 + 2 * number
        yield (
            Record(topic, 0, at, encode(poisoned(message)), NOW_MS),
            Record(topic if topic != HEALTH else PANES, 0, at + 1, encode_message(order), NOW_MS),
        )


def poisoned_and_rewound(spec: AgentSpec) -> tuple[Processor, list[Record], list[Record]]:
    """A processor that had an accident half way; the rewinds it obeyed; and what is to come."""
    first, second = halves(spec)
    processor = spec.make(0)
    apply_all(processor, first)
    pairs = list(accident(first))
    apply_all(processor, [wrong for wrong, _ in pairs])
    orders = [order for _, order in pairs]
    apply_all(processor, orders)
    return processor, orders, second


def times_in(value: Any, name: str = "") -> Iterator[int]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from times_in(each, str(key))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from times_in(each, name)
    elif name.endswith("_ms") and isinstance(value, int) and value < IDLE:
        yield value


def newest_time(topic: str, value: bytes) -> int:
    message = decode(topic, value)
    header = message.header if isinstance(message, Columnar) else message
    return max(times_in(msgspec.to_builtins(header)), default=0)


def test_the_agents_with_a_clock_are_found() -> None:
    timed = {spec.name for spec in SPECS if isinstance(spec.make(0), Timed)}
    assert timed == {spec.name for spec in READERS} - TIMELESS
    assert timed >= {"panes", "cases", "detect", "outbreaks", "silence", "warn"}


@every_reader
def test_the_accident_moves_a_clock_and_the_rewind_sets_it_back(spec: AgentSpec) -> None:
    first, _ = halves(spec)
    processor = spec.make(0)
    if not isinstance(processor, Timed):
        return
    apply_all(processor, first)
    pairs = list(accident(first))
    apply_all(processor, [wrong for wrong, _ in pairs])
    assert max(processor.watermarks().values()) > NOW_MS + YEARS_MS // 2
    apply_all(processor, [order for _, order in pairs])
    assert max(processor.watermarks().values()) <= NOW_MS


@every_reader
def test_what_comes_after_a_rewind_counts_and_is_dated_as_it_happened(spec: AgentSpec) -> None:
    first, second = halves(spec)
    clean = spec.make(0)
    apply_all(clean, first)
    expected = {topic for topic, _ in messages(apply_all(clean, second))}
    processor, _, to_come = poisoned_and_rewound(spec)
    said = messages(apply_all(processor, to_come))
    assert {topic for topic, _ in said} - {LATE} == expected - {LATE}
    assert all(newest_time(topic, value) <= SOON_MS for topic, value in said)
    for effect in processor.tick(NOW_MS):
        if isinstance(effect, Send):
            assert newest_time(effect.topic, effect.value) <= SOON_MS


@every_reader
def test_a_rewind_that_comes_again_does_nothing(spec: AgentSpec) -> None:
    """It does at each start of ingest, and after each crash: with what has come since."""
    processor, orders, to_come = poisoned_and_rewound(spec)
    apply_all(processor, to_come)
    save(processor, {})
    before = processor.watermarks() if isinstance(processor, Timed) else {}
    assert messages(apply_all(processor, orders)) == []
    assert processor.changes() == {}
    assert (processor.watermarks() if isinstance(processor, Timed) else {}) == before


@every_reader
def test_a_crash_right_after_a_rewind_leaves_no_trace(spec: AgentSpec) -> None:
    processor, _, to_come = poisoned_and_rewound(spec)
    state = save(processor, {})
    expected = messages(apply_all(processor, to_come))
    assert messages(apply_all(restored(spec, state), to_come)) == expected


@every_reader
def test_a_rewind_of_nothing_changes_nothing_that_records_say(spec: AgentSpec) -> None:
    """It reaches agents that had not been led astray, such as those of the other streets."""
    first, second = halves(spec)
    clean, told = spec.make(0), spec.make(0)
    apply_all(clean, first)
    apply_all(told, first)
    orders = [order for _, order in accident(first)]
    apply_all(told, orders)
    assert messages(apply_all(told, second)) == messages(apply_all(clean, second))


@pytest.mark.parametrize("topic", [PANES, SIGNALS])
def test_agents_of_the_district_pass_over_feeds_they_do_not_know(topic: str) -> None:
    order = Rewind(feed="nobody", partition=0, partitions=1, watermark_ms=1, asked_ms=2)
    for spec in READERS:
        if topic in spec.topics:
            processor = spec.make(0)
            record = Record(topic, 0, 0, encode_message(order), NOW_MS)
            assert list(apply_record("test", processor, record)) == [], spec.name


def test_times_are_really_moved() -> None:
    assert later({"a_ms": 5, "b": 5, "c": [{"d_ms": 1}]}) == {
        "a_ms": 5 + YEARS_MS,
        "b": 5,
        "c": [{"d_ms": 1 + YEARS_MS}],
    }
    assert np.int64(5) == 5
