"""The history of dust: one question, one answer, the same in the page, the API and every file."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest

from config.catalog import Catalog
from config.errors import ServerUnavailable
from config.loader import load
from config.settings import Settings
from dashboards.common import cases_near, shown_history
from dashboards.common.case_book import CaseKey, CaseNow, CaseQuestion
from dashboards.common.city_index import CityIndex
from dashboards.common.history import HourRows
from dashboards.common.places import stations
from models.messages.case_events import CaseEvent, EventType
from models.timing.units import DAY_MS, HOUR_MS
from ops.analysis.case_pages import CasePages
from ops.analysis.pane_history import ArchivedPanes
from ops.document import to_pdf
from tests.dashboards import factory
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.dust_archive import cases as cases_at
from tests.dashboards.dust_archive import invented_archive, put_hours
from tests.dashboards.small_city import DAY
from tests.dashboards.web import WebClient
from tests.ops.analysis.test_case_history import write as write_cases

API = "/api/v1/history"
PART = "/part/bureau/history"
END_MS = factory.NOW_MS // HOUR_MS * HOUR_MS + HOUR_MS


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


@pytest.fixture(scope="module")
def dongcheng(catalog: Catalog) -> CityIndex:
    return CityIndex(catalog, catalog.grid_at, DAY, catalog.registry.departments)


@pytest.fixture(scope="module")
def new_york(catalog: Catalog) -> CityIndex:
    """The same city where the clock is set back in autumn."""
    city = catalog.city.model_copy(update={"timezone": "America/New_York"})
    there = catalog.model_copy(update={"city": city})
    return CityIndex(there, there.grid_at, DAY, there.registry.departments)


@pytest.fixture(scope="module")
def archive(
    tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, dongcheng: CityIndex
) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    invented_archive(folder, catalog, dongcheng.current.grid)
    return folder


@pytest.fixture(scope="module")
def cells(catalog: Catalog, dongcheng: CityIndex) -> list[str]:
    return list(stations(dongcheng.current.grid, catalog.feeds["dust"]))


@pytest.fixture
def parts(archive: Path, catalog: Catalog) -> dict[str, Any]:
    cases = CasePages(Settings(archive_dir=archive), catalog)
    return {"cases": cases, "history": ArchivedPanes(archive), "to_pdf": to_pdf}


@pytest.fixture
def client(redis_url: str, dongcheng: CityIndex, parts: dict[str, Any]) -> WebClient:
    factory.write(redis_url, factory.snapshot(dongcheng.current.grid))
    return WebClient(server_of(context_of(redis_url, dongcheng, **parts)))


def told(client: WebClient, query: str) -> dict[str, Any]:
    answer = client.get(f"{API}?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shown(client: WebClient, query: str) -> str:
    answer = client.get(f"{PART}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_each_hour_stands_beside_its_season(client: WebClient, cells: list[str]) -> None:
    found = told(client, f"metric=coarse&place={cells[0]}")
    hours = found["items"]
    assert [each["start_ms"] for each in hours] == list(range(END_MS - DAY_MS, END_MS, HOUR_MS))
    silent = [at for at, each in enumerate(hours) if each["mean"] is None]
    assert len(silent) == 4  # three hours of silence, and the hour that is not over
    assert all(hours[at]["readings"] == 0 for at in silent)
    assert all(each["season_values"] == 14 for each in hours)
    assert all(e["season_low"] <= e["season_median"] <= e["season_high"] for e in hours)
    assert found["years"] == {cells[0]: [2009, 2008]}
    assert [each["case"] for each in found["cases"]] == ["2010-0401", "2010-0402", "2010-0403"]
    assert found["cases_known"] is True


def test_a_street_is_the_mean_of_all_its_readings(client: WebClient, cells: list[str]) -> None:
    street = cells[0][:9]
    inside = [cell for cell in cells[:4] if cell.startswith(street)]
    assert len(inside) == 2
    area, *each = (told(client, f"metric=pm10&place={code}")["items"] for code in (street, *inside))
    together = 0
    for whole, *others in zip(area, *each, strict=True):
        known = [one for one in others if one["mean"] is not None]
        assert whole["readings"] == sum(one["readings"] for one in known)
        if known:
            readings = [one["readings"] for one in known]
            together += len(set(readings)) == 2
            mean = np.average([one["mean"] for one in known], weights=readings)
            assert whole["mean"] == pytest.approx(float(mean), abs=1e-3)
    assert together > 12  # hours to which the two cells gave unlike numbers of readings


def test_too_little_history_gives_no_band_and_says_how_much_there_is(
    redis_url: str, dongcheng: CityIndex, tmp_path: Path, cells: list[str]
) -> None:
    begin = END_MS - DAY_MS
    year_ago = begin - 365 * DAY_MS
    hours = {("coarse", cells[0], begin + at * HOUR_MS): 50.0 for at in range(24)}
    put_hours(tmp_path, hours)
    parts: dict[str, Any] = {"history": ArchivedPanes(tmp_path)}
    factory.write(redis_url, factory.snapshot(dongcheng.current.grid))
    client = WebClient(server_of(context_of(redis_url, dongcheng, **parts)))
    none = shown(client, f"place={cells[0]}")
    assert "往年数据不足：档案中没有往年" in none
    assert "案件档案暂不可用" in none
    assert told(client, f"metric=coarse&place={cells[0]}")["years"] == {cells[0]: []}
    few = {("coarse", cells[0], year_ago + day * DAY_MS): 40.0 for day in range(4)}
    put_hours(tmp_path, few)
    again = WebClient(server_of(context_of(redis_url, dongcheng, history=ArchivedPanes(tmp_path))))
    said = shown(again, f"place={cells[0]}")
    assert "2009 年同一周、同一时段只有 4 个小时值，每个时段最多 4 个（至少要 5 个）" in said
    band = [
        each["season_median"] for each in told(again, f"metric=coarse&place={cells[0]}")["items"]
    ]
    assert band == [None] * 24


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("range=own&since=2010-04-16T00:00", "请填写起止时间"),
        ("range=own&since=2010-04-16&until=2010-04-15", "结束时间须晚于开始时间"),
        ("range=own&since=2009-01-01&until=2010-04-15", "一次最多看 92 天"),
        ("range=own&since=2010-05-01&until=2010-05-02", "还没有数据"),
        ("range=own&since=2005-05-01&until=2005-05-02", "没有数据不等于没有扬尘"),
    ],
)
def test_what_cannot_be_shown_is_said_in_words(client: WebClient, query: str, words: str) -> None:
    said = shown(client, query)
    assert words in said
    assert "data:image/svg" not in said


def test_an_archive_that_is_away_is_not_a_calm_one(
    redis_url: str, dongcheng: CityIndex, cells: list[str]
) -> None:
    class Away:
        def hours(self, *_: Any) -> dict[str, HourRows]:
            msg = "the disk is gone"
            raise ServerUnavailable(msg)

    client = WebClient(server_of(context_of(redis_url, dongcheng, history=Away())))
    assert "the disk is gone" in shown(client, "")
    problem(client.get(f"{API}?metric=pm10&place={cells[0]}"), 503)
    bare = WebClient(server_of(context_of(redis_url, dongcheng)))
    assert "没有读数档案" in shown(bare, "")
    problem(bare.get(f"{API}?metric=pm10&place={cells[0]}"), 503)


def test_the_permanent_link_shows_the_same_whenever_it_is_opened(
    client: WebClient, cells: list[str]
) -> None:
    street, cell = cells[4][:9], str(int(cells[1]) + 1)
    first = shown(client, f"metric=pm10&range=7d&place={cells[1]}&street={street}&code={cell}")
    link = told(client, f"metric=pm10&range=7d&place={cells[1]}&place={street}&place={cell}")[
        "query"
    ]
    asked = parse_qs(urlsplit(link).query, keep_blank_values=True)
    assert asked["range"] == ["own"]
    assert asked["since"] == ["2010-04-09T16:00"]
    assert (asked["place"], asked["street"], asked["code"]) == ([cells[1]], [street], [cell])
    assert shown(client, urlsplit(link).query) == first
    nameless = told(client, f"metric=pm10&place={street}")["query"]
    assert "place=&" in nameless  # else the page would choose a station


def test_csv_says_what_it_is(client: WebClient, cells: list[str]) -> None:
    query = f"metric=coarse&place={cells[0]}&place={cells[1]}"
    answer = client.get(f"{API}?{query}&format=csv")
    assert answer.content.startswith("\ufeff".encode())
    assert (
        f"dust-coarse-{cells[0]}-{cells[1]}-20100415T16-20100416T16.csv"
        in (answer.headers["content-disposition"])
    )
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    json = told(client, query)
    assert [row["start_ms"] for row in rows] == [str(e["start_ms"]) for e in json["items"]]
    for row, item in zip(rows, json["items"], strict=True):
        assert row["mean"] == ("" if item["mean"] is None else str(item["mean"]))
        assert row["query"] == json["query"]
        assert "来源：扬尘监测" in row["source"]
        assert row["made"].endswith("+08:00")
    cases = client.get(f"{API}?{query}&format=csv&table=cases").text
    assert [line.split(",")[0] for line in cases.splitlines()[1:]] == [
        "2010-0401",
        "2010-0402",
        "2010-0403",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_is_safe_for_spreadsheets(
    redis_url: str,
    dongcheng: CityIndex,
    parts: dict[str, Any],
    cells: list[str],
    start: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A station's name that a spreadsheet would run stands there as a text."""
    factory.write(redis_url, factory.snapshot(dongcheng.current.grid))
    title = f"{start}HYPERLINK(1)"
    named = {"zh": title, "en": "a station"}
    monkeypatch.setattr(shown_history, "title_of_place", lambda *_: named)
    client = WebClient(server_of(context_of(redis_url, dongcheng, **parts)))
    query = f"metric=coarse&place={cells[0]}"
    text = client.get(f"{API}?{query}&format=csv").text.removeprefix("\ufeff")
    assert told(client, query)["items"][0]["name"] == title
    names = {row["name"] for row in csv.DictReader(io.StringIO(text))}
    assert names == {f"'{title}"}


