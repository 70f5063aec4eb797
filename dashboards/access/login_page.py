"""The page on which a person logs in, and what of the pages nobody sees without.

It needs no script: a form is sent to this server and nowhere else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.access import oidc
from dashboards.access.gate import Gate, LoggedIn
from dashboards.access.oidc import ProviderLogin
from dashboards.access.provider import LoginRefused
from dashboards.access.sessions import COOKIE, SCREEN_COOKIE
from dashboards.api.http.clients import client_of
from dashboards.api.http.problems import Problem
from dashboards.common.messages import message

LOGIN: Final = "/login"
TOKEN: Final = "token"  # in the address of a screen's first visit
SCREEN_LASTS_S: Final = 400 * 86_400  # the longest a browser keeps; the token itself ends earlier
_STYLE: Final = """
html {
  color-scheme: dark;
}

body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  background: #0b1420;
  color: #e8eef6;
  font: 1.125rem/1.5 "Noto Sans CJK SC", "Source Han Sans SC", sans-serif;
}

form {
  display: grid;
  gap: 0.75rem;
  width: min(24rem, 90vw);
}

input,
button {
  font: inherit;
  padding: 0.6rem 0.8rem;
  border: 1px solid #6d8299;
  border-radius: 0.25rem;
  background: #13202f;
  color: inherit;
}

button {
  background: #2f6fb3;
  border-color: #2f6fb3;
  color: #fff;
}

a {
  color: #9cc9ff;
}

p[role="alert"] {
  min-height: 1.5em;
  margin: 0;
  color: #ffb4a8;
}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # else the form is sent with the origin `null`
}
# For machines, and what the form itself is drawn with: nothing of the city is in them.
_UNLOCKED: Final = frozenset({"/live", "/ready", "/metrics"})
_ASSETS: Final = "/assets/"
_LARGEST_FORM: Final = 4096
_PAGE: Final = """<!DOCTYPE html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
    <style>{style}</style>
  </head>
  <body>
    <main>
      <h1>{title}</h1>
      <form method="post" action="/login">
        <p role="alert">{wrong}</p>
        <label for="user">{user}</label>
        <input id="user" name="user" autocomplete="username" required maxlength="64" autofocus>
        <label for="password">{password}</label>
        <input id="password" name="password" type="password" autocomplete="current-password"
               required maxlength="256">
        <button>{enter}</button>
        {elsewhere}
      </form>
    </main>
  </body>
</html>
"""


class PageLock:
    """ASGI application in front of the pages: without a session there is only the login.

    Parameters
    ----------
    pages : ASGI application
    gate : Gate
    provider : ProviderLogin, optional
        Logging in elsewhere.
    is_behind_tls : bool
    """

    def __init__(
        self,
        pages: ASGIApp,
        gate: Gate,
        provider: ProviderLogin | None = None,
        *,
        is_behind_tls: bool = False,
    ) -> None:
        self._pages = pages
        self._gate = gate
        self._provider = provider
        self._is_behind_tls = is_behind_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or ask who it is."""
        path = scope.get("path", "")
        if self._gate.is_open or path in _UNLOCKED or path.startswith(_ASSETS):
            await self._pages(scope, receive, send)
            return
        request = Request(scope, receive)
        if path == LOGIN:
            response = await self._login(request)
        elif TOKEN in request.query_params and request.method == "GET":
            response = self._screen(request)
        elif path in (oidc.PATH, oidc.BACK) and self._provider and request.method == "GET":
            response = await self._elsewhere(request, self._provider)
        elif self._gate.caller(request) is not None:
            await self._pages(scope, receive, send)
            return
        elif "text/html" in request.headers.get("accept", ""):  # somebody at a browser
            response = RedirectResponse(LOGIN, HTTPStatus.SEE_OTHER, HEADERS)
        else:
            response = PlainTextResponse("log in at /login\n", HTTPStatus.UNAUTHORIZED, HEADERS)
        await response(scope, receive, send)

    def _screen(self, request: Request) -> Response:
        """Keep the read-only token of a screen, and take it out of the address."""
        token = request.query_params[TOKEN]
        if self._gate.by_screen(token) is None:
            detail = "expected a token that holds and may only read: `gridpulse users token`\n"
            return PlainTextResponse(detail, HTTPStatus.FORBIDDEN, HEADERS)
        address = request.url.remove_query_params(TOKEN)
        path = f"/{address.path.lstrip('/')}"  # of this server, whatever the address begins with
        where = f"{path}?{address.query}" if address.query else path
        response = RedirectResponse(where, HTTPStatus.SEE_OTHER, HEADERS)
        secure = self._is_behind_tls or request.url.scheme == "https"
        _set_cookie(response, SCREEN_COOKIE, token, SCREEN_LASTS_S, secure=secure)
        return response

    async def _login(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return self._form()
        if request.method != "POST":
            detail = "/login knows GET and POST\n"
            return PlainTextResponse(detail, HTTPStatus.METHOD_NOT_ALLOWED, HEADERS)
        given = await _fields(request)
        address = client_of(request, is_behind_proxy=self._is_behind_tls)
        try:
            done = await _in_thread(self._gate, given, address)
        except Problem as problem:
            is_locked = problem.status is HTTPStatus.TOO_MANY_REQUESTS
            return self._form("login.locked" if is_locked else "login.wrong", problem.status)
        response = RedirectResponse("/", HTTPStatus.SEE_OTHER, HEADERS)
        set_session(response, done, secure=self._is_secure(request))
        return response

    async def _elsewhere(self, request: Request, provider: ProviderLogin) -> Response:
        """Send somebody to the identity provider, or take them in when they come back."""
        secure = self._is_secure(request)
        try:
            if request.url.path == oidc.PATH:
                return await provider.begin(secure=secure)
            done, response = await provider.back(request)
        except LoginRefused as refused:
            return self._form("login.refused", HTTPStatus.UNAUTHORIZED, str(refused))
        response.headers.update(HEADERS)
        set_session(response, done, secure=secure)
        return response

    def _is_secure(self, request: Request) -> bool:
        return self._is_behind_tls or request.url.scheme == "https"

    def _form(self, wrong: str = "", status: HTTPStatus = HTTPStatus.OK, why: str = "") -> Response:
        elsewhere = (
            f'<a href="{oidc.PATH}">{_both("login.elsewhere")}</a>' if self._provider else ""
        )
        text = _PAGE.format(
            title=_both("page.brand"),
            user=_both("login.user"),
            password=_both("login.password"),
            enter=_both("login.enter"),
            wrong=f"{_both(wrong)} {escape(why)}" if wrong else "",
            elsewhere=elsewhere,
            style=_STYLE,
        )
        return HTMLResponse(text, status, HEADERS)


def set_session(response: Response, done: LoggedIn, *, secure: bool) -> None:
    """Give the session to the browser: no script reads it, and no other site sends it."""
    _set_cookie(response, COOKIE, done.cookie, done.lasts_s, secure=secure)


def _set_cookie(response: Response, name: str, value: str, lasts_s: int, *, secure: bool) -> None:
    response.set_cookie(
        name,
        value,
        max_age=lasts_s,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


async def _fields(request: Request) -> Mapping[str, str]:
    """Read the form; of one that is too large nothing."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10))


async def _in_thread(gate: Gate, given: Mapping[str, str], address: str) -> LoggedIn:
    return await asyncio.to_thread(
        gate.login, given.get("user", ""), given.get("password", ""), address
    )


def _both(key: str) -> str:
    said = message(key)
    return escape(f"{said['zh']} {said['en']}")
