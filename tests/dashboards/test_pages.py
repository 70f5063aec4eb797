"""The rooms: found by their place, each with its document, its language and its pushed state."""

from __future__ import annotations

import json
import re
import sys
import time
import types
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import rooms
from dashboards.app import create_app
from dashboards.common.city_index import CityIndex
from dashboards.common.pages import find_pages
from dashboards.common.push import GZIP_HEAD, UNSEEN, PageChannel, packed
from dashboards.common.source import SnapshotSource
from models.grid.grid import Grid
from tests.dashboards import factory
from tests.dashboards.web import WebClient

PATHS = ["/", "/bureau", "/command", "/operator"]


@pytest.fixture
def client(redis_url: str, city_index: CityIndex) -> WebClient:
    return WebClient(create_app(SnapshotSource.at(redis_url), city_index))


def test_the_four_rooms_are_found_in_their_order() -> None:
    found = [page.path for page in find_pages(rooms)]
    assert [path for path in found if path in PATHS] == PATHS


def package_of(folder: Path, name: str, source: str) -> types.ModuleType:
    (folder / name / "shop").mkdir(parents=True)
    for package in (folder / name, folder / name / "shop"):
        (package / "__init__.py").write_text("")
    (folder / name / "shop" / "page.py").write_text(source)
    module = types.ModuleType(name)
    module.__path__ = [str(folder / name)]
    sys.modules[name] = module
    return module


def test_a_page_without_a_declaration_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"shops1\.shop\.page has no PAGE"):
        find_pages(package_of(tmp_path, "shops1", ""))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "zh-CN"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de, zh;q=0.5, en;q=0.4", "zh-CN"),
        ("?lang=en", "zh-CN", "en"),
        ("?lang=zh", "en", "zh-CN"),
        ("?lang=en&more=1", "", "en"),
    ],
)
def test_a_document_is_in_the_language_that_was_asked_for(
    client: WebClient, path: str, query: str, accepted: str, language: str
) -> None:
    answer = client.get(path + query, headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


def loaded(client: WebClient, path: str) -> list[str]:
    text = client.get(path).text
    return re.findall(r'(?:src|href)="([^"]+\.(?:js|css)[^"]*)"', text)


def test_a_page_loads_what_its_theme_needs_and_nothing_else(client: WebClient) -> None:
    wall, office = " ".join(loaded(client, "/")), " ".join(loaded(client, "/bureau"))
    assert "assets/wall.css" in wall
    assert "assets/office.css" not in wall
    assert "dash_mantine_components" not in wall
    assert "assets/office.css" in office
    assert "assets/wall.css" not in office
    assert "dash_mantine_components" in office
    for text in (wall, office):
        assert "assets/tokens.css" in text
        assert "assets/alive.js" in text


def test_what_is_pushed_says_why_there_is_nothing_then_what_there_is(
    client: WebClient, redis_url: str, grid: Grid
) -> None:
    def pushed() -> dict[str, object]:
        text = client.get("/push/bureau?once").text
        assert text.startswith("data: {")
        assert text.endswith("}\n\n")
        told: dict[str, object] = json.loads(text.removeprefix("data: "))
        return told

    assert pushed()["trouble"] == "empty"
    now_ms = time.time_ns() // 1_000_000
    factory.write(redis_url, factory.snapshot(grid, 7, written_ms=now_ms))
    told = pushed()
    assert told["trouble"] is None
    assert told["snapshot"] == f"7:{now_ms}"
    shown = told["set"]
    assert isinstance(shown, dict)
    assert shown["now-time.html"] == "15:05:30"
    other = msgspec.structs.replace(factory.snapshot(grid, 8, written_ms=now_ms), grid="0" * 16)
    factory.write(redis_url, other)
    assert pushed()["trouble"] == "grid"


def test_a_page_that_is_none_has_no_channel(client: WebClient) -> None:
    assert client.get("/push/nowhere?once").status_code == 404
    assert client.send("POST", "/push/wall").status_code == 405


# --- the channel --------------------------------------------------------------------------------


def body(frame: bytes) -> dict[str, object]:
    told: dict[str, object] = json.loads(frame.removeprefix(b"data: "))
    return told


def test_a_follower_gets_what_changed_and_a_late_one_everything() -> None:
    channel = PageChannel()
    channel.advance({"a": 1}, {"x.n": 1, "y.n": "一"})
    first = channel.after(UNSEEN)
    assert first is not None
    number, frame = first
    assert body(frame.plain)["set"] == {"x.n": 1, "y.n": "一"}
    assert channel.after(number) is None
    channel.advance({"a": 2}, {"x.n": 2, "y.n": "一"})
    following = channel.after(number)
    assert following is not None
    assert body(following[1].plain) == {"n": 2, "a": 2, "set": {"x.n": 2}}
    channel.beat({"a": 3})
    late = channel.after(number)
    assert late is not None
    assert body(late[1].plain) == {"n": 3, "a": 3, "set": {"x.n": 2, "y.n": "一"}}


def test_one_state_is_encoded_once_for_all() -> None:
    channel = PageChannel()
    channel.advance({}, {"x.n": [1] * 100})
    assert channel.full() is channel.full()


@given(st.lists(st.binary(max_size=2_000), max_size=8))
def test_pieces_compressed_apart_are_one_stream(pieces: list[bytes]) -> None:
    stream = GZIP_HEAD + b"".join(map(packed, pieces))
    assert zlib.decompressobj(31).decompress(stream) == b"".join(pieces)


def test_values_that_are_no_components_are_refused() -> None:
    with pytest.raises(TypeError, match="cannot be sent to a page: set"):
        PageChannel().advance({}, {"x.n": {1}})
