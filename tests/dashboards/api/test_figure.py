"""The page of one number: what it means, what it is made of, its cases, and as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards.common.city_index import CityIndex
from models.archive.moments import moment_part
from models.timing.zone import zone_of
from ops.analysis.case_pages import CasePages
from ops.analysis.moments import ArchivedMoments
from streams.host.processor import Archive
from streams.sinks.archive_files import write_part
from tests.browser.screens import games
from tests.dashboards import factory
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_cases import EVENTS
from tests.dashboards.small_city import DAY
from tests.dashboards.web import WebClient
from tests.ops.analysis.test_case_history import write as write_archive

PART = "/part/figure/facts"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


@pytest.fixture(scope="module")
def dongcheng(catalog: Catalog) -> CityIndex:
    return CityIndex(catalog, catalog.grid_at, DAY, catalog.registry.departments)


@pytest.fixture
def client(redis_url: str, dongcheng: CityIndex, catalog: Catalog, tmp_path: Path) -> WebClient:
    grid = dongcheng.current.grid
    now = factory.snapshot(grid, events=[games(grid, catalog)])
    factory.write(redis_url, now)
    then = msgspec.structs.replace(
        now,
        clock_ms=factory.NOW_MS - 86_400_000,
        headlines=[msgspec.structs.replace(each, value=1234.0) for each in now.headlines],
    )
    part = moment_part(then, zone_of("Asia/Shanghai"))
    write_part(tmp_path, Archive(part.dataset, part.day, part.name, part.rows))
    write_archive(tmp_path, EVENTS)
    more: dict[str, Any] = {
        "cases": CasePages(Settings(archive_dir=tmp_path), catalog),
        "moments": ArchivedMoments(tmp_path, dongcheng.zone),
    }
    return WebClient(server_of(context_of(redis_url, dongcheng, **more)))


def told(client: WebClient, query: str) -> str:
    answer = client.get(f"{PART}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_share_says_what_it_is_made_of(client: WebClient) -> None:
    said = told(client, "of=headline.closed_of_filed")
    for needed in ("97.2", "3,350", "3,447", "近 30 天立案的案件中已结案的比例"):
        assert needed in said, needed


def test_a_count_opens_its_cases(client: WebClient) -> None:
    said = told(client, "of=headline.open_cases")
    assert "1,291" in said
    assert "C-3" in said
    assert "B/2" in said
    assert "A-1" not in said  # it is closed
    assert "件数可能与上面的数字不同" in said


def test_a_number_of_an_event_is_that_of_the_event(client: WebClient) -> None:
    said = told(client, "of=event.share&event=olympics-2008")
    assert "97.19 %" in said
    assert "3,350" in said
    assert "结案率＝结案数÷立案数" in said
    assert "97" in told(client, "of=event.open&event=olympics-2008")


def test_the_permanent_link_is_the_number_as_it_was(client: WebClient) -> None:
    assert quote("2010-04-16T15:05") in told(client, "of=headline.open_cases")
    past = told(client, "of=headline.open_cases&at=2010-04-15T15:06")
    assert "1,234" in past
    assert "这是 2010-04-15 15:05 的数字，不是现在的" in past
    assert "该时刻没有留存" in told(client, "of=headline.open_cases&at=2010-04-01T15:06")
    assert "该时刻没有留存" in told(client, "of=headline.open_cases&at=yesterday")


@pytest.mark.parametrize(
    "query", ["", "of=headline.moonlight", "of=event.open&event=picnic", "of=."]
)
def test_what_is_no_number_is_said(client: WebClient, query: str) -> None:
    assert "地址中没有可查的数字" in told(client, query)


def test_without_a_snapshot_a_number_is_unknown_and_not_zero(
    redis_url: str, dongcheng: CityIndex
) -> None:
    bare = WebClient(server_of(context_of(redis_url, dongcheng)))
    assert "不等于零" in told(bare, "of=headline.open_cases")
    factory.write(redis_url, factory.snapshot(dongcheng.current.grid))
    assert "没有案件档案" in told(bare, "of=headline.open_cases")
