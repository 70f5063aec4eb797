"""A history as a document: title, what was asked, picture, tables, cases, and where it is from."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from dash import html

from dashboards.common.asked_history import address_of_history
from dashboards.common.history_rows import made_at, source_words
from dashboards.common.markup import markup
from dashboards.common.messages import message, pick
from dashboards.common.shown_history import HistoryShown
from dashboards.common.wording import both
from dashboards.figures.season_chart import DESK, season_chart
from dashboards.panels.dust_history import asked_words, band_words, near, place_table, row_table

# Words stand in both languages in the page's components: a document shows those of its own.
_STYLE: Final = """<style>.say > [lang="OTHER"] {display: none} caption {text-align: left;
font-weight: 600} img {width: 100%} a {color: inherit; text-decoration: none}
code, .address {overflow-wrap: anywhere}</style>"""
_OTHERS: Final = {"zh": "en", "en": "zh-CN"}


def foot_lines(shown: HistoryShown, language: str) -> list[str]:
    """Say what a picture that stands alone has to say of itself."""
    doubt = shown.near.doubt
    cases = [message("history.cases.said", words=doubt)] if doubt else []
    made = message("history.made", time=made_at(shown))
    told = [asked_words(shown), source_words(shown), *cases, made]
    return [*(pick(each, language) for each in told), address_of_history(shown)]


def document_parts(shown: HistoryShown, language: str) -> tuple[str, list[str]]:
    """Give title and parts, as HTML, of the document."""
    title = pick(message("history.title"), language)
    drawn = f"data:image/svg+xml,{quote(season_chart(shown, language, DESK), safe='')}"
    notes = [html.P([both(each.title), " ", both(band_words(each))]) for each in shown.places]
    parts = [
        html.H1(title),
        html.P(both(asked_words(shown))),
        html.Img(src=drawn, alt=""),
        *notes,
        place_table(shown),
        *near(shown),
        html.H2(both(message("history.rows"))),
        row_table(shown),
        html.P(both(source_words(shown))),
        html.P(both(message("history.made", time=made_at(shown)))),
        html.P(address_of_history(shown), className="address"),
    ]
    return title, [_STYLE.replace("OTHER", _OTHERS[language]), markup(parts) or ""]