@pytest.mark.parametrize(("language", "band"), [("zh", "中位与范围"), ("en", "median and range")])
def test_the_picture_stands_alone_and_is_whole(
    client: WebClient, cells: list[str], language: str, band: str
) -> None:
    svg = client.get(f"{API}?metric=coarse&place={cells[0]}&format=svg&language={language}")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    root = ElementTree.fromstring(svg.text)
    texts = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any(band in each for each in texts)
    for needed in ("2010-04-15 16:00", "µg/m³", "/bureau?metric=coarse", "2014-04-16T12:00"):
        assert any(needed in each for each in texts), needed
    left, up, width, height = map(float, root.attrib["viewBox"].split())
    width, height = width + left, height + up
    assert max(float(e.attrib["y"]) for e in root.iter() if "font-size" in e.attrib) < height
    assert max(float(e.attrib["x"]) for e in root.iter() if "font-size" in e.attrib) < width


def test_several_places_have_a_line_each_and_no_band(client: WebClient, cells: list[str]) -> None:
    places = "&".join(f"place={cell}" for cell in cells[:4])
    svg = client.get(f"{API}?metric=coarse&{places}&format=svg&range=7d").text
    dashes = [each for each in ("10 4", "3 3", "12 3 3 3") if f'stroke-dasharray="{each}"' in svg]
    assert len(dashes) == 3
    assert "中位与范围" not in svg
    problem(client.get(f"{API}?metric=coarse&{places}&place={cells[4]}"), 422)


