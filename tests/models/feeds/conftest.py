"""A small made-up city of two streets, and feeds of it, for the tests of ingest."""

from __future__ import annotations

from typing import Any

import pytest

from config.catalog import Category, Clock, Feed, Metric
from models.feeds.intake import Intake
from models.feeds.place import Gazetteer
from models.feeds.seen import MemorySeen
from tests.models.feeds.town import make_grid

TITLE = {"zh": "测试", "en": "test"}


def make_feed(kind: str, **changes: Any) -> Feed:
    pm10 = Metric(title=TITLE, unit="µg/m³", resolution=0.1, low=-5, high=2000)
    noise = Metric(title=TITLE, unit="dB", resolution=1, low=0, high=140)
    values: dict[str, Any] = {
        "name": "dust" if kind == "readings" else "cases",
        "kind": kind,
        "title": TITLE,
        "owner": TITLE,
        "source": "made up",
        "expected_interval_s": 10,
        "pane_s": 60,
        "allowed_lateness_s": 120,
        "clock": Clock(future_s=600, past_s=86400),
    }
    if kind == "readings":
        values["metrics"] = {"pm10": pm10, "noise": noise}
    else:
        values["categories"] = {"010101": Category(code="010101", title=TITLE)}
    return Feed(**(values | changes))


@pytest.fixture
def gazetteer() -> Gazetteer:
    return Gazetteer([(0, make_grid())])


@pytest.fixture
def dust(gazetteer: Gazetteer) -> Intake:
    return Intake(make_feed("readings"), gazetteer, MemorySeen(), partition=1, partitions=2)


@pytest.fixture
def cases(gazetteer: Gazetteer) -> Intake:
    return Intake(make_feed("cases"), gazetteer, MemorySeen(), partition=0, partitions=1)
