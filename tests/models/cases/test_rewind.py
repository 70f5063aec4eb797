"""A clock of cases that ran away: once it is back, open cases count as if it had never gone."""

from __future__ import annotations

import pytest

from config.catalog import Feed
from models.cases.feed import CaseFeed
from models.cases.panes import KEPT_PANES, PaneUpdate
from models.messages.case_events import EventType
from models.messages.rewinds import Rewind
from tests.models.cases.building import DAY, HOUR, START, batch, event
from tests.models.cases.test_store import limit, rulebook
from tests.models.feeds.conftest import make_feed

CASES = [
    event(f"A-{number}", EventType.FILED, hour, offset=number)
    for number, hour in enumerate((1.0, 2.0, 2.5, 30.0))
]
LATENESS_H = 2 / 60
FEED: Feed = make_feed("cases", pane_s=3600)


def made() -> CaseFeed:
    return CaseFeed(FEED, rulebook(limit(240)))


def counted(feed: CaseFeed) -> list[object]:
    feed.store.flush()
    counts = sorted(each for each in map(tuple_of, feed.store.indicators.counts()) if each[3])
    return [counts, feed.store.now_ms, feed.store.indicators.today, feed.store.cells.counts]


def tuple_of(each: object) -> tuple[str, str, str, float]:
    return each.window, each.group, each.indicator, each.numerator  # type: ignore[attr-defined]


@pytest.mark.parametrize("years", [0.003, 0.5, 3, 60], ids=lambda years: f"{years} years")
def test_counts_are_those_of_a_clock_that_never_ran_away(years: float) -> None:
    clean, feed = made(), made()
    for each in (clean, feed):
        each.apply(batch(CASES[:3], 20))
        each.apply(batch([], 31))
    feed.apply(batch([], 31 + years * 366 * 24))
    feed.store.flush()
    assert feed.rewind(back_to(31))
    assert not feed.rewind(back_to(31))
    for each in (clean, feed):
        each.apply(batch(CASES[3:], 31))
        each.apply(batch([event("A-0", EventType.CLOSED, 31.5, offset=9)], 32))
    assert counted(feed) == counted(clean)


def back_to(hour: float) -> Rewind:
    at_ms = START + int(hour * HOUR)
    return Rewind(
        feed="cases",
        origin=1,
        partition=0,
        partitions=1,
        watermark_ms=at_ms,
        asked_ms=at_ms + int(LATENESS_H * HOUR),
    )


def test_a_pane_that_was_told_too_early_is_told_again_whole() -> None:
    feed = made()
    feed.apply(batch(CASES[:2], 2))
    (early,) = [told for told in tell(feed) if told.rows]
    assert len(early.rows) == 1
    feed.apply(batch([], 60 * 366 * 24))
    assert [told.start_ms for told in tell(feed) if told.rows] == [START + 2 * HOUR]
    feed.rewind(back_to(2.2))
    feed.apply(batch(CASES[2:3], 2.2))
    feed.apply(batch([], 4))
    (again,) = [told for told in tell(feed) if told.rows]
    assert (again.start_ms, again.revision) == (START + 2 * HOUR, 1)
    assert sum(count for *_, count in again.rows) == 2


def tell(feed: CaseFeed) -> list[PaneUpdate]:
    return feed.advance(START + 400 * 366 * DAY)


def test_memory_of_panes_stays_bounded_whatever_the_clock_does() -> None:
    feed = made()
    for day in range(3 * KEPT_PANES):
        feed.apply(batch([event(f"B-{day}", EventType.FILED, day, offset=day)], day))
        tell(feed)
    assert len(feed.panes._panes) <= KEPT_PANES + 2
