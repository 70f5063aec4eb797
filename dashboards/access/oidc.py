"""Logging in by an identity provider: the way there and back again.

State, nonce and the verifier of PKCE travel in a cookie of the browser that began, signed and short
of life: an answer counts in that browser alone, and once.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.access import sessions
from dashboards.access.gate import Gate, LoggedIn
from dashboards.access.provider import IdentityProvider, LoginRefused
from dashboards.api.http.problems import Problem
from models.timing.units import MINUTE_MS

PATH: Final = "/login/oidc"
BACK: Final = f"{PATH}/back"
COOKIE: Final = "gridpulse_oidc"
LASTS_MS: Final = 10 * MINUTE_MS
# The cookie of a session is sent by no other site: a page of ours has to ask for the first page.
_ENTER: Final = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Gridpulse</title>'
    '<meta http-equiv="refresh" content="0;url=/"></head>'
    '<body><a href="/">Gridpulse</a></body></html>'
)


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    state: str
    nonce: str
    verifier: str
    begun_ms: int


class ProviderLogin:
    """Sends people to the provider, and takes them in when they come back.

    Parameters
    ----------
    gate : Gate
    provider : IdentityProvider
    now_ms : callable
        Wall clock.
    """

    def __init__(self, gate: Gate, provider: IdentityProvider, now_ms: Callable[[], int]) -> None:
        self._gate = gate
        self._provider = provider
        self._now_ms = now_ms

    async def begin(self, *, secure: bool) -> Response:
        """Send a browser to the provider.

        Raises
        ------
        LoginRefused
            The provider is away.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = _Begun(state, nonce, verifier, self._now_ms())
        to = await asyncio.to_thread(self._provider.address, state, nonce, verifier)
        response = RedirectResponse(to, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            sessions.sealed(self._gate.users(), msgspec.json.encode(begun)),
            max_age=LASTS_MS // 1000,
            path=PATH,
            secure=secure,
            httponly=True,
            samesite="lax",  # it has to come along from the provider's page
        )
        return response

    async def back(self, request: Request) -> tuple[LoggedIn, Response]:
        """Take in who comes back; gives the login, and the answer that is still to get its cookie.

        Raises
        ------
        LoginRefused
            It is not the answer to what this browser asked, or the provider's word does not hold.
        """
        address = self._gate.address(request)
        try:
            begun = self._begun(request)
            code = request.query_params.get("code", "")
            if not code:
                why = request.query_params.get("error", "no code")[:60]
                msg = f"the identity provider did not let them in: {why}"
                raise LoginRefused(msg)
            person = await asyncio.to_thread(
                self._provider.person, code, begun.nonce, begun.verifier
            )
        except LoginRefused as error:
            self._gate.refused(str(error), address)
            raise
        try:
            done = self._gate.vouched(person, address)
        except Problem as problem:
            raise LoginRefused(problem.body.detail) from None
        response = HTMLResponse(_ENTER)
        response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
        return done, response

    def _begun(self, request: Request) -> _Begun:
        """Give what this browser began, where the answer is to it."""
        content = sessions.unsealed(self._gate.users(), request.cookies.get(COOKIE, ""))
        try:
            begun = msgspec.json.decode(content or b"", type=_Begun)
        except msgspec.MsgspecError:
            msg = "this browser did not begin to log in"
            raise LoginRefused(msg) from None
        if not 0 <= self._now_ms() - begun.begun_ms < LASTS_MS:
            msg = "the login was begun too long ago"
            raise LoginRefused(msg)
        if not hmac.compare_digest(begun.state.encode(), _state(request)):
            msg = "the answer is not to what this browser asked (state)"
            raise LoginRefused(msg)
        return begun


def _state(request: Request) -> bytes:
    return request.query_params.get("state", "").encode("utf-8", "replace")
