"""Data health: whether each feed still speaks, and what became of its records."""

from __future__ import annotations

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboards.common.wording import UNKNOWN, both, duration, number, say
from models.situation.snapshot import FeedNow, Snapshot

_MISSED: Final = 2  # a feed is silent past this many of its expected intervals
_INGEST_QUIET_MS: Final = 10_000  # ingest speaks about once a second


def state_of(feed: FeedNow, snapshot: Snapshot) -> str:
    """Tell how a feed does: `fine`, `silent`, or `unheard` where ingest itself is not heard of."""
    if snapshot.written_ms - feed.published_ms > _INGEST_QUIET_MS:
        return "unheard"
    silent_ms = snapshot.event_now_ms - feed.last_event_ms
    return "silent" if silent_ms > _MISSED * feed.expected_interval_s * 1000 else "fine"


def health_rows(snapshot: Snapshot) -> list[Component]:
    """Rows of the data-health table, one a feed."""
    rows = [_row(feed, snapshot) for feed in snapshot.feeds]
    return rows or [html.Tr(html.Td(say("health.none"), colSpan=8, className="nothing"))]


def _row(feed: FeedNow, snapshot: Snapshot) -> Component:
    state = state_of(feed, snapshot)
    age_s = _since(feed.last_event_ms, snapshot.event_now_ms)
    return html.Tr(
        [
            html.Th(both(feed.title), scope="row"),
            html.Td(say(f"health.{state}"), className="" if state == "fine" else "abnormal"),
            html.Td(_ago(age_s), className="figure"),
            html.Td(f"{number(feed.rate_per_s, 1)} /s", className="figure"),
            *(_count(count) for count in (feed.lag_records, feed.rejected, feed.late)),
            html.Td(_ago(_since(feed.published_ms, snapshot.written_ms)), className="figure"),
        ],
        className=f"feed feed-{state}",
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
