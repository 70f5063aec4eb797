"""The stage of the city, its reasons and the states of feeds in words: for wall and `doctor`."""

from __future__ import annotations

from collections.abc import Iterable

from config.catalog import Text
from dashboards.common.line_words import slowest, unassigned
from dashboards.common.messages import LANGUAGES, message
from dashboards.common.wording import duration, number
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot
from models.situation.stage import Reason, Stage


def stage_word(stage: Stage) -> Text:
    """Give the word for a stage."""
    return message(f"stage.{stage.slug}")


def reason_words(reason: Reason, snapshot: Snapshot) -> Text:
    """Give one reason of a stage in words, with the feeds it is about."""
    by_name = {feed.feed: feed for feed in snapshot.feeds}
    feeds = joined(feed_words(by_name[name]) for name in reason.feeds if name in by_name)
    numbers = {"n": number(reason.count), "total": number(reason.total)}
    is_unassigned = reason.code == "line-unassigned"
    line = unassigned(snapshot.line) if is_unassigned else slowest(snapshot)
    return message(f"stage.reason.{reason.code}", feeds=feeds, line=line, **numbers)


def feed_words(feed: FeedNow) -> Text:
    """Say how one feed does, with its name."""
    if feed.state is FeedState.CATCHING_UP:
        return message("feed.catching-up", feed=feed.title, **catching_up(feed))
    if feed.state is FeedState.STALE and feed.is_broken_off:
        return message("feed.broken-off", feed=feed.title)
    return message(f"feed.{feed.state.value}", feed=feed.title, age=duration(feed.age_s))


def state_words(feed: FeedNow) -> Text:
    """Say how one feed does, without its name: for the table of data health."""
    if feed.state is FeedState.CATCHING_UP:
        return message("state.catching-up", left=catching_up(feed)["left"])
    if feed.state is FeedState.CURRENT and feed.mode == "replay":
        return message("state.replay")
    if feed.state is FeedState.STALE and feed.is_broken_off:
        return message("state.broken-off")
    return message(f"state.{feed.state.value}")


def catching_up(feed: FeedNow) -> dict[str, str | Text]:
    """Give the fields `rate` (records a second) and `left` of a feed that catches up."""
    if feed.left_s is None:
        left = message("left.unknown")
    else:
        left = message("left.about", time=duration(max(feed.left_s, 1.0)))
    return {"rate": number(feed.read_per_s), "left": left}


def joined(texts: Iterable[Text]) -> Text:
    """Join texts in each language.

    Examples
    --------
    >>> joined([{"zh": "甲", "en": "a"}, {"zh": "乙", "en": "b"}])
    {'zh': '甲、乙', 'en': 'a, b'}
    """
    every = list(texts)
    signs = dict(zip(LANGUAGES, ("、", ", "), strict=True))
    return {
        language: sign.join(text[language] for text in every) for language, sign in signs.items()
    }
