"""`gridpulse users`: what is added counts, what is wrong is said, nothing secret is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from config.errors import ConfigError, InputError
from config.settings import Settings
from dashboards.access.users import UserFile, is_password
from ops.access.accounts import Accounts
from ops.cli import application
from tests.dashboards.access.things import PASSWORD

LINE = CliRunner()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "access" / "users.json"
    monkeypatch.setenv("GRIDPULSE_USERS_FILE", str(found))
    return found


def users(*arguments: str, password: str = PASSWORD) -> Result:
    return LINE.invoke(application(), ["users", *arguments], input=password + "\n")


def test_a_user_from_the_first_day_to_the_last(path: Path) -> None:
    done = users(
        "add", "wang", "--role", "bureau", "--area", "110101002", "--department", "生态环境局",
        "--password-stdin",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    wang = UserFile(path).read().users["wang"]
    assert is_password(wang, PASSWORD)
    assert (wang.role, wang.areas, wang.departments) == ("bureau", ["110101002"], ["生态环境局"])
    secret = users("token", "wang", "exporter", "--scope", "read", "--days", "30").output.strip()
    assert UserFile(path).read().by_token(secret, 0) is not None
    listed = users("list", "--json").output
    assert secret not in listed
    assert "argon2" not in listed
    assert json.loads(listed)["users"][0]["tokens"] == ["exporter"]
    assert "wang" in users("list").output
    users("passwd", "wang", "--password-stdin", password="another long password")
    assert not is_password(UserFile(path).read().users["wang"], PASSWORD)
    users("token", "wang", "exporter", "--end")
    assert UserFile(path).read().by_token(secret, 0) is None
    users("end", "wang")
    ended = UserFile(path).read().users["wang"]
    assert not ended.is_active(ended.until_ms)


def test_what_is_wrong_is_said_and_changes_nothing(path: Path) -> None:
    accounts = Accounts(Settings(users_file=str(path)))
    accounts.add("li", "operator", PASSWORD)
    before = path.read_bytes()
    for wrong, why in (
        (lambda: accounts.add("li", "viewer", PASSWORD), "already"),
        (lambda: accounts.add("a b", "viewer", PASSWORD), "letters"),
        (lambda: accounts.add("zhou", "king", PASSWORD), "a role is one of viewer"),
        (lambda: accounts.add("zhou", "system", PASSWORD), "a role is one of"),
        (lambda: accounts.add("zhou", "viewer", "short"), "12 to 256"),
        (lambda: accounts.add("zhou", "viewer", PASSWORD, ["Dongcheng"]), "6, 9, 12 or 15"),
        (lambda: accounts.passwd("nobody", PASSWORD), "users list"),
        (lambda: accounts.end("nobody"), "users list"),
        (lambda: accounts.token("li", "x", ["everything"], 30), "a scope is one of"),
        (lambda: accounts.token("li", "x", ["read"], 4000), "1 to 400 days"),
        (lambda: accounts.end_token("li", "x"), "has no token"),
    ):
        with pytest.raises(InputError, match=why):
            wrong()
    assert path.read_bytes() == before


def test_without_a_file_in_the_settings_it_says_which_to_set() -> None:
    with pytest.raises(ConfigError, match="GRIDPULSE_USERS_FILE"):
        Accounts(Settings())
