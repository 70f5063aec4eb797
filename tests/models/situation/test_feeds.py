"""Counters of the raw partitions of a feed, and rates made from them."""

from __future__ import annotations

import pytest

from config.catalog import Feed
from models.messages.feed_health import FeedHealth
from models.situation.feeds import FeedView
from tests.streams.agents.district import dongcheng


def health(partition: int, published_ms: int, accepted: int, **more: object) -> FeedHealth:
    fields: dict[str, object] = {
        "feed": "dust",
        "raw_partition": partition,
        "raw_partitions": 2,
        "published_ms": published_ms,
        "position": 90,
        "end": 100,
        "sent_ms": published_ms,
        "last_event_ms": published_ms - 5,
        "watermark_ms": 0,
        "accepted": accepted,
        "rejected": 2,
        "reasons": {"empty": 2},
    }
    return FeedHealth(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture
def dust() -> Feed:
    return dongcheng().feeds["dust"]


def test_a_feed_is_the_sum_of_its_raw_partitions(dust: Feed) -> None:
    book = FeedView()
    book.put(health(0, 1_000, 500))
    book.put(health(1, 1_000, 300))
    book.put(health(0, 3_000, 900))
    now = book.now(dust)
    assert (now.accepted, now.rejected, now.lag_records) == (1200, 4, 20)
    assert now.reasons == {"empty": 4}
    assert (now.last_event_ms, now.published_ms) == (2_995, 3_000)
    assert now.rate_per_s == (1200 - 500) / 2
    assert book.event_now_ms() == 3_000
    assert book.count("accepted", {"dust"}) == 1200
    assert book.count("accepted", {"cases"}) == 0


def test_a_feed_that_never_spoke_has_no_times(dust: Feed) -> None:
    now = FeedView().now(dust)
    assert (now.last_event_ms, now.published_ms, now.rate_per_s) == (0, 0, 0.0)


def test_a_rate_looks_back_over_seconds_only(dust: Feed) -> None:
    book = FeedView()
    for second in range(100):
        book.put(health(0, second * 1_000, second * 100 if second < 50 else 5_000))
    assert book.now(dust).rate_per_s == 0.0
