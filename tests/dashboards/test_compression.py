"""Answers are compressed where a browser takes it, and are the same behind it."""

from __future__ import annotations

import re

import pytest

from dashboards.app import create_app
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource
from tests.dashboards.web import WebClient


@pytest.fixture(scope="module")
def client(city_index: CityIndex) -> WebClient:
    return WebClient(create_app(SnapshotSource.at("redis://127.0.0.1:1/0"), city_index))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_the_best_coding_that_is_taken_is_used(
    client: WebClient, accepted: str, coding: str | None
) -> None:
    plain = client.get("/assets/wall.css", headers={"Accept-Encoding": "identity"})
    answer = client.get("/assets/wall.css", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert answer.text == plain.text
    if coding:
        assert int(answer.headers["content-length"]) < len(plain.content) / 3
        assert "Accept-Encoding" in answer.headers["vary"]


def test_small_answers_and_refusals_stay_as_they_are(client: WebClient) -> None:
    for path in ("/live", "/nowhere"):
        assert "content-encoding" not in client.get(path).headers


def test_all_that_the_wall_loads_is_less_than_half_a_megabyte(client: WebClient) -> None:
    page = client.get("/").text
    addresses = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    taken = {"Accept-Encoding": "br"}
    sizes = {path: client.get(path, headers=taken).headers["content-length"] for path in addresses}
    assert len(sizes) > 10
    assert sum(map(int, sizes.values())) < 500_000
