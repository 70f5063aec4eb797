"""`docs/tutorial-new-panel.md`, followed to the letter."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pytest

from dashboards import rooms
from dashboards.app import create_app
from dashboards.common import messages
from dashboards.common.city_index import CityIndex
from dashboards.common.source import SnapshotSource
from models.grid.grid import Grid
from tests.conftest import ROOT
from tests.dashboards import factory
from tests.dashboards.web import WebClient

TUTORIAL = (ROOT / "docs" / "tutorial-new-panel.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"`((?:dashboards|rooms)/[\w/]+\.(?:py|yaml))`(?:(?!```).)*?\n\n```\w+\n(.*?)```", re.S
)


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the tutorial in a folder of their own, and the words it adds."""
    blocks = dict(BLOCK.findall(TUTORIAL))
    assert len(blocks) == 3
    for name, text in blocks.items():
        if name.endswith(".py"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        else:
            words = tmp_path / "messages.yaml"
            known = (ROOT / name).read_text(encoding="utf-8")
            words.write_text(known + text, encoding="utf-8")
            monkeypatch.setattr(messages, "_FILE", words)
    monkeypatch.setattr(rooms, "__path__", [*rooms.__path__, str(tmp_path / "rooms")])
    for name in ("dashboards.rooms.pulse", "dashboards.rooms.pulse.page"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    messages.catalogue.cache_clear()


@pytest.mark.usefixtures("followed")
def test_the_page_of_the_tutorial_is_found_and_shows_each_feed(
    redis_url: str, city_index: CityIndex, grid: Grid
) -> None:
    try:
        client = WebClient(create_app(SnapshotSource.at(redis_url), city_index))
        assert "<title>Pulse</title>" in client.get("/pulse?lang=en").text
        now_ms = time.time_ns() // 1_000_000
        factory.write(redis_url, factory.snapshot(grid, 3, written_ms=now_ms))
        told = json.loads(client.get("/push/pulse?once").text.removeprefix("data: "))
        shown = told["set"]["pulse-feeds.html"]
        assert shown.count("<li>") == len(factory.feeds(now_ms))
        assert "工地扬尘：每秒 4,123.4 条" in shown
        assert "Construction dust: 4,123.4 a second" in shown
    finally:
        messages.catalogue.cache_clear()
