"""Cases and Open311: pages of the archive, timelines, bounds, and a report as ingest checks it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from georeport.georeport import GeoReport
from requests import HTTPError

from config.catalog import Catalog
from config.errors import ServerUnavailable
from config.loader import load
from config.settings import Settings
from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from models.messages.case_events import CaseEvent, EventType
from models.messages.commands import Role
from ops.analysis.case_pages import CasePages
from tests.dashboards import factory
from tests.dashboards.access.things import NOW_MS, bearer, changed, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.common.books import NOON_MS
from tests.dashboards.web import WebClient, served
from tests.ops.analysis.test_case_history import write as write_archive

API = "/api/v1"
OPEN311 = f"{API}/open311/v2"
HOUR = 3_600_000


def event(case: str, kind: EventType, at_h: float, **more: Any) -> CaseEvent:
    parts: dict[str, Any] = {
        "category": "E0102", "cell": "110101001001001", "actor": "P-31", "role": "command",
        "department": "D02",
    }  # fmt: skip
    at_ms = NOON_MS + round(at_h * HOUR)
    return CaseEvent(case=case, type=kind, ts_ms=at_ms, offset=0, **parts | more)


EVENTS = [
    event("A-1", EventType.REPORTED, 0, lon=116.4, lat=39.9),
    event("A-1", EventType.FILED, 1),
    event("A-1", EventType.CLOSED, 2),
    event("B/2", EventType.REPORTED, 3, cell="110101002001001", department="D03"),
    event("B/2", EventType.DISPATCHED, 4, cell="110101002001001", department="D03"),
    event("C-3", EventType.REPORTED, 5, category="C0101"),
]


class Sent:
    """What stands behind Kafka."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, dict[str, Any]]] = []
        self.error: Exception | None = None

    def publish(self, topic: str, key: str, value: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.messages.append((topic, key, msgspec.json.decode(value)))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def parts(catalog: Catalog, tmp_path: Path, sent: Sent) -> dict[str, Any]:
    write_archive(tmp_path, EVENTS)
    cases = CasePages(Settings(archive_dir=tmp_path), catalog)
    return {"cases": cases, "publish": sent.publish}


@pytest.fixture
def dongcheng(catalog: Catalog) -> CityIndex:
    return CityIndex(catalog, catalog.grid_at, date(2014, 4, 16), catalog.registry.departments)


@pytest.fixture
def client(dongcheng: CityIndex, parts: dict[str, Any]) -> WebClient:
    return WebClient(server_of(context_of("redis://127.0.0.1:1/0", dongcheng, **parts)))


def numbers(client: WebClient, query: str = "", **more: Any) -> list[str]:
    answer = client.get(f"{API}/cases?{query}", **more)
    assert answer.status_code == 200, answer.text
    return [each["case"] for each in answer.json()["items"]]


def test_cases_by_what_was_asked(client: WebClient) -> None:
    assert numbers(client) == ["C-3", "B/2", "A-1"]
    assert numbers(client, "open=true") == ["C-3", "B/2"]
    assert numbers(client, "open=false") == ["A-1"]
    assert numbers(client, "area=110101002") == ["B/2"]
    assert numbers(client, "department=D03&department=nobody") == ["B/2"]
    assert numbers(client, "category=C0101") == ["C-3"]
    assert numbers(client, "number=-") == ["C-3", "A-1"]
    assert numbers(client, "since=2014-04-16T15:00:00%2B08:00") == ["C-3", "B/2"]
    assert numbers(client, "until=2014-04-16T15:00:00%2B08:00") == ["A-1"]
    assert numbers(client, "number=' OR 1=1 --") == []
    first = client.get(f"{API}/cases?limit=2").json()
    assert numbers(client, f"limit=2&after={first['next']}") == ["A-1"]
    assert client.get(f"{API}/cases?format=csv").text.count("\n") == 4
    problem(client.get(f"{API}/cases?after=WzEsMl0"), 404)


def test_cases_of_a_line_that_stands_still_say_so(
    redis_url: str, dongcheng: CityIndex, parts: dict[str, Any], catalog: Catalog
) -> None:
    client = WebClient(server_of(context_of(redis_url, dongcheng, **parts)))
    assert client.get(f"{API}/cases").json()["state"] == "stale"
    grid = catalog.grid_at(date(2014, 4, 16))
    factory.write(redis_url, factory.snapshot(grid, 1, written_ms=NOON_MS))
    assert client.get(f"{API}/cases").json()["state"] == "fresh"


def test_one_case_with_its_timeline(client: WebClient) -> None:
    one = client.get(f"{API}/cases/A-1").json()
    assert (one["case"]["stage"], one["case"]["is_open"]) == ("closed", False)
    assert [(each["type"], each["actor"]) for each in one["steps"]] == [
        ("reported", "P-31"),
        ("filed", "P-31"),
        ("closed", "P-31"),
    ]
    assert client.get(f"{API}/cases/B/2").json()["case"]["department"] == "D03"
    problem(client.get(f"{API}/cases/nothing"), 404)


def test_each_sees_the_cases_that_are_theirs(
    dongcheng: CityIndex, parts: dict[str, Any], tmp_path: Path
) -> None:
    file = user_file(tmp_path)
    gate = Gate(file, lambda: NOW_MS)
    locked = WebClient(
        server_of(context_of("redis://127.0.0.1:1/0", dongcheng, gate=gate, **parts))
    )
    assert numbers(locked, headers=bearer(Role.BUREAU)) == ["B/2"]
    problem(locked.get(f"{API}/cases/A-1", headers=bearer(Role.BUREAU)), 404)
    problem(locked.get(f"{OPEN311}/requests/A-1.json", headers=bearer(Role.BUREAU)), 404)
    steps = locked.get(f"{API}/cases/A-1", headers=bearer(Role.VIEWER)).json()["steps"]
    assert {each["actor"] for each in steps} == {""}
    changed(file, "commander", departments=["D02"])
    assert numbers(locked, headers=bearer(Role.COMMANDER)) == ["C-3", "A-1"]
    problem(locked.post(f"{OPEN311}/requests.json", headers=bearer(Role.VIEWER)), 403)


def test_without_an_archive_there_are_none(dongcheng: CityIndex, catalog: Catalog) -> None:
    empty = CasePages(Settings(archive_dir=Path("no archive")), catalog)
    client = WebClient(server_of(context_of("redis://127.0.0.1:1/0", dongcheng, cases=empty)))
    assert numbers(client) == []
    assert numbers(client, "open=true") == []
    bare = WebClient(server_of(context_of("redis://127.0.0.1:1/0", dongcheng)))
    problem(bare.get(f"{API}/cases"), 503)


def test_open311_reads(client: WebClient) -> None:
    services = client.get(f"{OPEN311}/services.json").json()
    assert {"service_code", "service_name", "metadata", "type"} <= set(services[0])
    assert "E0102" in {each["service_code"] for each in services}
    found = client.get(f"{OPEN311}/requests.json", params={"jurisdiction_id": "x"}).json()
    assert [each["service_request_id"] for each in found] == ["C-3", "B/2", "A-1"]
    shut = client.get(f"{OPEN311}/requests.json?status=closed").json()
    assert [(each["service_request_id"], each["status"]) for each in shut] == [("A-1", "closed")]
    assert shut[0]["requested_datetime"] == "2014-04-16T12:00:00+08:00"
    assert (shut[0]["lat"], shut[0]["long"]) == (39.9, 116.4)
    by_id = client.get(f"{OPEN311}/requests.json?service_request_id=C-3,A-1").json()
    assert [each["service_request_id"] for each in by_id] == ["C-3", "A-1"]
    assert client.get(f"{OPEN311}/requests/C-3.json").json()[0]["service_code"] == "C0101"
    problem(client.get(f"{OPEN311}/requests/nothing.json"), 404)
    problem(client.get(f"{OPEN311}/requests.json?status=half"), 422)


def test_a_report_is_published_as_ingest_takes_it(client: WebClient, sent: Sent) -> None:
    told = "rubbish before number 7".ljust(1000, ".")
    report = {"service_code": "E0102", "lat": "39.93", "long": "116.42", "email": "li@example.cn",
              "description": told, "first_name": "Li"}  # fmt: skip
    answer = client.post(f"{OPEN311}/requests.json", data=report)
    assert answer.status_code == 201, answer.text
    ((topic, key, event_),) = sent.messages
    assert topic == "raw.cases"
    assert answer.json()[0]["service_request_id"] == key == event_["case"]
    assert (event_["type"], event_["category"], event_["role"]) == ("reported", "E0102", "public")
    assert "li@example.cn" not in str(event_)
    assert "rubbish" not in str(event_)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"lat": "0", "long": "0"}, 404, "outside"),
        ({"lat": "nan"}, 404, "report was not taken"),
        ({"lat": "north"}, 422, "lat"),
        ({"service_code": "meteor"}, 404, "services.json"),
        ({"service_code": ""}, 404, "services.json"),
        ({"description": "x" * 1001}, 422, "at most 1000 characters, got 1001"),
        ({"phone": "1" * 201}, 422, "phone: expected at most 200 characters"),
        ({f"f{at}": "x" for at in range(18)}, 422, "at most 20 fields"),
    ],
)
def test_what_ingest_would_set_aside_is_refused(
    client: WebClient, sent: Sent, change: dict[str, str], status: int, said: str
) -> None:
    report = {"service_code": "E0102", "lat": "39.93", "long": "116.42"} | change
    detail = problem(client.post(f"{OPEN311}/requests.json", data=report), status)["detail"]
    assert said in detail
    assert sent.messages == []


