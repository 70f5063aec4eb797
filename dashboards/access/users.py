"""The file of users: JSON, readable by its owner alone, read again when it changes.

Passwords are argon2id hashes, tokens SHA-256 digests of 256 random bits; the file never holds what
somebody types. `key` signs the sessions: with the file they all end.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import ConfigError
from dashboards.access.callers import ROLES, Scope
from models.messages.commands import Role

SHORTEST_PASSWORD: Final = 12
TOKEN_PREFIX: Final = "gpt_"
NAME: Final = re.compile(r"[\w][\w.@-]{0,63}")
AREA: Final = re.compile(r"[1-9][0-9]{5}([0-9]{3}){0,3}")
_MOST_AT_ONCE: Final = Lock()  # one hash needs 64 MiB: a flood of logins must not eat the machine
_HASHER: Final = PasswordHasher()
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$"
    "aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
)  # hash that no password has: an unknown name takes as long as a known one


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token of a user, for programs."""

    name: str
    digest: str
    scopes: list[Scope]
    until_ms: int


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One user.

    Attributes
    ----------
    name : str
    role : Role
    password : str
        Argon2id hash; empty: no login by password.
    areas, departments : list of str
        What is theirs; empty: all.
    until_ms : int
        Wall clock at which the account ends; 0: not.
    tokens : list of Token
    """

    name: str
    role: Role
    password: str = ""
    areas: list[str] = []
    departments: list[str] = []
    until_ms: int = 0
    tokens: list[Token] = []

    def is_active(self, now_ms: int) -> bool:
        """Tell whether the account has not ended."""
        return self.role in ROLES and (not self.until_ms or now_ms < self.until_ms)


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """Content of the file."""

    key: str
    users: dict[str, User] = {}

    def by_token(self, token: str, now_ms: int) -> tuple[User, Token] | None:
        """Find the user of a token that holds."""
        digest = digest_of(token)
        for user in self.users.values():
            for each in user.tokens:
                if each.digest == digest and now_ms < each.until_ms and user.is_active(now_ms):
                    return user, each
        return None


class UserFile:
    """Reads and writes the file.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._seen: tuple[int, int] = (0, 0)
        self._users = Users(key="")

    def read(self) -> Users:
        """Give the users; none where there is no file yet.

        Raises
        ------
        ConfigError
            The file is not one of users.
        """
        with self._lock:
            try:
                found = self._path.stat()
            except FileNotFoundError:
                return Users(key="")
            seen = (found.st_mtime_ns, found.st_ino)
            if seen != self._seen:
                self._users, self._seen = self._parsed(), seen
            return self._users

    def write(self, users: Users) -> None:
        """Replace the file as a whole; only its owner may read it.

        Raises
        ------
        OSError
            The folder cannot be written to.
        """
        if not users.key:
            users = msgspec.structs.replace(users, key=secrets.token_hex(32))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".users-")
        with os.fdopen(handle, "wb") as file:  # made with mode 0600
            file.write(msgspec.json.format(msgspec.json.encode(users)))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._path)

    def _parsed(self) -> Users:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Users)
        except msgspec.MsgspecError as error:
            msg = f"{self._path} is not a file of users: {error}; see `gridpulse users`"
            raise ConfigError(msg) from None


def hashed(password: str) -> str:
    """Hash a password.

    Raises
    ------
    ValueError
        It is too short, or too long for anybody to have typed it.
    """
    if not SHORTEST_PASSWORD <= len(password) <= 256:
        msg = f"a password has {SHORTEST_PASSWORD} to 256 characters, got {len(password)}"
        raise ValueError(msg)
    with _MOST_AT_ONCE:
        return _HASHER.hash(password)


def is_password(user: User | None, password: str) -> bool:
    """Tell whether a password is a user's; takes the same time where there is none."""
    known = user.password if user is not None and user.password else _NOBODY
    with _MOST_AT_ONCE:
        try:
            return _HASHER.verify(known, password) and user is not None
        except (VerificationError, InvalidHashError):
            return False


def new_token() -> str:
    """Make a token; only its digest is kept."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Digest by which a token is known."""
    return hashlib.sha256(token.encode()).hexdigest()
