"""Changes to the file of users, each checked before it is written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from config.errors import ConfigError, InputError
from config.settings import Settings
from dashboards.access.callers import ROLES, Scope
from dashboards.access.users import (
    AREA,
    NAME,
    Token,
    User,
    UserFile,
    Users,
    digest_of,
    hashed,
    new_token,
)
from models.messages.commands import Role
from models.timing.units import DAY_MS

MOST_TOKEN_DAYS: Final = 400


class Accounts:
    """The users that the settings name.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    ConfigError
        The settings name no file of users, or the file is not valid.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.users_file:
            msg = "set GRIDPULSE_USERS_FILE to the file that is to hold the users"
            raise ConfigError(msg)
        self._file = UserFile(Path(settings.users_file))
        self._users = self._file.read()

    def list(self) -> list[User]:
        """Give the users, by name."""
        return sorted(self._users.users.values(), key=lambda user: user.name)

    def add(
        self,
        name: str,
        role: str,
        password: str,
        areas: Sequence[str] = (),
        departments: Sequence[str] = (),
    ) -> None:
        """Add a user.

        Raises
        ------
        InputError
            There is one of that name, or a part is not valid.
        """
        if name in self._users.users:
            msg = f"there is a user {name!r} already; `gridpulse users passwd` changes a password"
            raise InputError(msg)
        if not NAME.fullmatch(name):
            msg = f"a name has 1 to 64 letters, digits and . @ -, got {name!r}"
            raise InputError(msg)
        wrong = [area for area in areas if not AREA.fullmatch(area)]
        if wrong:
            msg = f"an area is a code of 6, 9, 12 or 15 digits, got {wrong[0]!r}"
            raise InputError(msg)
        user = User(
            name=name,
            role=_role(role),
            password=_hashed(password),
            areas=[*areas],
            departments=[*departments],
        )
        self._put(user)

    def passwd(self, name: str, password: str) -> None:
        """Give a user another password; their sessions end.

        Raises
        ------
        InputError
            There is no such user, or the password is too short.
        """
        self._put(msgspec.structs.replace(self._known(name), password=_hashed(password)))

    def end(self, name: str) -> None:
        """End an account: no login, no token, no session; its name stays for the audit.

        Raises
        ------
        InputError
            There is no such user.
        """
        ended = msgspec.structs.replace(self._known(name), until_ms=_now_ms(), tokens=[])
        self._put(ended)

    def token(self, name: str, label: str, scopes: Sequence[str], days: int) -> str:
        """Give a user a token for a program; it is shown once.

        Raises
        ------
        InputError
            There is no such user, a scope is unknown, or it would hold too long.
        """
        if not 0 < days <= MOST_TOKEN_DAYS:
            msg = f"a token holds for 1 to {MOST_TOKEN_DAYS} days, got {days}"
            raise InputError(msg)
        user, secret = self._known(name), new_token()
        if any(each.name == label for each in user.tokens):
            msg = f"{name} has a token {label!r} already; end it first"
            raise InputError(msg)
        made = Token(
            name=label,
            digest=digest_of(secret),
            scopes=[_scope(each) for each in scopes],
            until_ms=_now_ms() + days * DAY_MS,
        )
        self._put(msgspec.structs.replace(user, tokens=[*user.tokens, made]))
        return secret

    def end_token(self, name: str, label: str) -> None:
        """End a token.

        Raises
        ------
        InputError
            There is no such user or token.
        """
        user = self._known(name)
        kept = [each for each in user.tokens if each.name != label]
        if len(kept) == len(user.tokens):
            msg = f"{name} has no token {label!r}; `gridpulse users list` names those there are"
            raise InputError(msg)
        self._put(msgspec.structs.replace(user, tokens=kept))

    def _known(self, name: str) -> User:
        if name not in self._users.users:
            msg = f"no user {name!r}; `gridpulse users list` names those there are"
            raise InputError(msg)
        return self._users.users[name]

    def _put(self, user: User) -> None:
        users: Users = msgspec.structs.replace(
            self._users, users=self._users.users | {user.name: user}
        )
        self._file.write(users)
        self._users = self._file.read()


def _role(text: str) -> Role:
    if text not in {role.value for role in ROLES}:
        msg = f"a role is one of {', '.join(ROLES)}, got {text!r}"
        raise InputError(msg)
    return Role(text)


def _scope(text: str) -> Scope:
    if text not in set(Scope):
        msg = f"a scope is one of {', '.join(Scope)}, got {text!r}"
        raise InputError(msg)
    return Scope(text)


def _hashed(password: str) -> str:
    try:
        return hashed(password)
    except ValueError as error:
        raise InputError(str(error)) from None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
