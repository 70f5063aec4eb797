"""Who logged in and who was refused: taken down by the gate, listed for admins alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from dashboards.access.gate import Gate
from dashboards.access.lockout import MOST_TOGETHER
from dashboards.api.http.problems import Problem
from dashboards.common.city_index import CityIndex
from models.messages.access import AccessEntry, AccessEvent
from models.messages.commands import Role
from tests.dashboards.access.things import NOW_MS, PASSWORD, TOKENS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.common.books import write
from tests.dashboards.web import WebClient

ENTRIES = (
    AccessEntry(event=AccessEvent.LOGGED_IN, user="li", role=Role.OPERATOR, at_ms=NOW_MS),
    AccessEntry(
        event=AccessEvent.LOCKED, user="wang", address="10.0.0.7", times=8, at_ms=NOW_MS + 1
    ),
)
CALM = "/api/v1/access"


@pytest.fixture
def client(redis_url: str, city_index: CityIndex, tmp_path: Path) -> WebClient:
    write(redis_url, *ENTRIES)
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    return WebClient(server_of(context_of(redis_url, city_index, gate=gate)))


def test_an_admin_lists_logins_and_refusals_the_newest_first(client: WebClient) -> None:
    found = client.get(CALM, headers=bearer(Role.ADMIN)).json()["items"]
    assert [(each["event"], each["user"], each["times"]) for each in found] == [
        ("locked-out", "wang", 8),
        ("logged-in", "li", 1),
    ]
    one = client.get(f"{CALM}?event=logged-in", headers=bearer(Role.ADMIN)).json()["items"]
    assert [each["role"] for each in one] == ["operator"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.BUREAU, Role.COMMANDER])
def test_nobody_else_sees_who_logs_in(client: WebClient, role: Role) -> None:
    assert client.get(CALM, headers=bearer(role)).status_code == 403
    page = client.get("/part/operator-users/accounts", headers=bearer(role))
    assert "仅管理员可看" in page.text
    assert "wang" not in page.text


def test_the_page_shows_accounts_bounds_and_lock_outs_but_no_secret(client: WebClient) -> None:
    shown = client.get("/part/operator-users/accounts", headers=bearer(Role.ADMIN)).text
    for text in ("bureau", "commander", "wang", "10.0.0.7", "已锁定", "（8 次）"):
        assert text in shown
    assert "argon2" not in shown
    assert not any(token in shown for token in TOKENS.values())


def said_by(folder: Path, *passwords: str, name: str = "operator") -> list[AccessEntry]:
    """Log in several times from one address; gives what was taken down."""
    said: list[AccessEntry] = []
    gate = Gate(user_file(folder), lambda: NOW_MS, taken=said.append)
    for password in passwords:
        with suppress(Problem):
            gate.login(name, password, "10.0.0.7")
    return said


def test_logins_and_lock_outs_are_taken_down(tmp_path: Path) -> None:
    said = said_by(tmp_path, PASSWORD, *["wrong"] * MOST_TOGETHER, PASSWORD)
    events = [each.event for each in said]
    failed = [AccessEvent.FAILED] * (MOST_TOGETHER - 1)
    assert events == [AccessEvent.LOGGED_IN, *failed, AccessEvent.LOCKED, AccessEvent.LOCKED]
    assert {(each.user, each.address) for each in said} == {("operator", "10.0.0.7")}


def test_what_is_no_name_of_an_account_may_be_a_password_and_is_not_kept(tmp_path: Path) -> None:
    (entry,) = said_by(tmp_path, "", name=PASSWORD)
    assert (entry.event, entry.user) == (AccessEvent.FAILED, "")


def test_a_token_that_is_none_is_taken_down_and_one_that_holds_is_not(
    redis_url: str, city_index: CityIndex, tmp_path: Path
) -> None:
    said: list[AccessEntry] = []
    gate = Gate(user_file(tmp_path), lambda: NOW_MS, taken=said.append)
    asking = WebClient(server_of(context_of(redis_url, city_index, gate=gate)))
    assert asking.get("/api/v1/session", headers=bearer(Role.ADMIN)).status_code == 200
    assert said == []
    no_token = {"Authorization": "Bearer gpt_none"}
    assert asking.get("/api/v1/session", headers=no_token).status_code == 401
    assert {each.event for each in said} == {AccessEvent.TOKEN}
    assert "gpt_none" not in repr(said)
