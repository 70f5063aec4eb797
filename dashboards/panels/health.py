"""Data health: how each feed does, and what became of its records."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboards.common.stage_words import state_words
from dashboards.common.wording import UNKNOWN, both, duration, number, say
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot

_CALM = (FeedState.CURRENT, FeedState.ENDED, FeedState.CATCHING_UP)


def health_rows(snapshot: Snapshot) -> list[Component]:
    """Rows of the data-health table, one a feed."""
    rows = [_row(feed, snapshot) for feed in snapshot.feeds]
    return rows or [html.Tr(html.Td(say("health.none"), colSpan=8, className="nothing"))]


def _row(feed: FeedNow, snapshot: Snapshot) -> Component:
    is_behind = feed.state is FeedState.CATCHING_UP
    rate = feed.read_per_s if is_behind else feed.rate_per_s
    return html.Tr(
        [
            html.Th(both(feed.title), scope="row"),
            html.Td(both(state_words(feed)), className="" if feed.state in _CALM else "abnormal"),
            html.Td(_ago(feed.age_s), className="figure"),
            html.Td(f"{number(rate, 0 if is_behind else 1)} /s", className="figure"),
            *(_count(count) for count in (feed.lag_records, feed.rejected, feed.late)),
            html.Td(_ago(_since(feed.published_ms, snapshot.written_ms)), className="figure"),
        ],
        className=f"feed feed-{feed.state.value}",
        id=f"feed-{feed.feed}",
    )


def _since(then_ms: int, now_ms: int) -> float | None:
    """Seconds since a moment; None where it never came."""
    return (now_ms - then_ms) / 1000 if then_ms else None


def _ago(seconds: float | None) -> Component:
    if seconds is None:
        return html.Span(UNKNOWN)
    return say("health.ago", age=duration(seconds))


def _count(count: int) -> Component:
    return html.Td(number(count), className="figure")
