"""The document that a page begins with: its language, its theme, and only what it needs to load."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from dash import Dash
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI, Request
from starlette.responses import Response

from dashboards.common.messages import message
from dashboards.common.pages import Page, Theme

# The page is stale until the browser has judged otherwise: without its script it says so too.
INDEX: Final = """<!DOCTYPE html>
<html lang="GP-LANG" class="is-stale GP-THEME">
  <head>
    {%metas%}
    <title>GP-TITLE</title>
    <link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <div hidden>{%config%}{%scripts%}{%renderer%}</div>
  </body>
</html>
"""
TAGS: Final = {"zh": "zh-CN", "en": "en"}
# What is left out where a theme has no use for it.
_WITHOUT: Final[dict[Theme, tuple[str, ...]]] = {
    "wall": ("dash_mantine_components", "dash_ag_grid", "dash_table", "assets/office"),
    "office": ("assets/wall",),
}
_LOADED: Final = re.compile(
    r"\s*<(?:link|script)[^>]*(?:href|src)=\"([^\"]*)\"[^>]*>(?:</script>)?"
)


def add_entries(api: FastAPI, app: Dash, pages: Sequence[Page]) -> None:
    """Answer the path of each page with its document."""
    before = len(api.router.routes)
    for page in pages:
        api.add_api_route(page.path, _answer(app, page), include_in_schema=False)
    # Dash has a route for its own root already: ours stand before it.
    added = api.router.routes[before:]
    api.router.routes[:] = [*added, *api.router.routes[:before]]


def _answer(app: Dash, page: Page) -> Callable[[Request], Response]:
    made: dict[str, str] = {}  # by language: a document depends on nothing else

    def entry(request: Request) -> Response:
        language = asked_language(
            request.query_params.get("lang"), request.headers.get("accept-language", "")
        )
        if language not in made:
            made[language] = document_of(_index(app, request), page, language)
        headers = {"Vary": "Accept-Language", "Cache-Control": "no-cache"}
        return Response(made[language], media_type="text/html", headers=headers)

    return entry


def _index(app: Any, request: Request) -> str:
    """Document as Dash makes it; it asks for the request that it is made for."""
    enter: Any = set_current_request  # all of this is untyped in Dash
    leave: Any = reset_current_request
    token = enter(request)
    try:
        app._setup_server()  # finds the assets; otherwise only done for Dash's own paths
        return str(app.index())
    finally:
        leave(token)


def document_of(index: str, page: Page, language: str) -> str:
    """Fill the page's language, theme and title in, and leave out what it does not need."""
    without = _WITHOUT[page.theme]

    def kept(tag: re.Match[str]) -> str:
        return "" if any(name in tag[1] for name in without) else tag[0]

    text = _LOADED.sub(kept, index)
    filled = {
        "GP-LANG": TAGS[language],
        "GP-THEME": f"theme-{page.theme}",
        "GP-TITLE": message(page.title)[language],
    }
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def asked_language(wanted: str | None, accepted: str) -> str:
    """Language of an address (`?lang=`), else the first known one that the browser accepts.

    Examples
    --------
    >>> asked_language("en", "zh-CN"), asked_language(None, "de, en-GB;q=0.8, zh;q=0.7")
    ('en', 'en')
    >>> asked_language(None, "zh-TW,en;q=0.5"), asked_language(None, "fr"), asked_language("xx", "")
    ('zh', 'zh', 'zh')
    """
    if wanted is not None:
        return "en" if wanted == "en" else "zh"
    weighed = sorted(map(_weighed, accepted.split(",")), key=lambda pair: -pair[0])
    known = (tag for weight, tag in weighed if weight > 0 and tag in TAGS)
    return next(known, "zh")


def _weighed(part: str) -> tuple[float, str]:
    """Weight and primary language of one part of `Accept-Language`."""
    tag, _, more = part.strip().partition(";")
    try:
        weight = float(more.strip().removeprefix("q=")) if more else 1.0
    except ValueError:
        weight = 0.0
    return weight, tag.split("-")[0].lower()
