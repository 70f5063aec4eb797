"""The questions of a bureau's officer and of a commander: each is one test, named by its question.

One wall, one archive of invented dust, one page a test.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from config.loader import load
from config.settings import Settings
from dashboards.access.gate import Gate
from dashboards.api.subscriptions import SubscriptionBody
from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from models.messages.commands import Role
from models.situation.snapshot import Snapshot
from ops.events.close_out import close_out_of
from tests.browser.conftest import HD, Screen, Wall, a_screen, note_warnings
from tests.browser.screens import games
from tests.browser.test_rooms import PHONE, SIDEWAYS, SMALL
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_handovers import HandoverLine, game_cases
from tests.dashboards.dust_archive import invented_archive
from tests.dashboards.small_city import DAY
from tests.dashboards.web import served
from tests.ops.analysis.test_case_history import write as write_cases

pytestmark = pytest.mark.browser

READY = "#bureau-history .history-asked"


@pytest.fixture(scope="module")
def cells(shared_wall: Wall) -> list[str]:
    return invented_archive(shared_wall.archive, load(Settings()), shared_wall.grid)


@pytest.fixture
def desk(wall: Wall, browser: Browser, busy: Snapshot, cells: list[str]) -> Iterator[Screen]:
    with wall.writing(busy), a_screen(browser, HD) as screen:
        yield screen


def saved(page: Page, press: str, folder: Path) -> Path:
    """Press what gives a file, and give the file under the name that it suggests."""
    with page.expect_download() as waiting:
        page.click(press)
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_can_i_compare_stations(desk: Screen, wall: Wall, cells: list[str]) -> None:
    page = desk.page
    desk.open(f"{wall.url}/bureau?lang=en")
    page.wait_for_selector(READY)
    page.click("summary:has-text('Choose places')")
    stations = page.locator("[data-name='place'] button")
    for place in (1, 2, 3, 4):  # the fifth is one too many
        stations.nth(place).click()
    page.click("[data-name='range'] button[data-value='7d']")
    page.wait_for_selector(".place-table thead th:nth-child(5)")
    assert page.locator(".place-table thead th").count() == 5
    assert page.locator("[data-name='place'] [aria-pressed='true']").count() == 4
    assert re.search(f"range=7d.*place={cells[0]}.*place={cells[3]}", page.url)
    known = page.locator(".place-table tbody tr").last.inner_text().split("\t")[1:]
    assert [each.rpartition("/")[2].strip() for each in known] == ["168"] * 4
    assert desk.complaints == []


def test_can_i_export_the_evidence(
    desk: Screen, wall: Wall, cells: list[str], tmp_path: Path
) -> None:
    page = desk.page
    desk.open(f"{wall.url}/bureau?lang=zh&metric=pm10&place={cells[0]}")
    page.wait_for_selector(f"{READY}:has-text('PM10')")
    asked = page.locator(READY).inner_text()
    pdf = saved(page, "a:has-text('PDF')", tmp_path)
    png = saved(page, "button:has-text('PNG')", tmp_path)
    assert pdf.read_bytes().startswith(b"%PDF")
    with Image.open(png) as picture:
        assert picture.width == 2 * (900 + 2 * 16)
        assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 50
    name = f"dust-pm10-{cells[0]}-20100415T16-20100416T16"
    assert (pdf.name, png.name) == (f"{name}.pdf", f"{name}.png")
    page.goto(wall.url + str(page.get_attribute("#history-link", "href")))
    page.wait_for_selector(READY)
    assert page.locator(READY).inner_text() == asked


def test_can_i_have_the_numbers_as_csv(
    desk: Screen, wall: Wall, cells: list[str], tmp_path: Path
) -> None:
    page = desk.page
    desk.open(f"{wall.url}/bureau?lang=zh&range=7d&place={cells[1]}")
    page.wait_for_selector(f"{READY}:has-text('04-09 16:00')")
    text = saved(page, "a:has-text('CSV 小时值')", tmp_path).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 7 * 24
    page.click("summary:has-text('数值表')")
    first = page.locator(".history-rows tbody tr").first.inner_text().split("\t")
    day = [
        float(row["mean"]) for row in rows if row["start"].startswith("2010-04-09") and row["mean"]
    ]
    assert first[:2] == ["2010-04-09", f"{sum(day) / len(day):.1f}"]
    assert rows[0]["query"].startswith("/bureau?metric=coarse&range=own&since=2010-04-09T16%3A00")


def test_can_i_use_it_on_a_phone(
    wall: Wall, browser: Browser, busy: Snapshot, cells: list[str]
) -> None:
    with wall.writing(busy), a_screen(browser, PHONE) as screen:
        page = screen.page
        screen.open(f"{wall.url}/bureau?lang=zh&place={cells[0]}&place={cells[1]}")
        page.wait_for_selector(READY)
        page.locator("[data-name='range'] button[data-value='own']").press("Enter")
        page.fill("#history-since", "2010-04-14T00:00")
        page.fill("#history-until", "2010-04-15T00:00")
        for language, title in (("zh", "有数据小时"), ("en", "Hours with data")):
            page.wait_for_selector(f"{READY}:has-text('2010-04-15 00:00')")
            page.wait_for_selector(f".place-table:has-text('{title}')")
            drawn = page.locator(".history-picture img").evaluate("(el) => el.currentSrc")
            assert "358" in drawn[:900]  # the picture for narrow screens
            assert page.evaluate(SIDEWAYS) == 0, language
            assert page.evaluate(SMALL) == [], language
            page.click("#language")
        assert screen.complaints == []


@pytest.fixture(scope="module")
def command(
    shared_wall: Wall, browser: Browser, games_day: Snapshot, games_archive: int
) -> Iterator[Screen]:
    """The command's page, opened once: with its event, and some warnings in the book."""
    assert games_archive
    note_warnings(shared_wall, games_day)
    with shared_wall.writing(games_day), a_screen(browser, HD) as screen:
        screen.open(f"{shared_wall.url}/command?lang=zh")
        screen.page.wait_for_selector(".event")
        yield screen


