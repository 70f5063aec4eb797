"""The situation index and dossiers, over the API and on their pages: who sees what of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.errors import InputError, NothingUsed
from dashboards.access.callers import Caller
from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from dashboards.common.overview import areas_seen, dossiers_seen
from dashboards.panels.area_situation import situation_table
from models.cases.dossiers import Dossier, PlacedCase, dossiers
from models.messages.commands import Role
from models.situation.index import COMPONENTS, AreaSituation, index_of
from models.timing.units import DAY_MS
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.common.books import NOON_MS
from tests.dashboards.page import words
from tests.dashboards.web import WebClient

DAY = date(2010, 4, 15)
TODAY = datetime.fromtimestamp(NOON_MS / 1000, ZoneInfo("Asia/Shanghai")).date()
CELLS = ("110101001001001", "110101002001001")
CALM = {each.code: 10.0 for each in COMPONENTS}


def index(area: str, cases: float, past: int = 8) -> AreaSituation:
    known = index_of(area, CALM | {"cases": cases}, {code: [10.0] * past for code in CALM})
    return AreaSituation(now=known, day_before=50.0, week_before=None)


def shared() -> list[Dossier]:
    """One place of two departments in each of two streets, and a clock that has run out."""
    cases = [
        PlacedCase(
            case=f"{department}-{cell[8]}",
            cell=cell,
            department=department,
            category="0101",
            began_ms=NOON_MS - DAY_MS,
            due_ms=NOON_MS - 1 if department == "environment" else None,
        )
        for cell in CELLS
        for department in ("environment", "traffic")
    ]
    return dossiers(cases, now_ms=NOON_MS)


@dataclass
class Known:
    """Answers as given; what was asked."""

    wrong: Exception | None = None
    asked: list[Any] = field(default_factory=list)

    def situation(self, level: str, day: date) -> list[AreaSituation]:
        self.asked.append((level, day))
        if self.wrong:
            raise self.wrong
        return [index("110101001", 30.0), index("110101002", 10.0), index("110101", 30.0, past=3)]

    def dossiers(self, within_days: int) -> list[Dossier]:
        self.asked.append(within_days)
        if self.wrong:
            raise self.wrong
        return shared()


def client_of(url: str, city_index: CityIndex, overview: Known | None, **more: Any) -> WebClient:
    return WebClient(server_of(context_of(url, city_index, overview=overview, **more)))


def test_the_index_of_each_area_comes_with_what_moves_it(
    shared_redis: str, city_index: CityIndex
) -> None:
    known = Known()
    client = client_of(shared_redis, city_index, known)
    asked = {"level": "street", "day": DAY.isoformat()}
    answer = client.get("/api/v1/situation-index", params=asked).json()
    assert known.asked == [("street", DAY)]
    first, usual, unknown = answer["items"]
    assert (first["area"], first["day"]) == ("110101001", "2010-04-15")
    assert first["index"] == pytest.approx(
        50 + sum(part["contribution"] for part in first["parts"])
    )
    assert (first["parts"][0]["code"], usual["index"]) == ("cases", 50)
    assert unknown["index"] is None and unknown["known"] == 0
    table = client.get("/api/v1/situation-index", params=asked | {"format": "csv"})
    assert table.text.count("\n") == 4


def test_the_page_says_what_moves_an_area_and_what_is_not_known(city_index: CityIndex) -> None:
    found = [index("110101001", 30.0), index("110101", 30.0, past=3)]
    shown = words(situation_table(found, city_index, DAY))
    assert "New cases +" in shown
    assert "30 on the day, usually 10 (8 days of the same kind)" in shown
    assert "当日本区域新上报的案件" in words(situation_table(found, city_index, DAY), "zh")
    assert shown.count("unknown") >= 1 + len(COMPONENTS), "the index, and each of its parts"


def test_a_page_asks_for_the_day_in_its_field_and_says_where_it_is_none(
    shared_redis: str, city_index: CityIndex
) -> None:
    known = Known()
    client = client_of(shared_redis, city_index, known)
    assert "110101001" not in client.get("/part/operator-situation/areas?day=someday").text
    assert "is no day" in client.get("/part/operator-situation/areas?day=someday").text
    assert known.asked == []
    client.get("/part/operator-situation/areas?day=2010-04-15&level=community")
    client.get("/part/operator-situation/areas?level=galaxy")
    assert [level for level, _ in known.asked] == ["community", "street"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", TODAY.isoformat()])
def test_a_day_that_is_not_over_is_compared_with_nothing(
    redis_url: str, city_index: CityIndex, day: str
) -> None:
    known = Known()
    client = client_of(redis_url, city_index, known)
    answer = client.get("/api/v1/situation-index", params={"day": day})
    assert answer.status_code == 422 and "the last one that is over" in answer.text
    assert "not over" in client.get(f"/part/operator-situation/areas?day={day}").text
    assert known.asked == []
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    assert client.get("/api/v1/situation-index").json()["items"][0]["day"] == yesterday


@pytest.mark.parametrize(
    ("wrong", "status"), [(NothingUsed("nothing of the day"), 404), (InputError("no archive"), 503)]
)
def test_without_data_nothing_looks_calm(
    shared_redis: str, city_index: CityIndex, wrong: Exception, status: int
) -> None:
    client = client_of(shared_redis, city_index, Known(wrong))
    assert client.get("/api/v1/situation-index").status_code == status
    assert "is unknown" in client.get("/part/operator-situation/areas").text
    nobody = client_of(shared_redis, city_index, None)
    for path in ("situation-index", "dossiers"):
        assert nobody.get(f"/api/v1/{path}").status_code == 503
    assert "dossiers are unknown" in nobody.get("/part/operator-dossiers/list").text


def test_dossiers_name_each_department_with_its_own_clock(
    shared_redis: str, city_index: CityIndex
) -> None:
    known = Known()
    client = client_of(shared_redis, city_index, known)
    found = client.get("/api/v1/dossiers?within=3").json()["items"]
    assert known.asked == [3]
    assert [[share["department"] for share in one["shares"]] for one in found] == [
        ["environment", "traffic"]
    ] * 2
    page = client.get("/part/operator-dossiers/list").text
    assert "2 of 2" in page and "traffic-1" in page
    assert page.count("overdue") == page.count("no limit") == 2


def test_one_sees_the_places_and_the_shares_that_are_theirs() -> None:
    street = Caller(name="a", role=Role.BUREAU, areas=frozenset({"110101002"}))
    desk = Caller(name="b", role=Role.BUREAU, departments=frozenset({"traffic"}))
    assert [one.cell for one in dossiers_seen(shared(), street)] == [CELLS[1]]
    (first, second) = dossiers_seen(shared(), desk)
    for one in (first, second):
        assert [share.department for share in one.shares] == ["traffic"]
        assert "environment" not in repr(one), "not even in its name"
    nobody = Caller(name="c", role=Role.BUREAU, departments=frozenset({"gas"}))
    assert dossiers_seen(shared(), nobody) == []
    every = [index(area, 1.0) for area in ("110101", "110101001", "110101002")]
    assert [one.now.area for one in areas_seen(every, street)] == ["110101002"]


def test_a_bureau_gets_its_areas_over_the_api(
    shared_redis: str, city_index: CityIndex, tmp_path: Any
) -> None:
    gate = Gate(user_file(tmp_path), lambda: NOW_MS, "")
    client = client_of(shared_redis, city_index, Known(), gate=gate)
    mine = client.get("/api/v1/situation-index", headers=bearer(Role.BUREAU)).json()["items"]
    assert [each["area"] for each in mine] == ["110101002"]
    assert client.get("/api/v1/dossiers").status_code == 401
    found = client.get("/api/v1/dossiers", headers=bearer(Role.BUREAU)).json()["items"]
    assert [each["cell"] for each in found] == [CELLS[1]]
    assert msgspec.json.decode(client.get("/api/v1/openapi.json").content)["paths"].keys() >= {
        "/api/v1/dossiers",
        "/api/v1/situation-index",
    }
