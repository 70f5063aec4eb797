"""A new kind of feed is a folder: configuration, checks, topics, state and wall, and no edit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.loader import load
from config.settings import Settings
from models.feeds.kinds.contract import FeedKind, feed_kinds
from models.messages.topics import TOPICS
from tests.conftest import ROOT

GARAGES = """\
kind: parking
title: {zh: 停车场, en: Car parks}
owner: {zh: 交通科, en: Traffic office}
source: invented
expected_interval_s: 60
pane_s: 300
allowed_lateness_s: 60
lots:
  north: {places: 120}
  south: {places: 40}
"""
NOON_MS = 1_700_000_000_000


def city(folder: Path, garages: str = GARAGES) -> Path:
    shutil.copytree(ROOT / "config" / "city" / "example", folder / "city" / "example")
    (folder / "city" / "example" / "feeds" / "garages.yaml").write_text(garages, "utf-8")
    return folder


def line(folder: Path, rows: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.models.feeds.kinds.third.line", folder, json.dumps(rows)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_third_kind_needs_no_edit(tmp_path: Path) -> None:
    codes = load(Settings(city="example")).grid_at(_day()).codes.tolist()
    rows = [
        {"lot": "north", "free": 70, "ts": NOON_MS, "cell": str(codes[0])},
        {"lot": "south", "free": 41, "ts": NOON_MS, "cell": str(codes[-1])},  # of 40
        {"lot": "south", "free": 12, "ts": NOON_MS + 60_000, "cell": str(codes[-1])},
        {"lot": "north", "free": 69, "ts": NOON_MS + 120_000, "cell": str(codes[0])},
    ]
    done = line(city(tmp_path), rows)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"raw.garages", "parking-places"} <= set(found["topics"])
    assert found["documented"]
    assert found["dead"] == ["lot south has 41 free places"]
    assert found["figures"] == {"parking_in": 3, "parking_rejected": 1}
    assert found["headlines"]["free_places"] == 69 + 12
    assert found["headlines"]["open_cases"] is None
    assert "parking.free" in found["layers"]
    assert "garages" in found["feeds"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (GARAGES.replace("kind: parking", "kind: harbour"), "kind: expected one of "),
        (GARAGES.replace("places: 120", "places: 0"), "lots.north.places"),
        (GARAGES + "colour: red\n", "colour"),
        (GARAGES[: GARAGES.index("lots:")] + "lots: {}\n", "lots: expected at least one car park"),
    ],
)
def test_its_own_configuration_is_checked_with_file_and_line(
    tmp_path: Path, changed: str, said: str
) -> None:
    done = line(city(tmp_path, changed), [])
    assert done.returncode != 0
    assert "garages.yaml:" in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("name", feed_kinds())
def test_every_kind_fulfils_the_contract(name: str) -> None:
    kind = feed_kinds()[name]
    assert isinstance(kind, FeedKind)
    assert kind.name == name
    assert TOPICS[kind.topic].level == "street"
    assert set(kind.figures.values()) <= {"accepted", "rejected", "late", "duplicates"}
    assert "feed" in kind.sources
    assert set(kind.sends) <= set(TOPICS)


def test_nothing_imports_a_kind_by_its_name() -> None:
    named = [
        str(file.relative_to(ROOT))
        for package in ("config", "models", "streams", "dashboards", "ops")
        for file in (ROOT / package).rglob("*.py")
        if not file.is_relative_to(ROOT / "models" / "feeds" / "kinds")
        if any(
            f"models.feeds.kinds.{name}.kind" in file.read_text("utf-8") for name in feed_kinds()
        )
    ]
    assert named == []


def _day() -> date:
    return date(2023, 11, 14)