def test_a_report_in_another_shape_or_without_kafka(client: WebClient, sent: Sent) -> None:
    path = f"{OPEN311}/requests.json"
    problem(client.post(path, json={"service_code": "E0102"}), 415)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(client.post(path, content=b"service_code=\xff\xfe", headers=form), 422)
    sent.error = ServerUnavailable("Kafka is not in reach; try again")
    report = {"service_code": "E0102", "lat": "39.93", "long": "116.42"}
    assert "Kafka" in problem(client.post(path, data=report), 503)["detail"]


def test_a_client_that_was_written_for_other_cities_reads_ours(
    dongcheng: CityIndex, parts: dict[str, Any]
) -> None:
    """georeport (PyPI), by the specification; it reads, and sends no reports."""
    with served(server_of(context_of("redis://127.0.0.1:1/0", dongcheng, **parts))) as port:
        other = GeoReport(f"http://127.0.0.1:{port}{OPEN311}", jurisdiction="dongcheng")
        codes = {each["service_code"] for each in other.get_service_list()}
        assert {"E0102", "C0101"} <= codes
        assert other.get_service_definition("E0102") == {
            "service_code": "E0102", "attributes": []
        }  # fmt: skip
        with pytest.raises(HTTPError, match="404"):
            other.get_service_definition("nothing")
        assert other.get_service_request("A-1")["status"] == "closed"
        asked = other.get_service_requests(
            status="open", start_date="2014-04-16T00:00:00Z", end_date="2014-04-17T00:00:00Z"
        )
        assert {each["service_request_id"] for each in asked} == {"B/2", "C-3"}
