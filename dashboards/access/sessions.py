"""Login sessions as signed cookies: they survive a restart and hold on every process of the wall.

A session names its user, its beginning and a random number, and is signed with the key of the users
file and the user's password hash: a new password, or the end of the account, ends its sessions.
Whom an identity provider vouched for has no account: their session names what they may as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

import msgspec

from dashboards.access.users import User, Users
from models.messages.commands import Role
from models.timing.units import DAY_MS, HOUR_MS

COOKIE: Final = "gridpulse_session"
SCREEN_COOKIE: Final = "gridpulse_screen"  # a read-only token, of a wall that nobody logs in at
CSRF_HEADER: Final = "x-csrf-token"
_LASTS_MS: Final = 12 * HOUR_MS  # a shift
VOUCHED_LASTS_MS: Final = _LASTS_MS  # then the identity provider is asked again
_SCREEN_LASTS_MS: Final = 30 * DAY_MS  # a viewer: a screen on a wall that nobody types at


class _Claims(msgspec.Struct, frozen=True, array_like=True):
    user: str
    begun_ms: int
    number: str
    person: User | None = None  # whom an identity provider vouched for


@dataclass(frozen=True, slots=True)
class Session:
    """A session whose signature holds."""

    user: User
    number: str
    ends_ms: int


def begin(users: Users, user: User, now_ms: int) -> str:
    """Begin a session; gives the value of its cookie."""
    claims = msgspec.json.encode(_Claims(user.name, now_ms, secrets.token_hex(16)))
    return f"{_text(claims)}.{_text(_signature(users, user, claims))}"


def begin_vouched(users: Users, person: User, now_ms: int) -> str:
    """Begin a session of whom an identity provider vouched for; gives the value of its cookie."""
    claims = msgspec.json.encode(_Claims(person.name, now_ms, secrets.token_hex(16), person))
    return f"{_text(claims)}.{_text(_signature(users, person, claims))}"


def open_session(users: Users, cookie: str, now_ms: int) -> Session | None:
    """Give the session of a cookie; None where there is no such session, or it is over."""
    claims_text, _, signature = cookie.partition(".")
    try:
        data = _bytes(claims_text)
        claims = msgspec.json.decode(data, type=_Claims)
        given = _bytes(signature)
    except (ValueError, msgspec.MsgspecError):
        return None
    user = _user_of(users, claims)
    if user is None or not user.is_active(now_ms) or not users.key:
        return None
    ends_ms = claims.begun_ms + (VOUCHED_LASTS_MS if claims.person else lasts_ms(user.role))
    is_ours = hmac.compare_digest(given, _signature(users, user, data))
    return Session(user, claims.number, ends_ms) if is_ours and now_ms < ends_ms else None


def _user_of(users: Users, claims: _Claims) -> User | None:
    """Give whose session it would be; an account of the file takes its name back."""
    known = users.users.get(claims.user)
    if claims.person is None:
        return known
    return claims.person if known is None else None


def lasts_ms(role: Role) -> int:
    """How long a session of a role lasts."""
    return _SCREEN_LASTS_MS if role is Role.VIEWER else _LASTS_MS


def sealed(users: Users, content: bytes) -> str:
    """Sign what this server hands to a browser and wants back unchanged."""
    return f"{_text(content)}.{_text(_seal(users, content))}"


def unsealed(users: Users, text: str) -> bytes | None:
    """Give what was sealed; None where it was not sealed here."""
    content_text, _, signature = text.partition(".")
    try:
        content, given = _bytes(content_text), _bytes(signature)
    except ValueError:
        return None
    is_ours = users.key and hmac.compare_digest(given, _seal(users, content))
    return content if is_ours else None


def csrf_of(users: Users, session: str) -> str:
    """Give the token that a page has to send with whatever would change something."""
    return hmac.new(users.key.encode(), b"csrf:" + session.encode(), hashlib.sha256).hexdigest()


def _seal(users: Users, content: bytes) -> bytes:
    return hmac.new(users.key.encode(), b"seal:" + content, hashlib.sha256).digest()


def _signature(users: Users, user: User, claims: bytes) -> bytes:
    key = hashlib.sha256(f"{users.key}:{user.password}".encode()).digest()
    return hmac.new(key, claims, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
