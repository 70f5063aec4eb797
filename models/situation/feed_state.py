"""How a feed does: current, late, stale, catching up, ended; judged by the clock of its mode.

A live feed is judged by the wall clock, a replay by its own clock; which of the two a feed is was
said by whoever sends it (`FeedHealth`), and is never concluded from the age of its data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from config.place import SituationLimits

REPORT_QUIET_MS: Final = 10_000  # ingest reports about once a second
REPLAY_QUIET_MS: Final = 15_000  # a replay marks its raw partitions every 2 s


class FeedState(StrEnum):
    """State of one feed; each has its message `state.<value>`."""

    CURRENT = "current"  # records come as expected
    ENDED = "ended"  # a replay that is over
    LATE = "late"  # no record for longer than expected
    CATCHING_UP = "catching-up"  # records wait to be read, or reports of ingest to be applied
    STALE = "stale"  # no record for so long that what is shown is out of date
    NEVER = "never"  # no record was ever received
    UNHEARD = "unheard"  # ingest does not report


BLIND: Final = frozenset({FeedState.STALE, FeedState.NEVER, FeedState.UNHEARD})
"""States in which nothing is known of what the feed watches."""


class FeedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the state of a feed is decided from; times in epoch milliseconds, 0 where none.

    Attributes
    ----------
    expected_interval_s, allowed_lateness_s : int
        Of the feed's configuration.
    is_replay, is_ended : bool
        As the sender declared.
    last_event_ms : int
        Newest event time accepted.
    arrived_ms, received_ms : int
        Wall clock at which the newest accepted record, and the newest record at all, arrived.
    is_reported : bool
        Ingest reports on the feed.
    is_behind : bool
        Records wait that have lain long, or reports of ingest are still to be applied.
    """

    expected_interval_s: int
    allowed_lateness_s: int
    is_replay: bool = False
    is_ended: bool = False
    last_event_ms: int = 0
    arrived_ms: int = 0
    received_ms: int = 0
    is_reported: bool = True
    is_behind: bool = False


def age_s(feed: FeedFacts, now_ms: int, replay_ms: int) -> float | None:
    """Give the seconds without data: by arrival, and by event time past the allowed lateness.

    Parameters
    ----------
    now_ms : int
        Wall clock.
    replay_ms : int
        Clock of the replay: event time that it has reached.

    Returns
    -------
    float or None
        The larger of the two ages, never below 0; the one by event time alone in a replay. None
        when no record was ever accepted.
    """
    if not (feed.last_event_ms or feed.arrived_ms):
        return None
    ages_ms = [0]
    if feed.is_replay:
        ages_ms.append(replay_ms - feed.last_event_ms)
    elif feed.arrived_ms:
        allowed_ms = feed.allowed_lateness_s * 1000
        ages_ms += [now_ms - feed.arrived_ms, now_ms - feed.last_event_ms - allowed_ms]
    else:  # reported by an older version
        ages_ms.append(now_ms - feed.last_event_ms)
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
    if not feed.is_reported:
        return FeedState.UNHEARD
    if feed.is_behind:
        return FeedState.CATCHING_UP
    if feed.is_replay and feed.is_ended:
        return FeedState.ENDED
    return (
        FeedState.STALE if is_broken_off(feed, now_ms) else _by_age(feed, now_ms, replay_ms, limits)
    )


def _by_age(feed: FeedFacts, now_ms: int, replay_ms: int, limits: SituationLimits) -> FeedState:
    age = age_s(feed, now_ms, replay_ms)
    if age is None:
        return FeedState.NEVER
    if age > limits.stale_after * feed.expected_interval_s:
        return FeedState.STALE
    is_late = age > limits.late_after * feed.expected_interval_s
    return FeedState.LATE if is_late else FeedState.CURRENT


def is_broken_off(feed: FeedFacts, now_ms: int) -> bool:
    """Tell whether a replay stopped without saying that it is over."""
    return feed.is_replay and not feed.is_ended and now_ms - feed.received_ms > REPLAY_QUIET_MS
