"""The CAP feed over the API: the files as they were written, and nothing else of the disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from capvalidator import check_schema

from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from tests.dashboards.access.things import NOW_MS, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.web import WebClient
from tests.streams.sinks.test_cap import LIFE, messages, sent

FEED = "/api/v1/cap/feed.atom"


def test_the_feed_and_its_messages_are_served(
    redis_url: str, city_index: CityIndex, tmp_path: Path
) -> None:
    asyncio.run(sent(tmp_path, *LIFE))
    context = context_of(redis_url, city_index, cap_dir=tmp_path / "cap")
    client = WebClient(server_of(context))
    answer = client.get(FEED)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.content == (tmp_path / "cap" / "feed.atom").read_bytes()
    again = client.get(FEED, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    name = next((tmp_path / "cap").glob("*.xml")).name
    message = client.get(f"/api/v1/cap/{name}")
    assert message.content in messages(tmp_path)
    assert message.headers["content-type"].startswith("application/cap+xml")
    assert check_schema(message.content).passed
    problem(client.get("/api/v1/cap/11010100000000_20240101000000_9.xml"), 404)


@pytest.mark.parametrize("name", ["index.json", "..%2Findex.json", "x.xml", "%2e%2e/secret.xml"])
def test_no_other_file_is_served(
    redis_url: str, city_index: CityIndex, tmp_path: Path, name: str
) -> None:
    asyncio.run(sent(tmp_path, *LIFE[:1]))
    client = WebClient(server_of(context_of(redis_url, city_index, cap_dir=tmp_path / "cap")))
    assert client.get(f"/api/v1/cap/{name}").status_code in (404, 422)


def test_without_a_folder_there_is_no_feed(client: WebClient) -> None:
    assert "GRIDPULSE_CAP_DIR" in problem(client.get(FEED), 404)["detail"]


def test_whoever_is_not_logged_in_gets_no_feed(
    redis_url: str, city_index: CityIndex, tmp_path: Path
) -> None:
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    context = context_of(redis_url, city_index, gate=gate, cap_dir=tmp_path)
    problem(WebClient(server_of(context)).get(FEED), 401)
