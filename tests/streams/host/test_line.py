"""What a worker says of its part of the line."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from config.names import PANES, SIGNALS
from config.settings import Settings
from models.messages.bounds import LATEST_MS
from models.messages.line_health import AgentPlace, PartHealth
from streams.host.line import LineReporter
from streams.host.offsets import Extent
from streams.host.processor import AgentSpec, Record
from streams.host.read_positions import ReadPositions

NOW_MS = 1_800_000_000_000
DETECT = AgentSpec("detect", "district", (PANES, SIGNALS), lambda _: None)  # type: ignore[arg-type, return-value]
PANES_AGENT = AgentSpec("panes", "street", (PANES,), lambda _: None, is_aside=True)  # type: ignore[arg-type, return-value]


@pytest.fixture
def reporter() -> LineReporter:
    settings = Settings(street_partitions=8, district_partitions=2)
    return LineReporter([DETECT, PANES_AGENT], settings, "host-1")


def held(first: int = 0, judged: Mapping[str, int] | None = None) -> Any:
    """One partition of `detect`, which reads on from an offset of its topics."""
    read = ReadPositions()
    read.restore({}, {PANES: Extent(first, 10**6), SIGNALS: Extent(0, 0)})
    return SimpleNamespace(spec=DETECT, number=0, read=read, judged=judged or {})


def ends(panes: int, signals: int = 0) -> dict[TP, int]:
    return {TP(PANES, 0): panes, TP(SIGNALS, 0): signals}


def only(reporter: LineReporter, one: Any, panes: int, now_ms: int) -> PartHealth:
    (part,) = reporter.report([one], ends(panes), now_ms).parts
    return part


def applied(one: Any, offset: int, published_ms: int, now_ms: int) -> None:
    one.read.advance(Record(PANES, 0, offset, b"", published_ms), now_ms)


def test_it_names_all_agents_that_must_run_with_their_partitions(reporter: LineReporter) -> None:
    made = reporter.report([], {}, NOW_MS)
    assert made.agents == {
        "detect": AgentPlace(partitions=2),
        "panes": AgentPlace(partitions=8, is_aside=True),
    }
    assert (made.worker, made.published_ms, made.parts) == ("host-1", NOW_MS, [])


def test_only_topics_with_something_waiting_are_named(reporter: LineReporter) -> None:
    assert only(reporter, held(5), 5, NOW_MS).waiting == {}
    assert only(reporter, held(5), 12, NOW_MS).waiting == {PANES: 7}


def test_a_topic_that_ends_before_the_position_has_nothing_waiting(reporter: LineReporter) -> None:
    assert only(reporter, held(5), 3, NOW_MS) == PartHealth(agent="detect", partition=0)


def test_what_waits_is_as_old_as_the_record_applied_last_was(reporter: LineReporter) -> None:
    one = held()
    assert only(reporter, one, 9, NOW_MS).waited_s == 0.0
    applied(one, 0, NOW_MS - 45_000, NOW_MS + 2900)
    assert only(reporter, one, 9, NOW_MS + 3000).waited_s == 47.9
    applied(one, 8, NOW_MS - 45_000, NOW_MS + 5900)
    assert only(reporter, one, 9, NOW_MS + 6000) == PartHealth(agent="detect", partition=0)


def test_what_comes_after_a_backlog_that_is_over_has_not_waited(reporter: LineReporter) -> None:
    one = held()
    applied(one, 0, NOW_MS - 3_645_000, NOW_MS - 3_600_000)  # it had lain for 45 s
    assert only(reporter, one, 1, NOW_MS - 3000).waited_s == 0.0
    assert only(reporter, one, 500, NOW_MS).waited_s == 0.0


def test_an_agent_that_stands_still_waits_longer_and_longer(reporter: LineReporter) -> None:
    one = held()
    assert only(reporter, one, 4, NOW_MS).waited_s == 0.0
    assert only(reporter, one, 9, NOW_MS + 3000).waited_s == 3.0
    assert only(reporter, one, 9, NOW_MS + 60_000).waited_s == 60.0
    applied(one, 8, NOW_MS + 60_000, NOW_MS + 60_000)
    assert only(reporter, one, 9, NOW_MS + 60_000).waited_s == 0.0
    assert only(reporter, one, 11, NOW_MS + 90_000).waited_s == 0.0  # it had caught up


@pytest.mark.parametrize(
    ("watermark_ms", "told"),
    [(NOW_MS, NOW_MS), (0, 0), (-(2**62), 0), (2**62, LATEST_MS)],
)
def test_a_watermark_is_told_as_a_time(
    reporter: LineReporter, watermark_ms: int, told: int
) -> None:
    assert only(reporter, held(judged={"dust": watermark_ms}), 0, NOW_MS).judged == {"dust": told}
