"""What is odd about the sources of a feed, in words: for wall and `doctor`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from config.catalog import Text
from dashboards.common.fitting import shortened
from dashboards.common.messages import message, same, title_of
from dashboards.common.stage_words import joined
from dashboards.common.wording import duration, number
from models.situation.snapshot import FeedNow

LONGEST_NAME = 16  # letters of a name whose owner chose it


def departed_words(feed: FeedNow, most: int) -> Text | None:
    """Name the sources whose clock is astray, the furthest first; None for none."""
    if not feed.departed_sources:
        return None
    names = (_astray(shortened(name, LONGEST_NAME), ms) for name, ms in feed.departed.items())
    listed = _listed(names, feed.departed_sources, most)
    return message("health.departed", n=number(feed.departed_sources), names=listed)


def unregistered_words(feed: FeedNow, most: int) -> Text | None:
    """Name the sensors that are not in the register, the most frequent first; None for none."""
    if not feed.unregistered_sources:
        return None
    names = (same(shortened(name, LONGEST_NAME)) for name in feed.unregistered)
    listed = _listed(names, feed.unregistered_sources, most)
    return message("health.unregistered", n=number(feed.unregistered_sources), names=listed)


def beyond_words(feed: FeedNow) -> Text | None:
    """Say what passed a bound of the feed, and how much of it; None for nothing."""
    if not feed.beyond:
        return None
    what = (_beyond(name, count) for name, count in sorted(feed.beyond.items()))
    return message("health.beyond", what=joined(what))


def _beyond(name: str, count: int) -> Text:
    return {
        language: text.replace("{n}", number(count))
        for language, text in title_of("beyond", name).items()
    }


def _astray(name: str, off_ms: int) -> Text:
    time = duration(abs(off_ms) / 1000)
    if off_ms > 0:
        return message("health.ahead", name=name, time=time)
    return message("health.behind", name=name, time=time)


def _listed(names: Iterable[Text], count: int, most: int) -> Text:
    """Name the first, and say where there are more."""
    first = list(islice(names, most))
    listed = joined(first)
    return message("health.and_more", names=listed) if count > len(first) else listed
