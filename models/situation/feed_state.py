"""How a feed does: current, late, stale, catching up, ended; judged by the clock of its mode.

A live feed is judged by the wall clock, a replay by its own clock; which of the two a feed is was
said by whoever sends it (`FeedHealth`), and is never concluded from the age of its data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from config.place import SituationLimits

INGEST_QUIET_MS: Final = 10_000  # ingest speaks about once a second


class FeedState(StrEnum):
    """State of one feed; each has its message `health.<value>`."""

    CURRENT = "current"  # records come as expected
    ENDED = "ended"  # a replay that is over
    LATE = "late"  # no record for longer than expected
    CATCHING_UP = "catching-up"  # records wait to be read, or reports of ingest to be applied
    STALE = "stale"  # no record for so long that what is shown is out of date
    NEVER = "never"  # no record was ever received
    UNHEARD = "unheard"  # ingest does not report


BLIND: Final = frozenset({FeedState.STALE, FeedState.NEVER, FeedState.UNHEARD})
"""States in which nothing is known of what the feed watches."""


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What waits to be read of a feed, and how fast it is read.

    Attributes
    ----------
    records : int
        Raw records not read yet, as ingest last reported.
    behind_ms : int
        Age of the newest report of ingest that was applied, while newer ones keep coming; 0 when
        the reports are current.
    records_per_s : float or None
        Records read a second of wall clock; None where it is not measured yet.
    left_s : float or None
        Time until the backlog is gone at this speed; None where it does not shrink or nobody knows.
    """

    records: int = 0
    behind_ms: int = 0
    records_per_s: float | None = None
    left_s: float | None = None

    def is_backlog(self, limits: SituationLimits) -> bool:
        """Tell whether this is more than the work of a moment, and somebody works on it."""
        if self.behind_ms > INGEST_QUIET_MS:
            return True
        if self.records < limits.backlog_records or self.records_per_s == 0:
            return False
        return self.records_per_s is None or self.records / self.records_per_s > limits.backlog_s


class FeedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the state of a feed is decided from; times in epoch milliseconds, 0 where none.

    Attributes
    ----------
    is_replay, has_ended : bool
        As the sender declared.
    last_event_ms, arrived_ms : int
        Newest event time, and wall clock at which the newest record arrived.
    is_heard : bool
        Ingest reports on the feed.
    """

    expected_interval_s: int
    allowed_lateness_s: int
    is_replay: bool
    has_ended: bool
    last_event_ms: int
    arrived_ms: int
    is_heard: bool
    backlog: Backlog


def age_s(feed: FeedFacts, now_ms: int, replay_ms: int) -> float | None:
    """Give the seconds without data: by arrival, or by event time past the allowed lateness.

    Parameters
    ----------
    now_ms : int
        Wall clock.
    replay_ms : int
        Clock of the replay: event time that it has reached.

    Returns
    -------
    float or None
        The larger of the two ages, never below 0; None when no record was ever received.
    """
    if not (feed.last_event_ms or feed.arrived_ms):
        return None
    clock_ms = replay_ms if feed.is_replay else now_ms
    ages_ms = [0]
    if feed.arrived_ms:  # a replay that stands still is silent too
        ages_ms.append(now_ms - feed.arrived_ms)
    if feed.last_event_ms:
        allowed_ms = feed.allowed_lateness_s * 1000 if feed.arrived_ms else 0
        ages_ms.append(clock_ms - feed.last_event_ms - allowed_ms)
    return max(ages_ms) / 1000


def feed_state(feed: FeedFacts, now_ms: int, replay_ms: int, limits: SituationLimits) -> FeedState:
    """Decide the state of a feed.

    Parameters
    ----------
    now_ms, replay_ms : int
        Wall clock, and clock of the replay.
    limits : SituationLimits
        Of the city.
    """
    if not feed.is_heard:
        return FeedState.UNHEARD
    if feed.backlog.is_backlog(limits):
        return FeedState.CATCHING_UP
    age = age_s(feed, now_ms, replay_ms)
    if age is None:
        return FeedState.NEVER
    if feed.is_replay and feed.has_ended:
        return FeedState.ENDED
    if age > limits.stale_after * feed.expected_interval_s:
        return FeedState.STALE
    return (
        FeedState.LATE if age > limits.late_after * feed.expected_interval_s else FeedState.CURRENT
    )