@pytest.fixture(scope="module")
def games_day(busy: Snapshot, city_grid: Grid) -> Snapshot:
    return msgspec.structs.replace(busy, events=[games(city_grid, load(Settings()))])


def test_which_objects_are_protected_and_how_do_they_stand(command: Screen) -> None:
    page = command.page
    page.click("summary:has-text('活动对象 41 个')")
    rows = page.locator(".event details tbody tr")
    rows.first.wait_for()
    assert rows.count() == 41
    cells = [each.split("\t") for each in rows.all_inner_texts()]
    assert all(len(each) == 6 and each[3] == "80" for each in cells)
    assert sum(int(each[5]) for each in cells) == 6


def test_which_cases_carry_the_tag_of_the_event(command: Screen, games_day: Snapshot) -> None:
    (event,) = games_day.events
    page = command.page
    assert page.locator(".event .tag").inner_text() == event.tag
    tiles = page.locator(".event .tile-figure").all_inner_texts()
    assert tiles == ["3,447", "3,350", "97", "6", "97.19 %"]
    shown = page.locator(".event-cases tbody th").all_inner_texts()
    assert shown == [each.case for each in event.watched]


def test_how_long_until_the_next_phase(command: Screen) -> None:
    assert "20 天" in command.page.locator(".event .countdown").inner_text()


def test_who_has_acknowledged(command: Screen, games_day: Snapshot) -> None:
    page, warned = command.page, games_day.warnings[0].id
    row = page.locator(f".ag-center-cols-container .ag-row[row-id='{warned}']")
    row.wait_for()
    assert re.search(r"值班员 2010-04-16 \d\d:\d\d 已确认", row.inner_text().replace("\n", " "))


