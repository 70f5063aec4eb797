"""Who a request comes from, decided in one place for pages and API.

A bearer token comes first, then the session's cookie. Where no users are configured the server is
bound to loopback (`open_to`), and whoever asks from this machine may read; the demo may also act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import HTTPConnection

from dashboards.access import sessions
from dashboards.access.callers import Caller, Scope
from dashboards.access.lockout import Lockout
from dashboards.access.users import User, UserFile, Users, is_password
from dashboards.api.http.clients import client_of
from dashboards.api.http.problems import Problem
from models.messages.access import AccessEntry, AccessEvent
from models.messages.commands import Role

_FORWARDED: Final = ("x-forwarded-for", "forwarded", "x-real-ip")
_BEARER: Final = "bearer "

Note = Callable[..., None]
"""Writes a line into the log: (event, **fields)."""
Taken = Callable[[AccessEntry], None]
"""Takes down who came in and who was refused."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that succeeded."""

    caller: Caller
    cookie: str
    csrf: str
    lasts_s: int


class Gate:
    """Decides who asks.

    Parameters
    ----------
    users : UserFile or None
        None: no users are configured, so everybody on this machine may read.
    demo_operator : str
        Name under which everybody on this machine may act where there are no users; empty: nobody.
    now_ms : callable
        Wall clock.
    note : callable
        Told of what an admin did outside the audit.
    taken : callable
        Told of logins and refusals.
    is_behind_proxy : bool
        Addresses are those that a proxy names.
    """

    def __init__(
        self,
        users: UserFile | None,
        now_ms: Callable[[], int],
        demo_operator: str = "",
        note: Note = lambda _, **__: None,
        *,
        taken: Taken = lambda _: None,
        is_behind_proxy: bool = False,
    ) -> None:
        self._users = users
        self._now_ms = now_ms
        self._demo_operator = demo_operator
        self.note = note
        self._taken = taken
        self._lockout = Lockout()
        self._is_behind_proxy = is_behind_proxy

    @property
    def is_open(self) -> bool:
        """Whether nobody has to log in."""
        return self._users is None

    @property
    def message(self) -> str:
        """The message that says that nobody has to log in; empty where one has to."""
        if not self.is_open:
            return ""
        return "access.demo" if self._demo_operator else "access.local"

    def caller(self, request: HTTPConnection) -> Caller | None:
        """Give who asks; None where that is not known, or no longer holds.

        Raises
        ------
        Problem
            403: this server has no users and the request came through a proxy.
        """
        if self._users is None:
            return self._of_this_machine(request)
        header = request.headers.get("authorization", "")
        if header:
            found = self._by_token(header)
            if found is None:
                self._told(AccessEvent.TOKEN, self.address(request))
            return found
        cookie = request.cookies.get(sessions.COOKIE)
        if cookie and (known := self._by_cookie(cookie)):
            return known
        return self.by_screen(request.cookies.get(sessions.SCREEN_COOKIE, ""))

    def by_screen(self, token: str) -> Caller | None:
        """Give whom the token of a screen stands for; None of one that may do more than read."""
        found = self._by_token(f"Bearer {token}") if token else None
        return found if found is not None and found.scopes == {Scope.READ} else None

    def require(self, request: HTTPConnection, scope: Scope = Scope.READ) -> Caller:
        """Give who asks, if they may.

        Raises
        ------
        Problem
            401: nobody known; 403: without the right, or a session's request without its token.
        """
        caller = self.caller(request)
        if caller is None:
            detail = "log in at POST /api/v1/session, or send a bearer token"
            raise Problem(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})
        if not caller.may(scope):
            detail = f"{caller.role} may not {scope} here"
            raise Problem(HTTPStatus.FORBIDDEN, detail)
        if scope is not Scope.READ:
            self.check_csrf(request, caller)
        return caller

    def check_csrf(self, request: HTTPConnection, caller: Caller) -> None:
        """Make sure that what changes something was meant by the page of the session.

        Raises
        ------
        Problem
            403: the request of a session lacks its token.
        """
        if not caller.session or self._users is None:
            return
        if request.headers.get(sessions.CSRF_HEADER) != self.csrf(caller):
            detail = "send the session's token, from GET /api/v1/session, as X-CSRF-Token"
            raise Problem(HTTPStatus.FORBIDDEN, detail)

    def csrf(self, caller: Caller) -> str:
        """Give the token of a session; empty where there is none."""
        if self._users is None or not caller.session:
            return ""
        return sessions.csrf_of(self._users.read(), caller.session)

    def login(self, name: str, password: str, address: str) -> LoggedIn:
        """Log a user in.

        Raises
        ------
        Problem
            401: name or password is wrong; 429: too often; 404: there are no users.
        """
        users, now_ms = self.users(), self._now_ms()
        wait_ms = self._lockout.wait_ms(name, address, now_ms)
        if wait_ms:
            self._told(AccessEvent.LOCKED, address, name)
            after = {"Retry-After": str(-(-wait_ms // 1000))}
            detail = f"too many failed logins; try again in {-(-wait_ms // 60_000)} minutes"
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, after)
        user = users.users.get(name)
        if not is_password(user, password) or user is None or not user.is_active(now_ms):
            self._lockout.failed(name, address, now_ms)
            is_locked = self._lockout.wait_ms(name, address, now_ms) > 0
            self._told(AccessEvent.LOCKED if is_locked else AccessEvent.FAILED, address, name)
            raise Problem(HTTPStatus.UNAUTHORIZED, "the name or the password is wrong")
        self._lockout.succeeded(name, address)
        cookie = sessions.begin(users, user, now_ms)
        return self._logged_in(cookie, sessions.lasts_ms(user.role), address)

    def vouched(self, person: User, address: str) -> LoggedIn:
        """Log in whom an identity provider vouches for.

        Raises
        ------
        Problem
            401: an account of the file has the name, so that nobody acts as somebody else.
        """
        users = self.users()
        if person.name in users.users:
            detail = "this name is that of an account here"
            self.refused(detail, address)
            raise Problem(HTTPStatus.UNAUTHORIZED, detail)
        cookie = sessions.begin_vouched(users, person, self._now_ms())
        return self._logged_in(cookie, sessions.VOUCHED_LASTS_MS, address)

    def refused(self, why: str, address: str) -> None:
        """Take down that what an identity provider said was not accepted."""
        self._told(AccessEvent.REFUSED, address, text=why)

    def left(self, caller: Caller, address: str) -> None:
        """Take down that somebody logged out."""
        self._told(AccessEvent.LOGGED_OUT, address, caller.name, role=caller.role)

    def users(self) -> Users:
        """Give the accounts.

        Raises
        ------
        Problem
            404: this server has no users.
        """
        if self._users is None:
            raise Problem(HTTPStatus.NOT_FOUND, "this server has no users; nobody has to log in")
        return self._users.read()

    def address(self, request: HTTPConnection) -> str:
        """Give where a request comes from."""
        return client_of(request, is_behind_proxy=self._is_behind_proxy)

    def _logged_in(self, cookie: str, lasts_ms: int, address: str) -> LoggedIn:
        caller = self._by_cookie(cookie)
        if caller is None:  # the file changed in between
            raise Problem(HTTPStatus.UNAUTHORIZED, "the account changed just now; log in again")
        self._told(AccessEvent.LOGGED_IN, address, caller.name, role=caller.role)
        return LoggedIn(caller, cookie, self.csrf(caller), lasts_ms // 1000)

    def _told(
        self, event: AccessEvent, address: str, name: str = "", role: Role | None = None,
        text: str = "",
    ) -> None:  # fmt: skip
        """Take something down; a name that nobody has may be a password in the wrong field."""
        is_known = role is not None or (
            self._users is not None and name in self._users.read().users
        )
        entry = AccessEntry(
            event=event,
            user=name[:64] if is_known else "",
            role=role,
            address=address[:64],
            text=text[:200],
            at_ms=self._now_ms(),
        )
        self._taken(entry)

    def _of_this_machine(self, request: HTTPConnection) -> Caller:
        if any(name in request.headers for name in _FORWARDED):
            detail = (
                "this server has no users and answers its own machine alone: "
                "set GRIDPULSE_USERS_FILE before it stands behind a proxy"
            )
            raise Problem(HTTPStatus.FORBIDDEN, detail)
        if self._demo_operator:
            return Caller(name=self._demo_operator, role=Role.OPERATOR, is_open=True)
        return Caller(name="anybody", role=Role.VIEWER, is_open=True)

    def _by_token(self, header: str) -> Caller | None:
        if self._users is None or not header.lower().startswith(_BEARER):
            return None
        found = self._users.read().by_token(header[len(_BEARER) :].strip(), self._now_ms())
        return None if found is None else _caller(found[0], scopes=frozenset(found[1].scopes))

    def _by_cookie(self, cookie: str) -> Caller | None:
        if self._users is None:
            return None
        session = sessions.open_session(self._users.read(), cookie, self._now_ms())
        return None if session is None else _caller(session.user, session=session.number)


def _caller(user: User, **more: Any) -> Caller:
    return Caller(
        name=user.name,
        role=user.role,
        areas=frozenset(user.areas),
        departments=frozenset(user.departments),
        **more,
    )
