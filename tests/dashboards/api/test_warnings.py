"""Warnings over the API: pages, filters, one, its history, and how far they may be believed."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Response

from dashboards.api.http.doors import LARGEST_BODY
from dashboards.common.city_index import CityIndex
from models.messages.warnings import Level, LifeState
from ops.processes.ports import free_port
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.common.books import NOON_MS, acknowledged, entry, warning, write
from tests.dashboards.web import WebClient

WARNINGS = "/api/v1/warnings"


def ids(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"].rpartition(".")[2] for each in answer.json()["items"]]


def problem(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"] and body["detail"]
    return body


def test_nothing_yet_stale_and_no_redis_are_told_apart(
    client: WebClient, redis_url: str, city_index: CityIndex
) -> None:
    assert client.get(WARNINGS).json() == {"items": [], "next": None, "state": "empty"}
    write(redis_url, warning(0), written_ms=NOON_MS - 60_000)
    found = client.get(WARNINGS)
    assert (ids(found), found.json()["state"]) == (["0"], "stale")
    write(redis_url)
    assert client.get(WARNINGS).json()["state"] == "fresh"
    away = context_of(f"redis://127.0.0.1:{free_port()}/0", city_index)
    answer = WebClient(server_of(away)).get(WARNINGS)
    assert "Redis" in problem(answer, 503)["detail"]
    assert answer.headers["retry-after"]


def test_pages_and_filters(client: WebClient, redis_url: str) -> None:
    write(
        redis_url,
        acknowledged(warning(0)),
        warning(1, level=Level.RED),
        warning(2, area="110101002"),
        warning(3, state=LifeState.NORMAL),
    )
    first = client.get(WARNINGS, params={"limit": 3})
    assert ids(first) == ["3", "2", "1"]
    cursor = first.json()["next"]
    second = client.get(WARNINGS, params={"limit": 3, "after": cursor})
    assert (ids(second), second.json()["next"]) == (["0"], None)
    for query, expected in (
        ("level=red&level=orange", ["1"]),
        ("open=true&order=worst", ["1", "0", "2"]),
        ("state=acknowledged", ["0"]),
        ("area=110101002", ["2"]),
        ("since=2014-04-16T12:02:00%2B08:00", ["3", "2"]),
        ("until=2014-04-16T04:01:00Z", ["0"]),
        ("rule=dust-local&rule=other&limit=1", ["3"]),
    ):
        assert ids(client.get(f"{WARNINGS}?{query}")) == expected


@pytest.mark.parametrize(
    "query",
    ["level=purple", "limit=0", "limit=10001", "area=dust", "since=yesterday", "levels=red",
     "since=0", "until=1397620800",
     "since=2014-04-16T12:00:00", "order=best", "open=perhaps"],
)  # fmt: skip
def test_a_question_that_is_none_is_answered_with_what_is_wrong(
    client: WebClient, query: str
) -> None:
    detail = problem(client.get(f"{WARNINGS}?{query}"), 422)["detail"]
    assert query.partition("=")[0] in detail


@pytest.mark.parametrize("cursor", ["zzz", "WyJhIl0", "é", "A" * 1000])
def test_a_page_that_is_none_is_not_found(client: WebClient, cursor: str) -> None:
    problem(client.get(WARNINGS, params={"after": cursor}), 404)


def test_one_warning_and_what_was_done(client: WebClient, redis_url: str) -> None:
    first = warning()
    second = acknowledged(first)
    write(redis_url, first, entry(first), second, entry(second, "li"))
    one = client.get(f"{WARNINGS}/{first.id}")
    assert (one.json()["revision"], one.json()["state"]) == (1, "acknowledged")
    history = client.get(f"{WARNINGS}/{first.id}/history").json()["items"]
    assert [(each["revision"], each["actor"]) for each in history] == [(0, "rule"), (1, "li")]
    for path in ("/nothing", "/nothing/history"):
        assert "nothing" in problem(client.get(WARNINGS + path), 404)["detail"]


def test_what_the_asker_has_is_not_sent_again(client: WebClient, redis_url: str) -> None:
    write(redis_url, warning())
    answer = client.get(WARNINGS)
    tag = answer.headers["etag"]
    again = client.get(WARNINGS, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    write(redis_url, acknowledged(warning()))
    assert client.get(WARNINGS, headers={"If-None-Match": tag}).status_code == 200


def test_the_schema_says_what_there_is(client: WebClient) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"CityWarning", "AuditEntry", "ProblemBody"} <= set(schema["components"]["schemas"])
    route = schema["paths"][WARNINGS]["get"]
    assert {each["name"] for each in route["parameters"]} >= {"level", "area", "since", "after"}
    assert "HTTPValidationError" not in str(schema)


def test_what_is_none_of_the_api_is_a_problem_too(client: WebClient) -> None:
    problem(client.get("/api/v1/nothing"), 404)
    problem(client.get("/api/v1/docs"), 404)
    problem(client.send("DELETE", WARNINGS), 405)
    assert client.get("/api").status_code == 404
    assert client.get("/").status_code == 200


def test_no_page_elsewhere_may_ask(client: WebClient, redis_url: str) -> None:
    write(redis_url)
    answer = client.get(WARNINGS, headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    foreign = [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    for headers in foreign:
        problem(client.post(WARNINGS, headers=headers), 403)
    problem(client.post(WARNINGS, headers={"Origin": "http://127.0.0.1:8050"}), 405)
    assert client.get(WARNINGS, headers={"Host": "evil.example"}).status_code == 400


def test_a_body_has_a_bound(client: WebClient) -> None:
    problem(client.post(WARNINGS, content=b"x" * (LARGEST_BODY + 1)), 413)
