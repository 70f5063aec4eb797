"""With users, no page is seen without a login; the form works without a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboards.access.callers import Scope
from dashboards.access.gate import Gate
from dashboards.access.users import Token, digest_of
from dashboards.common.city_index import CityIndex
from models.messages.commands import Role
from ops.processes.ports import free_port
from tests.dashboards.access.things import NOW_MS, PASSWORD, TOKENS, changed, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.web import WebClient

CALLBACK = "/_dash-update-component"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def client_of(gate: Gate, city_index: CityIndex) -> WebClient:
    url = f"redis://127.0.0.1:{free_port()}/0"
    return WebClient(server_of(context_of(url, city_index, gate=gate)))


@pytest.fixture
def locked(city_index: CityIndex, tmp_path: Path) -> WebClient:
    return client_of(Gate(user_file(tmp_path), lambda: NOW_MS), city_index)


def test_without_a_session_there_is_only_the_login(locked: WebClient) -> None:
    answer = locked.get("/operator", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    for path in (
        "/",
        "/push/wall",
        "/_dash-layout",
        "/_dash-dependencies",
        "/_dash-component-suites/x.js",
    ):
        assert locked.get(path).status_code == 401
    assert locked.post(CALLBACK, json={}).status_code == 401
    assert locked.get("/live").status_code == 200
    form = locked.get("/login")
    assert form.status_code == 200
    assert "form-action 'self'" in form.headers["content-security-policy"]
    assert "<script" not in form.text
    assert "style-src 'sha256-" in form.headers["content-security-policy"]
    assert locked.send("DELETE", "/login").status_code == 405


def test_who_logs_in_sees_the_pages(locked: WebClient) -> None:
    wrong = locked.post("/login", content="user=viewer&password=nothing", headers=FORM)
    assert wrong.status_code == 401
    assert "密码不对" in wrong.text
    body = {"user": "viewer", "password": PASSWORD}
    done = locked.post("/login", data=body)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"].partition(";")[0]
    assert locked.get("/", headers={"Cookie": cookie}).status_code == 200
    assert locked.get("/", headers={"Cookie": cookie + "x"}).status_code == 401


def test_a_form_of_another_site_and_a_huge_one_are_refused(locked: WebClient) -> None:
    body = {"user": "viewer", "password": PASSWORD}
    foreign = locked.post("/login", data=body, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    site = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    assert locked.post("/login", data=body, headers=site).status_code == 403
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}  # as Chromium sends a form
    assert locked.post("/login", data=body, headers=own).status_code == 303
    huge = locked.post("/login", data=body | {"more": "x" * 5_000})
    assert huge.status_code == 401
    assert locked.post("/login", content=b"\xff\xfe=%ff&&&==", headers=FORM).status_code == 401


def test_where_nobody_logs_in_the_page_says_so(city_index: CityIndex) -> None:
    demo = client_of(Gate(None, lambda: NOW_MS, "demo"), city_index)
    assert "演示" in str(demo.get("/_dash-layout").json())
    up = client_of(Gate(None, lambda: NOW_MS), city_index)
    assert "仅限本机" in str(up.get("/_dash-layout").json())
    assert up.get("/login").status_code == 404


def test_where_one_logs_in_the_page_says_nothing_of_it(locked: WebClient) -> None:
    done = locked.post("/login", data={"user": "viewer", "password": PASSWORD})
    cookie = done.headers["set-cookie"].partition(";")[0]
    text = locked.get("/_dash-layout", headers={"Cookie": cookie}).json()
    assert "仅限本机" not in str(text)


def test_a_wall_opens_with_a_read_only_token_and_keeps_it(
    city_index: CityIndex, tmp_path: Path
) -> None:
    file = user_file(tmp_path)
    made = Token(
        name="wall", digest=digest_of("gp_wall"), scopes=[Scope.READ], until_ms=NOW_MS + 10
    )
    both = [*file.read().users["viewer"].tokens, made]
    changed(file, "viewer", tokens=both)
    locked = client_of(Gate(file, lambda: NOW_MS), city_index)
    done = locked.get("/?token=gp_wall&lang=en", headers=BROWSER)
    assert (done.status_code, done.headers["location"]) == (303, "/?lang=en")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    assert locked.get("/", headers=kept).status_code == 200
    refused = locked.post("/api/v1/warnings/w/commands", headers=kept, json={})
    assert refused.status_code == 403  # it only reads
    elsewhere = locked.get("http://127.0.0.1:8050//elsewhere/?token=gp_wall")
    assert elsewhere.headers["location"] == "/elsewhere/"  # not another server
    for wrong in ("gp_none", TOKENS[Role.VIEWER], ""):  # the second may do more than read
        answer = locked.get(f"/?token={wrong}", headers=BROWSER)
        assert answer.status_code == 403 and "set-cookie" not in answer.headers
    later = client_of(Gate(file, lambda: NOW_MS + 11), city_index)
    assert later.get("/", headers=kept | BROWSER).headers["location"] == "/login"
