"""How the feeds do: the newest counters of each raw partition, and rates made from them."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from config.catalog import Feed
from models.messages.feed_health import FeedHealth
from models.situation.snapshot import FeedNow

RATE_OVER_MS: Final = 10_000  # wall clock that a rate looks back over


class FeedView:
    """Newest health of each (feed, raw partition)."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], FeedHealth] = {}
        self._past: dict[str, deque[tuple[int, int]]] = {}  # (wall clock, accepted so far)

    def put(self, health: FeedHealth) -> None:
        """Replace the older counters of the same partition."""
        self._newest[health.feed, health.raw_partition] = health
        total = sum(h.accepted for h in self._of(health.feed))
        past = self._past.setdefault(health.feed, deque())
        past.append((health.published_ms, total))
        while len(past) > 2 and past[1][0] < health.published_ms - RATE_OVER_MS:
            past.popleft()

    def event_now_ms(self) -> int:
        """Newest time a record claims to have been sent; 0 when none did."""
        return max((health.sent_ms for health in self._newest.values()), default=0)

    def lag_records(self) -> int:
        """Raw records that are not read yet."""
        return sum(max(health.end - health.position, 0) for health in self._newest.values())

    def count(self, field: str, feeds: set[str]) -> int:
        """Sum one counter (`accepted`, `rejected`, `late`, `duplicates`) over some feeds."""
        return sum(getattr(h, field) for h in self._newest.values() if h.feed in feeds)

    def now(self, feed: Feed) -> FeedNow:
        """Sum a feed over its raw partitions; zeros and no times when it never spoke."""
        parts = self._of(feed.name)
        reasons: Counter[str] = Counter()
        for part in parts:
            reasons.update(part.reasons)
        return FeedNow(
            feed=feed.name,
            title=dict(feed.title),
            last_event_ms=max((part.last_event_ms for part in parts), default=0),
            expected_interval_s=feed.expected_interval_s,
            rate_per_s=self._rate(feed.name),
            lag_records=sum(max(part.end - part.position, 0) for part in parts),
            accepted=sum(part.accepted for part in parts),
            rejected=sum(part.rejected for part in parts),
            late=sum(part.late for part in parts),
            duplicates=sum(part.duplicates for part in parts),
            published_ms=max((part.published_ms for part in parts), default=0),
            reasons=dict(sorted(reasons.items())),
        )

    def _of(self, feed: str) -> list[FeedHealth]:
        return [health for (name, _), health in self._newest.items() if name == feed]

    def _rate(self, feed: str) -> float:
        """Give the readings or events accepted a second, over the last seconds of wall clock."""
        past = self._past.get(feed)
        if not past or past[-1][0] <= past[0][0]:
            return 0.0
        (began, before), (ended, after) = past[0], past[-1]
        return max(after - before, 0) * 1000 / (ended - began)
