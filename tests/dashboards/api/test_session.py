"""Login over the API: the cookie, who I am, lock-out, logout."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dashboards.access.gate import Gate
from dashboards.access.lockout import MOST_TOGETHER
from dashboards.access.sessions import COOKIE
from dashboards.common.city_index import CityIndex
from models.messages.commands import Role
from tests.dashboards.access.things import NOW_MS, PASSWORD, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.common.books import acknowledged, entry, warning, write
from tests.dashboards.web import WebClient

SESSION = "/api/v1/session"


@pytest.fixture
def locked(redis_url: str, city_index: CityIndex, tmp_path: Path) -> WebClient:
    """A server with users."""
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    return WebClient(server_of(context_of(redis_url, city_index, gate=gate)))


def login(user: str = "operator", password: str = PASSWORD) -> dict[str, str]:
    return {"user": user, "password": password}


def test_without_users_the_answer_says_so(client: WebClient) -> None:
    me = client.get(SESSION).json()
    assert (me["user"], me["role"], me["is_open"], me["csrf"]) == ("demo", "operator", True, "")
    problem(client.post(SESSION, json=login()), 404)
    problem(client.get(SESSION, headers={"X-Forwarded-For": "10.0.0.1"}), 403)


def test_a_login_gives_a_cookie_that_no_script_and_no_other_site_gets(locked: WebClient) -> None:
    problem(locked.get(SESSION), 401)
    answer = locked.post(SESSION, json=login())
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert answer.headers["cache-control"] == "no-store"
    value = cookie.partition(";")[0]
    me = locked.get(SESSION, headers={"Cookie": value}).json()
    assert (me["user"], me["role"], me["scopes"]) == (
        "operator",
        "operator",
        ["read", "command", "report"],
    )
    assert me["csrf"] == answer.json()["csrf"] != ""
    problem(locked.send("DELETE", SESSION, headers={"Cookie": value}), 403)
    gone = locked.send("DELETE", SESSION, headers={"Cookie": value, "X-CSRF-Token": me["csrf"]})
    assert gone.status_code == 204
    assert 'gridpulse_session="";' in gone.headers["set-cookie"]


def test_wrong_logins_are_told_alike_and_lock_out(locked: WebClient) -> None:
    tries = [login("nobody"), *[login(password="wrong password")] * 4]
    answers = [locked.post(SESSION, json=each) for each in tries]
    refused = [answer for answer in answers if answer.status_code == 401]
    assert len({answer.json()["detail"] for answer in refused}) == 1
    for _ in range(MOST_TOGETHER):
        last = locked.post(SESSION, json=login(password="wrong password"))
    assert "minutes" in problem(last, 429)["detail"]
    assert int(last.headers["retry-after"]) > 0
    problem(locked.post(SESSION, json=login()), 429)  # the right one too, or guessing went on


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{}", 422), (b'{"user": "x"', 422), (b"\xff", 422), (b'{"user":"","password":"x"}', 422),
     (b'{"user":"x","password":"y","role":"admin"}', 422)],
)  # fmt: skip
def test_a_login_that_is_none(locked: WebClient, body: bytes, status: int) -> None:
    problem(
        locked.post(SESSION, content=body, headers={"Content-Type": "application/json"}), status
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(locked.post(SESSION, content=b"user=x&password=y", headers=form), 415)


def test_each_sees_what_is_theirs(locked: WebClient, redis_url: str) -> None:
    mine, other = warning(0, area="110101002"), warning(1, area="110101001")
    whole = warning(2, area="110101")
    done = acknowledged(mine)
    told_of = msgspec.structs.replace(
        entry(done, "li"), role=Role.OPERATOR, text="Mrs Wang was told"
    )
    write(redis_url, mine, done, other, whole, told_of)
    problem(locked.get("/api/v1/warnings"), 401)

    def seen(role: Role) -> set[str]:
        items = locked.get("/api/v1/warnings", headers=bearer(role)).json()["items"]
        return {each["id"] for each in items}

    assert seen(Role.VIEWER) == {mine.id, other.id, whole.id}
    assert seen(Role.BUREAU) == {mine.id, whole.id}
    problem(locked.get(f"/api/v1/warnings/{other.id}", headers=bearer(Role.BUREAU)), 404)
    problem(locked.get(f"/api/v1/warnings/{other.id}/history", headers=bearer(Role.BUREAU)), 404)

    def told(role: Role) -> tuple[str, str]:
        path = f"/api/v1/warnings/{mine.id}/history"
        (item,) = locked.get(path, headers=bearer(role)).json()["items"]
        return item["actor"], item["text"]

    assert told(Role.OPERATOR) == ("li", "Mrs Wang was told")
    assert told(Role.VIEWER) == told(Role.BUREAU) == ("", "")
