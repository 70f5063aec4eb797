"""Data health: how each feed does, and what became of its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from config.catalog import Text
from dashboards.common.fitting import titled, width_em
from dashboards.common.line_words import line_state, line_words
from dashboards.common.messages import LANGUAGES, message, pick
from dashboards.common.source_words import beyond_words, departed_words, unregistered_words
from dashboards.common.stage_words import joined, state_words
from dashboards.common.wording import UNKNOWN, both, duration, number, say
from models.situation.feed_state import FeedState
from models.situation.snapshot import FeedNow, Snapshot

NOTES_EM: Final = 46.0  # room for the notes, in the size of their letters
GAP: Final = "　"  # between two of them
TOLD: Final = 20  # names of a note in its title
_CALM = (FeedState.CURRENT, FeedState.ENDED, FeedState.CATCHING_UP)


def health_rows(snapshot: Snapshot) -> list[Component]:
    """Rows of the data-health table, one a feed that the city counts on."""
    awaited = [feed for feed in snapshot.feeds if feed.is_awaited]
    rows = [*(_row(feed, snapshot) for feed in awaited), *_line(snapshot), *_notes(awaited)]
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
        id=f"health-{feed.feed}",
    )


def _line(snapshot: Snapshot) -> list[Component]:
    """One row on what becomes of accepted records; none where no worker ever reported."""
    line = snapshot.line
    if not line.agents:
        return []
    behind_s = max((feed.behind_s or 0.0 for feed in line.judged if feed.is_late), default=0.0)
    judged = duration(behind_s) if line.is_behind and behind_s else None
    is_calm = not (line.is_behind or line.unassigned)
    words = line_words(snapshot) or message("line.nothing")
    return [
        html.Tr(
            [
                html.Th(say("line.title"), scope="row"),
                html.Td(say(line_state(line)), className="" if is_calm else "abnormal"),
                html.Td(_ago_of(judged), className="figure"),
                html.Td(html.Span(UNKNOWN), className="figure"),
                _count(line.waiting),
                html.Td(html.Span(UNKNOWN), className="figure"),
                html.Td(html.Span(UNKNOWN), className="figure"),
                html.Td(_ago(line.report_age_s), className="figure"),
            ],
            className="feed line",
            id="health-line",
            title=titled(words),
        )
    ]


def _notes(feeds: Sequence[FeedNow]) -> list[Component]:
    """One row on the odd sources of all feeds; none where all are well."""
    whole = _told(feeds, TOLD)
    if not whole:
        return []
    short = {language: _short(feeds, language) for language in LANGUAGES}
    notes = html.Td(both(short), colSpan=8, title=titled(joined(whole)))
    return [html.Tr(notes, className="feed-notes")]


def _told(feeds: Sequence[FeedNow], most: int) -> list[Text]:
    """Say what is odd: first clocks, then bounds, then registers; each names its feed."""
    every = [(feed, departed_words(feed, most)) for feed in feeds]
    every += [(feed, beyond_words(feed)) for feed in feeds]
    every += [(feed, unregistered_words(feed, most)) for feed in feeds]
    return [message("health.of_feed", feed=f.title, text=text) for f, text in every if text]


def _short(feeds: Sequence[FeedNow], language: str) -> str:
    """Name fewer sources where there is little room, then count the notes that have none."""
    for most in (3, 2, 1):
        notes = [pick(note, language) for note in _told(feeds, most)]
        if width_em(line := GAP.join(notes)) <= NOTES_EM:
            return line
    kept = len(notes)
    while kept > 1 and width_em(line) > NOTES_EM:
        kept -= 1
        more = message("health.more_notes", n=number(len(notes) - kept))
        line = GAP.join([*notes[:kept], pick(more, language)])
    return line


def _since(then_ms: int, now_ms: int) -> float | None:
    """Seconds since a moment; None where it never came."""
    return (now_ms - then_ms) / 1000 if then_ms else None


def _ago(seconds: float | None) -> Component:
    return _ago_of(None if seconds is None else duration(seconds))


def _ago_of(age: Text | None) -> Component:
    return html.Span(UNKNOWN) if age is None else say("health.ago", age=age)


def _count(count: int) -> Component:
    return html.Td(number(count), className="figure")
