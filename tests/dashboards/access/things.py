"""Users of an invented city for tests: hashed once, since hashing is slow on purpose."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from argon2 import PasswordHasher

from dashboards.access.callers import ROLES, Scope
from dashboards.access.users import Token, User, UserFile, Users, digest_of
from models.messages.commands import Role

PASSWORD = "a long password of 东城"
NOW_MS = 1_800_000_000_000
TOKENS = {role: f"gpt_{role.value}" for role in ROLES}


@cache
def _hash() -> str:
    """Hash by the same algorithm, cheaply: only one test needs the real cost."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def users(now_ms: int = NOW_MS) -> Users:
    """One user a role, named as the role, with a token of all scopes."""
    found = {
        role.value: User(
            name=role.value,
            role=role,
            password=_hash(),
            areas=["110101002"] if role is Role.BUREAU else [],
            tokens=[
                Token(
                    name="all",
                    digest=digest_of(TOKENS[role]),
                    scopes=list(Scope),
                    until_ms=now_ms + 3_600_000,
                )
            ],
        )
        for role in ROLES
    }
    return Users(key="k" * 64, users=found)


def user_file(folder: Path, now_ms: int = NOW_MS) -> UserFile:
    file = UserFile(folder / "users.json")
    file.write(users(now_ms))
    return file


def bearer(role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[role]}"}


def changed(file: UserFile, name: str, **changes: object) -> None:
    known = file.read()
    user = msgspec.structs.replace(known.users[name], **changes)
    file.write(msgspec.structs.replace(known, users=known.users | {name: user}))
