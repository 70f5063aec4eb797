"""How the feeds do: the newest report of ingest on each raw partition, and rates made from them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

from config.catalog import Feed
from config.place import SituationLimits
from models.bounded import largest
from models.messages.feed_health import FeedHealth
from models.situation.feed_state import (
    REPORT_QUIET_MS,
    FeedFacts,
    age_s,
    feed_state,
    is_broken_off,
)
from models.situation.snapshot import FeedNow, Mode

NAMED_SOURCES: Final = 20
RATE_OVER_MS: Final = 10_000  # wall clock that a rate covers


class FeedView:
    """Newest report on each (feed, raw partition)."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], FeedHealth] = {}
        self._past: dict[str, deque[tuple[int, int]]] = {}  # (wall clock, accepted so far)
        self._applied: dict[str, _Progress] = {}

    def apply(self, health: FeedHealth) -> None:
        """Replace the older report on the same partition."""
        self._newest[health.feed, health.raw_partition] = health
        total = sum(h.accepted for h in self._of(health.feed))
        _note(self._past.setdefault(health.feed, deque()), health.published_ms, total)

    def observe(self, feeds: Iterable[str], now_ms: int) -> None:
        """Note how far the reports are applied at a moment of the wall clock."""
        for feed in feeds:
            published_ms = _reported_ms(self._of(feed))
            progress = self._applied.setdefault(feed, _Progress(now_ms, published_ms))
            progress.note(now_ms, published_ms)

    def mode(self) -> Mode:
        """Tell what the wall shows: a replay where every feed that has reported is one."""
        received = [h for h in self._newest.values() if h.received_ms or h.arrived_ms]
        is_replay = bool(received) and all(self._is_replay(self._of(h.feed)) for h in received)
        return "replay" if is_replay else "live"

    def clock_ms(self, now_ms: int) -> int:
        """Give the time by which ages are judged: the wall clock, or that of the replay."""
        if self.mode() == "live":
            return now_ms
        return max(h.sent_ms for h in self._newest.values() if h.mode == "replay")

    def lag_records(self) -> int:
        """Raw records that are not read yet."""
        return sum(max(health.end - health.position, 0) for health in self._newest.values())

    def count(self, field: str, feeds: set[str]) -> int:
        """Sum one counter (`accepted`, `rejected`, `late`, `duplicates`) over some feeds."""
        return sum(getattr(h, field) for h in self._newest.values() if h.feed in feeds)

    def last_event_ms(self, feed: str) -> int:
        """Give the newest event time of a feed; 0 when it never reported."""
        return max((health.last_event_ms for health in self._of(feed)), default=0)

    def now(self, feed: Feed, now_ms: int, limits: SituationLimits) -> FeedNow:
        """Sum a feed over its raw partitions and judge it; zeros and no times if it never reported.

        Parameters
        ----------
        now_ms : int
            Wall clock.
        """
        parts = self._of(feed.name)
        facts = self._facts(feed, parts, now_ms)
        replay_ms = self._replay_ms(parts)
        reasons: Counter[str] = Counter()
        for part in parts:
            reasons.update(part.reasons)
        return FeedNow(
            feed=feed.name,
            title=dict(feed.title),
            mode="replay" if facts.is_replay else "live",
            state=feed_state(facts, now_ms, replay_ms, limits),
            is_broken_off=is_broken_off(facts, now_ms),
            age_s=age_s(facts, now_ms, replay_ms),
            last_event_ms=facts.last_event_ms,
            arrived_ms=facts.arrived_ms,
            expected_interval_s=feed.expected_interval_s,
            is_optional=feed.optional,
            rate_per_s=self._rate(feed.name),
            read_per_s=self._read_per_s(feed.name, parts, now_ms),
            left_s=self._left_s(feed.name, parts, now_ms),
            lag_records=sum(max(part.end - part.position, 0) for part in parts),
            accepted=sum(part.accepted for part in parts),
            rejected=sum(part.rejected for part in parts),
            late=sum(part.late for part in parts),
            duplicates=sum(part.duplicates for part in parts),
            published_ms=_reported_ms(parts),
            reasons=dict(sorted(reasons.items())),
            departed=_named(part.departed for part in parts),
            departed_sources=sum(part.departed_sources for part in parts),
            unregistered=_named(part.unregistered for part in parts),
            unregistered_sources=sum(part.unregistered_sources for part in parts),
            beyond={
                "sensors": sum(part.sources_beyond for part in parts),
                "ids": sum(part.ids_beyond for part in parts),
            },
        )

    def _facts(self, feed: Feed, parts: list[FeedHealth], now_ms: int) -> FeedFacts:
        progress = self._applied.get(feed.name) or _Progress(now_ms, 0)
        received_ms = max((part.received_ms for part in parts), default=0)
        # The first records wait: a feed is not "never received" while they are being read.
        is_unread = not received_ms and any(part.end > part.position for part in parts)
        return FeedFacts(
            expected_interval_s=feed.expected_interval_s,
            allowed_lateness_s=feed.allowed_lateness_s,
            is_replay=self._is_replay(parts),
            is_ended=all(part.is_ended for part in parts if part.mode == "replay"),
            last_event_ms=self.last_event_ms(feed.name),
            arrived_ms=max((part.arrived_ms for part in parts), default=0),
            received_ms=received_ms,
            is_reported=progress.is_reported(now_ms),
            is_behind=is_unread
            or progress.behind_ms(now_ms) > 0
            or any(part.is_catching_up for part in parts),
        )

    def _is_replay(self, parts: list[FeedHealth]) -> bool:
        """Tell whether a feed is a replay: what its newest record of all belongs to."""
        newest = max(parts, key=lambda part: (part.received_ms, part.mode), default=None)
        return newest is not None and newest.mode == "replay"

    def _replay_ms(self, parts: list[FeedHealth]) -> int:
        """Give the clock of the replays that a feed is part of; 0 if it is live."""
        runs = {part.run for part in parts if part.mode == "replay"}
        every = self._newest.values()
        return max((h.sent_ms for h in every if h.mode == "replay" and h.run in runs), default=0)

    def _of(self, feed: str) -> list[FeedHealth]:
        """Give the reports on a feed; a raw topic may have been made anew with fewer partitions."""
        every = [health for (name, _), health in self._newest.items() if name == feed]
        partitions = max(every, key=_published_ms).raw_partitions if every else 0
        return [health for health in every if health.raw_partition < partitions]

    def _rate(self, feed: str) -> float:
        """Give the readings or events accepted a second, over the last seconds of wall clock."""
        return _slope(self._past.get(feed) or deque())

    def _read_per_s(self, feed: str, parts: list[FeedHealth], now_ms: int) -> float:
        """Give the records read a second by ingest; while reports wait, the pace of applying."""
        reading = sum(part.records_s for part in parts)
        progress = self._applied.get(feed)
        if progress is None or not progress.behind_ms(now_ms):
            return reading
        return reading * progress.pace()

    def _left_s(self, feed: str, parts: list[FeedHealth], now_ms: int) -> float | None:
        """Give the seconds until nothing waits; None where that is not in sight."""
        lefts = [part.left_s for part in parts]
        progress = self._applied.get(feed)
        waiting_s = progress.left_s(now_ms) if progress else 0.0
        if waiting_s is None or any(left < 0 for left in lefts):
            return None
        return max([waiting_s, *lefts])


