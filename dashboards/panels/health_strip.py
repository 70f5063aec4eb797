"""Data health in one line: each feed with its state and the age of its data."""

from __future__ import annotations

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.stage_words import state_words
from dashboards.common.wording import UNKNOWN, both, duration, say
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot

_CALM: Final = (FeedState.CURRENT, FeedState.ENDED, FeedState.CATCHING_UP)
_UNHEARD: Final[dict[str, Any]] = {"aria-hidden": "true"}
_GLYPHS: Final = {True: "●", False: "✕"}


def health_chips(snapshot: Snapshot) -> list[Component]:
    """One chip a feed, in the city's own order."""
    chips = [_chip(feed) for feed in snapshot.feeds]
    return chips or [html.Li(say("health.none"), className="nothing")]


def _chip(feed: FeedNow) -> Component:
    is_calm = feed.state in _CALM
    age = html.Span(UNKNOWN) if feed.age_s is None else say("health.ago", age=duration(feed.age_s))
    return html.Li(
        [
            html.Span(_GLYPHS[is_calm], className="glyph", **_UNHEARD),
            html.Strong(both(feed.title)),
            html.Span(both(state_words(feed)), className="" if is_calm else "abnormal"),
            html.Span(age, className="quiet"),
        ],
        className=f"chip feed-{feed.state.value}",
        id=f"feed-{feed.feed}",
    )
