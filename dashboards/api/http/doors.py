"""Which requests go to the API and which to the pages, and what every request to the API passes."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.api.http.clients import client_of
from dashboards.api.http.limits import RateLimits
from dashboards.api.http.problems import Problem

LARGEST_BODY: Final = 64 * 1024
_PATH: Final = "/api/"
_FORMS: Final = frozenset({"/login"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Doors:
    """ASGI application in front of the API and the pages.

    Nothing may be asked for across origins: there are no CORS headers, and what would change
    something and comes from a page of another origin is refused.
    """

    def __init__(self, pages: ASGIApp, api: ASGIApp, *, is_behind_proxy: bool = False) -> None:
        self._pages = pages
        self._api = api
        self._is_behind_proxy = is_behind_proxy
        self._limits = RateLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_api = scope["type"] == "http" and scope["path"].startswith(_PATH)
        if not is_api and scope.get("path") not in _FORMS:
            await self._pages(scope, receive, send)
            return
        refused = refusal(scope) or self._too_often(scope)
        if refused is not None:
            await refused.response()(scope, receive, _with_headers(send))
            return
        if not is_api:
            await self._pages(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # the server leaves out the body
            scope = {**scope, "method": "GET"}
        await self._api(scope, _bounded(receive), _with_headers(send))

    def _too_often(self, scope: Scope) -> Problem | None:
        """Take tokens; what changes something costs more than a look."""
        client = client_of(HTTPConnection(scope), is_behind_proxy=self._is_behind_proxy)
        wait_s = self._limits.wait_s(client, 1.0 if scope["method"] in _SAFE else 4.0)
        if not wait_s:
            return None
        after = {"Retry-After": str(ceil(wait_s))}
        detail = "too many requests; wait as Retry-After says"
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, after)


def refusal(scope: Scope) -> Problem | None:
    """Tell why a request is not passed on."""
    headers = Headers(scope=scope)
    told = headers.get("content-length", "0")
    if told.isdigit() and int(told) > LARGEST_BODY:
        return _too_large()
    if scope["method"] not in _SAFE and not _is_own(headers):
        detail = "a page of another origin may not ask for this"
        return Problem(HTTPStatus.FORBIDDEN, detail)
    return None


def _is_own(headers: Headers) -> bool:
    """Tell whether a request comes from no page, or from one of this server.

    What the browser says of the site counts before the origin, which is `null` for a form of a page
    that sends no referrer. Old browsers say the origin alone.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("none", "same-origin")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _bounded(receive: Receive) -> Receive:
    """Read no more of a body than is allowed."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise _too_large()
        return message

    return bounded


def _too_large() -> Problem:
    detail = f"the request is too large: expected at most {LARGEST_BODY} bytes"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
