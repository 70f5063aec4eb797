"""The page of one number: what it means, what it is made of, its cases, and as it was."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from config.catalog import Catalog
from config.loader import load
from config.settings import Settings
from dashboards.common.city_index import CityIndex
from dashboards.common.pages import PageContext
from dashboards.common.push import to_json
from dashboards.common.source import SnapshotSource
from dashboards.panels import counted_cases
from dashboards.rooms.figure import page
from models.archive.moments import moment_part
from models.events.fence import EventFence
from models.messages.case_events import CaseEvent, EventType
from models.situation.event_parts import EventFigures, EventNow, EventPhase
from models.timing.units import DAY_MS
from models.timing.zone import zone_of
from ops.analysis.case_pages import CasePages
from ops.analysis.moments import ArchivedMoments
from streams.host.processor import Archive
from streams.sinks.archive_files import write_part
from tests.browser.screens import games
from tests.dashboards import factory
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_cases import EVENTS, HOUR, event
from tests.dashboards.common.books import NOON_MS
from tests.dashboards.small_city import DAY
from tests.dashboards.web import WebClient
from tests.ops.analysis.test_case_history import write as write_archive

PART = "/part/figure/facts"
YESTERDAY_MS = factory.NOW_MS - DAY_MS


def on_the_day(events: list[CaseEvent]) -> list[CaseEvent]:
    """Shift cases of noon to the six hours before the newest snapshot."""
    shift_ms = factory.NOW_MS - NOON_MS - 6 * HOUR
    return [msgspec.structs.replace(one, ts_ms=one.ts_ms + shift_ms) for one in events]


def keep(archive: Path, clock_ms: int, value: float) -> None:
    """Keep a moment in the archive whose headlines all have one value."""
    now = factory.snapshot(load(Settings()).grid_at(DAY))
    headlines = [msgspec.structs.replace(each, value=value) for each in now.headlines]
    then = msgspec.structs.replace(now, clock_ms=clock_ms, headlines=headlines)
    part = moment_part(then, zone_of("Asia/Shanghai"))
    write_part(archive, Archive(part.dataset, part.day, part.name, part.rows))


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
    keep(tmp_path, YESTERDAY_MS, value=1234.0)
    write_archive(tmp_path, on_the_day(EVENTS))
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


def test_the_permanent_link_is_the_number_that_was_kept(client: WebClient, tmp_path: Path) -> None:
    assert "没有留存，没有固定链接" in told(client, "of=headline.open_cases")
    keep(tmp_path, factory.NOW_MS - 290_750, value=5678.0)
    said = told(client, "of=headline.open_cases")
    assert "1,291" in said
    assert "固定链接（2010-04-16 15:00:39 留存的数字）" in said
    at = quote("2010-04-16T15:00:39.250+08:00", safe="")
    assert at in said
    assert "5,678" in told(client, f"of=headline.open_cases&at={at}")
    past = told(client, "of=headline.open_cases&at=2010-04-15T15:06")
    assert "1,234" in past
    assert "这是 2010-04-15 15:05:30 的数字，不是现在的" in past
    assert quote("2010-04-15T15:05:30.000+08:00", safe="") in past
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


def test_a_past_number_lists_the_cases_as_they_stood(client: WebClient, tmp_path: Path) -> None:
    then_h = (YESTERDAY_MS - NOON_MS) / HOUR
    told_then = [
        event("open-then", EventType.REPORTED, then_h - 3),
        event("open-then", EventType.CLOSED, then_h + 2),
        event("closed-then", EventType.REPORTED, then_h - 3),
        event("closed-then", EventType.CLOSED, then_h - 1),
        event("late-then", EventType.REPORTED, then_h - 24 * 60),
    ]
    write_archive(tmp_path, told_then)
    past = told(client, "of=headline.open_cases&at=2010-04-15T15:06")
    assert "open-then" in past and "late-then" in past
    assert "closed-then" not in past
    assert "C-3" not in past  # it began after that moment
    assert past.count("超时") == 1  # of the late one alone
    assert "案件按当时的状态列出" in past
    filed = told(client, "of=headline.filed_today&at=2010-04-15T15:06")
    assert "open-then" in filed and "closed-then" in filed
    assert "C-3" not in filed and "late-then" not in filed
    now = told(client, "of=headline.open_cases")
    assert "open-then" not in now and "C-3" in now


class EventDesk:
    """The page of a number of the games at a time of theirs, with an archive of cases."""

    def __init__(self, redis_url: str, city: CityIndex, catalog: Catalog, archive: Path) -> None:
        self.fence = EventFence(catalog.events["olympics-2008"], zone_of("Asia/Shanghai"))
        self.place = self.fence.places_at(self.fence.begins_ms)[0].points[0]
        self._url, self._city = redis_url, city
        self._base = games(city.current.grid, catalog)
        cases = CasePages(Settings(archive_dir=archive), catalog)
        self.client = WebClient(server_of(context_of(redis_url, city, cases=cases)))
        self.archive = archive
        self._version = 0

    def write(self, cases: dict[str, int], kind: EventType = EventType.REPORTED) -> None:
        """Tell a step of cases inside the games at times."""
        (lon, lat), more = self.place, {"cell": "", "category": "E0102"}
        steps = [
            event(case, kind, (at_ms - NOON_MS) / HOUR, lon=lon, lat=lat, **more)
            for case, at_ms in cases.items()
        ]
        write_archive(self.archive, steps)

    def told(self, name: str, clock_ms: int, phase: EventPhase, **changes: EventFigures) -> str:
        """Show a number at a time."""
        now: EventNow = msgspec.structs.replace(self._base, phase=phase, **changes)
        self._version += 1
        grid = self._city.current.grid
        snapshot = factory.snapshot(grid, self._version, events=[now], clock_ms=clock_ms)
        factory.write(self._url, snapshot)
        return told(self.client, f"of=event.{name}&event=olympics-2008")


@pytest.fixture
def desk(redis_url: str, dongcheng: CityIndex, catalog: Catalog, tmp_path: Path) -> EventDesk:
    return EventDesk(redis_url, dongcheng, catalog, tmp_path)


def test_a_number_of_a_rehearsal_lists_the_cases_of_the_exercise(desk: EventDesk) -> None:
    exercise, live = desk.fence.phases[0].begins_ms, desk.fence.phases[1].begins_ms
    desk.write({"drill-1": exercise + HOUR, "real-1": live + HOUR})
    at_drill = desk.told(
        "filed", exercise + DAY_MS, "rehearsal", exercise=EventFigures(filed=1, open=1)
    )
    assert "drill-1" in at_drill and "real-1" not in at_drill
    at_games = desk.told("filed", live + DAY_MS, "live")
    assert "real-1" in at_games and "drill-1" not in at_games


def test_overdue_cases_are_found_behind_a_thousand_newer_ones(desk: EventDesk) -> None:
    live = desk.fence.phases[1].begins_ms
    clock_ms = live + 40 * DAY_MS
    desk.write({f"old-{number}": live + number * HOUR for number in range(3)})
    desk.write({f"new-{number}": clock_ms - 60_000 for number in range(1_050)})
    said = desk.told("overdue", clock_ms, "live")
    assert all(f"old-{number}" in said for number in range(3))
    assert "new-" not in said
    assert "只列最" not in said  # these are all


def test_cases_that_were_not_all_looked_at_are_unknown_and_not_none(
    desk: EventDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted_cases, "READ", 5)
    live = desk.fence.phases[1].begins_ms
    desk.write({f"new-{number}": live + HOUR for number in range(5 * counted_cases.PAGES + 1)})
    said = desk.told("overdue", live + HOUR, "live")
    assert "查看的 25 件中没有；其余未查，不能说没有" in said
    assert "没有案件" not in said


def test_a_page_of_one_number_does_not_read_the_archive_every_second(dongcheng: CityIndex) -> None:
    source = SnapshotSource.at("redis://nowhere.invalid")  # the page is laid out before any
    laid_out = page.PAGE.layout(PageContext(source=source, city_index=dongcheng))
    every = re.findall(r'"data-every":"(\d+)"', to_json(laid_out))
    assert every == [str(page.EVERY_S)]
    assert page.EVERY_S >= 15