def test_the_document_has_the_picture_the_tables_and_its_query(
    client: WebClient, cells: list[str]
) -> None:
    pdf = client.get(f"{API}?metric=coarse&place={cells[0]}&format=pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert len(pdf.content) > 10_000


def test_what_the_city_does_not_have_is_not_found(client: WebClient, cells: list[str]) -> None:
    problem(client.get(f"{API}?metric=gold&place={cells[0]}"), 404)
    problem(client.get(f"{API}?metric=coarse&place=1101017"), 422)
    problem(client.get(f"{API}?metric=coarse&place={cells[0]}&since=2010-04-01T00:00:00Z"), 422)
    for year, status in (("0001", 422), ("0003", 422), ("1969", 422), ("1970", 200)):
        day = f"since={year}-01-01T00:00:00Z&until={year}-01-02T00:00:00Z"
        answer = client.get(f"{API}?metric=coarse&place={cells[0]}&{day}")
        assert answer.status_code == status, year


def test_the_same_question_is_read_once_a_minute(
    archive: Path, cells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = ArchivedPanes(archive)
    days = [date(2010, 4, 15)]
    first = reader.hours("dust", "coarse", cells[:1], days)
    monkeypatch.setattr(reader, "_archive", Path("nowhere"))
    assert reader.hours("dust", "coarse", cells[:1], days) is first
    other = reader.hours("dust", "coarse", cells[:1], [date(2010, 4, 14)])
    assert len(other[cells[0]].at_ms) == 0


def test_cases_that_are_cut_say_so_in_every_form(
    client: WebClient, cells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"metric=coarse&place={cells[0]}"
    whole = told(client, query)
    assert (whole["cases_cut"], whole["cases_why"]) == (False, "")
    assert "只列最新" not in client.get(f"{API}?{query}&format=svg").text
    monkeypatch.setattr(cases_near, "MOST", 2)
    cut = told(client, query)
    assert [each["case"] for each in cut["cases"]] == ["2010-0401", "2010-0402"]
    assert (cut["cases_cut"], cut["cases_why"]) == (True, "只列最新 2 件。")
    csv_rows = client.get(f"{API}?{query}&format=csv&table=cases").text.removeprefix("\ufeff")
    assert [row["is_cut"] for row in csv.DictReader(io.StringIO(csv_rows))] == ["True", "True"]
    assert "扬尘案件：只列最新 2 件。" in client.get(f"{API}?{query}&format=svg").text
    assert "只列最新 2 件。" in shown(client, query)


def test_cases_that_cannot_be_known_are_never_none(
    redis_url: str,
    dongcheng: CityIndex,
    archive: Path,
    catalog: Catalog,
    cells: list[str],
) -> None:
    query = f"metric=coarse&place={cells[0]}"
    factory.write(redis_url, factory.snapshot(dongcheng.current.grid))
    panes = ArchivedPanes(archive)
    away = WebClient(server_of(context_of(redis_url, dongcheng, history=panes)))
    problem(away.get(f"{API}?{query}&format=csv&table=cases"), 503)
    assert away.get(f"{API}?{query}&format=csv").status_code == 200
    assert "案件档案暂不可用" in told(away, query)["cases_why"]
    assert "扬尘案件：案件档案暂不可用" in away.get(f"{API}?{query}&format=svg").text

    class Elsewhere:
        """A page of cases that went elsewhere, and more that were not read."""

        def find(self, question: CaseQuestion) -> tuple[list[CaseNow], CaseKey | None]:
            found, _ = CasePages(Settings(archive_dir=archive), catalog).find(question)
            assert found
            there = [msgspec.structs.replace(each, cell="") for each in found]
            return there, (found[-1].opened_ms, found[-1].case)

    parts: dict[str, Any] = {"history": panes, "cases": Elsewhere()}
    many = WebClient(server_of(context_of(redis_url, dongcheng, **parts)))
    said = shown(many, query)
    assert "不能说明没有扬尘案件" in said
    assert "只列最新" not in said and '没有扬尘案件"' not in said
    problem(many.get(f"{API}?{query}&format=csv&table=cases"), 422)
    assert told(many, query)["cases_cut"] is True


def test_cases_elsewhere_in_the_street_do_not_hide_those_near(
    redis_url: str,
    dongcheng: CityIndex,
    parts: dict[str, Any],
    catalog: Catalog,
    cells: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the newest that are read, all lie near."""
    monkeypatch.setattr(cases_near, "_READ", 3)
    far = f"{cells[0][:9]}999999"
    at_ms = factory.NOW_MS - HOUR_MS
    write_cases(
        tmp_path,
        [
            *cases_at(cells[0]),
            *(CaseEvent(
                case=f"far-{number}", type=EventType.REPORTED, ts_ms=at_ms, offset=0,
                category="E0303", cell=far, actor="P-31", role="supervision", department="",
            )
            for number in range(4)),
        ],
    )  # fmt: skip
    factory.write(redis_url, factory.snapshot(dongcheng.current.grid))
    parts["cases"] = CasePages(Settings(archive_dir=tmp_path), catalog)
    client = WebClient(server_of(context_of(redis_url, dongcheng, **parts)))
    found = told(client, f"metric=coarse&place={cells[0]}")
    assert [each["case"] for each in found["cases"]] == ["2010-0401", "2010-0402", "2010-0403"]
    assert found["cases_cut"] is False


def test_the_hour_that_comes_twice_keeps_its_place_in_links_and_rows(
    redis_url: str, tmp_path: Path, new_york: CityIndex, cells: list[str]
) -> None:
    """At 2010-11-07 06:00 UTC the clock of New York goes back from 02:00 to 01:00."""
    back_ms = 1_289_109_600_000
    hours = {("coarse", cells[0], back_ms + at * HOUR_MS): 10.0 * (at + 2) for at in range(-1, 2)}
    put_hours(tmp_path, hours)
    parts: dict[str, Any] = {"history": ArchivedPanes(tmp_path)}
    clock_ms = back_ms + DAY_MS
    factory.write(redis_url, factory.snapshot(new_york.current.grid, clock_ms=clock_ms))
    client = WebClient(server_of(context_of(redis_url, new_york, **parts)))
    query = f"metric=coarse&place={cells[0]}&since=2010-11-07T06:00:00Z&until=2010-11-07T08:00:00Z"
    found = told(client, query)
    assert found["items"][0]["start"] == "2010-11-07T01:00:00-05:00"
    again = shown(client, urlsplit(found["query"]).query)
    assert "2 / 2" in again
    assert f"since={quote('2010-11-07T01:00:00-05:00', safe='')}" in again  # of its files
    both = told(client, query.replace("T06", "T05"))
    rows = shown(client, urlsplit(both["query"]).query)
    assert '"11-07 01:00"' in rows and '"11-07 01:00 -0500"' in rows