def _named(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Name the most frequent sources of all raw partitions."""
    found = {name: number for part in parts for name, number in part.items()}
    return largest(found, NAMED_SOURCES)


class _Progress:
    """How the reports on one feed are applied: (wall clock, time of the newest report)."""

    def __init__(self, now_ms: int, published_ms: int) -> None:
        self._steps = deque([(now_ms, published_ms)])
        self._advanced_ms = now_ms  # the start counts as one: nobody is silent who was not awaited

    def note(self, now_ms: int, published_ms: int) -> None:
        if published_ms > self._steps[-1][1]:
            self._advanced_ms = now_ms
        _note(self._steps, now_ms, published_ms)

    def is_reported(self, now_ms: int) -> bool:
        """Tell whether a new report was applied of late."""
        return now_ms - self._advanced_ms <= REPORT_QUIET_MS

    def behind_ms(self, now_ms: int) -> int:
        """Give the age of the newest report while newer ones are awaited; 0 when it is current."""
        published_ms = self._steps[-1][1]
        age_ms = now_ms - published_ms
        is_behind = bool(published_ms) and age_ms > REPORT_QUIET_MS and self.is_reported(now_ms)
        return age_ms if is_behind else 0

    def pace(self) -> float:
        """Give the seconds of reports that are applied in a second."""
        return _slope(self._steps) / 1000

    def left_s(self, now_ms: int) -> float | None:
        """Give the seconds until the reports are current; None where they are not gaining."""
        behind_s = self.behind_ms(now_ms) / 1000
        if not behind_s:
            return 0.0
        gained = self.pace() - 1
        return behind_s / gained if gained > 0 else None


def _published_ms(health: FeedHealth) -> int:
    return health.published_ms


def _reported_ms(parts: list[FeedHealth]) -> int:
    """Give the moment up to which ingest has reported on every partition; 0 where it never did."""
    return min(map(_published_ms, parts), default=0)


def _note(past: deque[tuple[int, int]], at_ms: int, value: int) -> None:
    """Note a value at a moment; drop what is older than a rate covers."""
    past.append((at_ms, value))
    while len(past) > 2 and past[1][0] < at_ms - RATE_OVER_MS:
        past.popleft()


def _slope(past: deque[tuple[int, int]]) -> float:
    """Give the growth a second, never below 0; 0 without two moments."""
    if len(past) < 2 or past[-1][0] <= past[0][0]:
        return 0.0
    (began, before), (ended, after) = past[0], past[-1]
    return max(after - before, 0) * 1000 / (ended - began)