def test_who_handed_over_to_whom(
    wall: Wall, browser: Browser, games_day: Snapshot, tmp_path: Path
) -> None:
    """Two people at two screens; behind the page decides what decides behind Kafka."""
    catalog = load(Settings())
    line = HandoverLine(wall.redis_url, catalog.events)
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    city = CityIndex(catalog, catalog.grid_at, DAY)
    more: dict[str, Any] = {"gate": gate, "ask_handover": line.ask}
    app = server_of(context_of(wall.redis_url, city, **more))
    with wall.writing(games_day), served(app) as port, ThreadPoolExecutor(1) as beside:
        address = f"http://127.0.0.1:{port}/command?lang=zh#handover"

        def at_the_desk(role: Role) -> Page:
            page = browser.new_context(locale="zh-CN", extra_http_headers=bearer(role)).new_page()
            page.goto(address)
            return page

        goes = at_the_desk(Role.OPERATOR)
        goes.fill("#handover-note", "两件未结，注意大风")
        goes.click("button:has-text('交班：')")
        goes.wait_for_selector("text=交班记录已写入")
        beside.submit(line.settle).result()
        goes.click(".handover.is-unsigned button")
        goes.wait_for_selector("text=交班人与接班人须为两人")
        comes = at_the_desk(Role.COMMANDER)
        comes.wait_for_selector(".handover:has-text('两件未结，注意大风')")
        comes.click(".handover.is-unsigned button")
        comes.wait_for_selector("text=已签收，交接班完成")
        beside.submit(line.settle).result()
        goes.wait_for_selector(".handover:not(.is-unsigned)")
        told = goes.locator(".handover").inner_text()
        assert re.search("交班：.*值班员 operator", told)
        assert re.search(r"接班：.*指挥长 commander \d\d:\d\d", told)
        for page in (goes, comes):
            page.context.close()


def test_what_did_the_event_come_to(
    wall: Wall, command: Screen, tmp_path: Path, games_archive: int
) -> None:
    page = command.page
    page.wait_for_selector(f".close-out summary:has-text('{games_archive}')")
    share = page.locator(".close-out tr:has-text('结案率') summary")
    share.click()
    numbers = [
        int(each)
        for each in re.findall(
            r"\d+", page.locator(".close-out tr:has-text('结案率') p").nth(1).inner_text()
        )
    ]
    assert share.inner_text() == f"{100 * numbers[0] / numbers[1]:.2f} %"
    assert numbers[1] == games_archive
    report = saved(page, ".close-out a:has-text('PDF')", tmp_path)
    assert report.read_bytes().startswith(b"%PDF")
    address = str(page.get_attribute(".close-out a:has-text('HTML')", "href"))
    assert "北京奥运会" in page.request.get(wall.url + address).text()


@pytest.fixture(scope="module")
def games_archive(shared_wall: Wall) -> Iterator[int]:
    """Number of filed cases of some days of the event, for this file alone."""
    cases = game_cases(load(Settings()))
    write_cases(shared_wall.archive, cases)
    found = close_out_of(
        Settings(archive_dir=shared_wall.archive), load(Settings()), "olympics-2008"
    )
    yield found.found.live.filed
    shutil.rmtree(shared_wall.archive / "cases", ignore_errors=True)


def test_can_i_be_mailed_of_two_streets_above_yellow(
    wall: Wall, browser: Browser, busy: Snapshot
) -> None:
    """The form against answers of the API; what it sends is what the API takes."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def take(route: Route) -> None:
        if route.request.method == "GET":
            route.fulfill(status=404, json={"detail": "none"})
            return
        body: Any = route.request.post_data_json
        sent.append((route.request.url.rpartition("/")[2], body))
        rehearsal = {"messages": 14, "warnings": 9}
        route.fulfill(status=200, json={"rehearsal": rehearsal, "subscription": body})

    with wall.writing(busy), a_screen(browser, PHONE) as screen:
        page = screen.page
        page.route(re.compile("/api/v1/subscriptions"), take)
        screen.open(f"{wall.url}/bureau?lang=en")
        page.fill("#subscribe-id", "dust-bureau")
        page.fill("#subscribe-owner", "Duty desk")
        page.fill("#subscribe-address", "desk@example.org")
        page.fill("#subscribe-until", "2035-12-31")
        streets = page.locator("[data-name='areas'] button")
        streets.nth(0).click()
        streets.nth(1).click()
        page.click("[data-name='minimum'] button[data-value='yellow']")
        page.click("[data-subscribe='try']")
        page.wait_for_selector("[data-told]:has-text('would have received 14 messages of 9')")
        page.click("[data-subscribe='save']")
        page.wait_for_selector("[data-told]:has-text('Saved')")
        codes = [streets.nth(place).get_attribute("data-value") for place in (0, 1)]
    assert [where for where, _ in sent] == ["subscriptions?dry_run=true", "subscriptions"]
    for _, body in sent:
        asked = SubscriptionBody.model_validate(body)
        one = asked.subscription
        assert (one.channel, one.minimum, list(one.areas)) == ("mail", "yellow", codes)
        assert (one.id, one.address, one.language) == ("dust-bureau", "desk@example.org", "zh")
        assert (str(one.until), asked.version) == ("2035-12-31", 0)
