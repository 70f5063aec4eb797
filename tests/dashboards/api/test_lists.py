"""Every list: pages without gaps, CSV and Parquet, what the snapshot, audit and deliveries hold."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from dashboards.access.gate import Gate
from dashboards.api.http.exports import as_csv, as_parquet
from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from models.messages.commands import Role
from models.messages.street_summaries import IndicatorCount
from models.messages.warnings import CityWarning, Level, LifeState
from tests.dashboards import factory
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.common.books import (
    NOON_MS,
    acknowledged,
    entry,
    receipt,
    warning,
    write,
)
from tests.dashboards.web import WebClient

API = "/api/v1"
LISTS = ("warnings", "audit", "deliveries", "feeds", "indicators", "layers", "rules")


@pytest.fixture
def city(client: WebClient, redis_url: str, grid: Grid) -> WebClient:
    """A server that knows an afternoon."""
    indicators = [
        IndicatorCount("30d", "all", "all", "closed_of_due", 911, 972),
        IndicatorCount("30d", "street", "110101001", "filed", 41, None),
        IndicatorCount("now", "all", "all", "open", 12, None),
    ]
    factory.write(redis_url, factory.snapshot(grid, 7, written_ms=NOON_MS, indicators=indicators))
    first, second = warning(0), warning(1, area="110101002", level=Level.RED)
    seen = acknowledged(first)
    write(redis_url, first, entry(first), second, entry(second), seen)
    write(redis_url, msgspec.structs.replace(entry(seen, "li"), role=Role.OPERATOR))
    earlier = [receipt(second, n, status=550, detail="no a@b.example").as_try for n in (1, 2)]
    write(redis_url, receipt(first))
    write(redis_url, receipt(second, 3, delivered=False, status=500, earlier=earlier))
    write(redis_url, receipt(seen, 9, delivered=False, gave_up=True))
    return client


def items(client: WebClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize("name", [*LISTS, "cells?layer=pm10.now"])
def test_pages_of_every_list_are_the_whole_list(city: WebClient, name: str) -> None:
    path = f"{API}/{name}{'&' if '?' in name else '?'}"
    whole = city.get(f"{path}limit=10000").json()
    assert whole["items"]
    assert whole["next"] is None
    assert whole["state"] == "fresh"
    limit = max(1, len(whole["items"]) // 3)
    found, cursor = [], ""
    while cursor is not None:
        page = city.get(f"{path}limit={limit}&after={cursor}").json()
        found += page["items"]
        cursor = page["next"]
    assert found == whole["items"]
    problem(city.get(f"{path}after=nonsense"), 404)
    problem(city.get(f"{path}colour=red"), 422)


@pytest.mark.parametrize("name", [*LISTS, "cells?layer=pm10.now"])
def test_every_list_can_be_taken_along(city: WebClient, name: str) -> None:
    path = f"{API}/{name}{'&' if '?' in name else '?'}"
    known = city.get(f"{path}limit=10000").json()["items"]
    text = city.get(f"{path}format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in text.headers["content-disposition"]
    assert text.headers["gridpulse-state"] == "fresh"
    rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    table = pq.read_table(io.BytesIO(city.get(f"{path}format=parquet").content))
    assert len(rows) == len(known) == table.num_rows
    assert list(rows[0]) == table.column_names
    assert set(known[0]) <= set(rows[0])
    if len(known) > 1:
        part = city.get(f"{path}format=csv&limit=1")
        assert 'rel="next"' in part.headers["link"]
        again = part.headers["link"].partition(">")[0].removeprefix("<")
        assert city.get(again).content != part.content


def test_a_formula_in_an_export_is_only_text() -> None:
    evil = warning(0, rule="=HYPERLINK(0)", feed="@x", metric="-1")
    (row,) = csv.DictReader(io.StringIO(as_csv(CityWarning, [evil]).decode("utf-8-sig")))
    assert (row["rule"], row["feed"], row["metric"]) == ("'=HYPERLINK(0)", "'@x", "-1")


def test_an_export_without_rows_has_its_columns() -> None:
    table = pq.read_table(io.BytesIO(as_parquet(CityWarning, [])))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert (kinds["level"], kinds["severity"], kinds["evidence"]) == ("int64", "double", "string")
    assert (kinds["is_unsteady"], kinds["id"], kinds["raised_ms"]) == ("bool", "string", "int64")


def test_the_situation_and_its_indicators(city: WebClient) -> None:
    found = city.get(f"{API}/situation").json()
    assert (found["state"], found["version"], found["stage"]) == ("fresh", 7, "red")
    (rate,) = items(city, "indicators", by="all", window="30d")
    assert (rate["numerator"], rate["denominator"]) == (911, 972)
    assert rate["value"] == pytest.approx(911 / 972)
    assert rate["definition"]
    assert [each["feed"] for each in items(city, "feeds", state="stale")] == ["hazard"]


def test_the_situation_says_how_far_behind_the_line_is(
    client: WebClient, redis_url: str, grid: Grid
) -> None:
    line = factory.line_behind()
    factory.write(redis_url, factory.snapshot(grid, 1, line=line))
    found = client.get(f"{API}/situation").json()["line"]
    assert found == msgspec.to_builtins(line)
    assert found["is_behind"]


def test_cells_and_their_layers(city: WebClient, grid: Grid) -> None:
    (layer,) = [each for each in items(city, "layers") if each["id"] == "pm10.now"]
    found = items(city, "cells", layer="pm10.now", limit=10_000)
    assert len(found) == layer["cells"] < len(grid.codes)  # cells without a value are left out
    assert min(each["value"] for each in found) == pytest.approx(layer["low"], abs=0.01)
    one = city.get(f"{API}/cells/{found[0]['cell']}").json()
    assert one["values"]["pm10.now"] == found[0]["value"]
    street = found[0]["cell"][:9]
    of_street = items(city, "cells", layer="pm10.now", area=street, limit=10_000)
    assert {each["cell"][:9] for each in of_street} == {street}
    problem(city.get(f"{API}/cells?layer=nothing"), 404)
    problem(city.get(f"{API}/cells"), 422)
    problem(city.get(f"{API}/cells/110101999999999"), 404)
    problem(city.get(f"{API}/cells/abc"), 422)


def test_without_a_snapshot_there_is_none(client: WebClient) -> None:
    assert client.get(f"{API}/feeds").json() == {"items": [], "next": None, "state": "empty"}
    for path in ("situation", "cells?layer=pm10.now", "cells/110101001001001"):
        problem(client.get(f"{API}/{path}"), 503)


def test_an_old_snapshot_says_so(client: WebClient, redis_url: str, grid: Grid) -> None:
    factory.write(redis_url, factory.snapshot(grid, 1, written_ms=NOON_MS - 60_000))
    assert client.get(f"{API}/situation").json()["state"] == "stale"
    assert client.get(f"{API}/layers").json()["state"] == "stale"


def test_rules(city: WebClient) -> None:
    rules = items(city, "rules")
    one = city.get(f"{API}/rules/{rules[0]['name']}").json()
    assert one == rules[0]
    assert one["action"]["zh"] and one["owner"]["zh"] and one["response_minutes"] > 0
    assert items(city, "rules", kind="nothing") == []
    problem(city.get(f"{API}/rules/nothing"), 404)


def test_the_audit_by_who_and_what(city: WebClient) -> None:
    assert [each["revision"] for each in items(city, "audit")] == [1, 0, 0]
    assert [each["actor"] for each in items(city, "audit", people="true")] == ["li"]
    assert len(items(city, "audit", warning=warning(0).id)) == 2
    assert items(city, "audit", change="acknowledged", actor="li")
    moment = "2014-04-16T12:01:00+08:00"
    assert items(city, "audit", since=moment, until=moment) == []


def test_deliveries_and_their_receipts(city: WebClient) -> None:
    found = {each["state"]: each for each in items(city, "deliveries")}
    assert set(found) == {"delivered", "trying", "gave-up"}
    assert found["trying"]["tries"] == 3
    assert found["trying"]["receipt"]["status"] == 500
    before = [(each["attempt"], each["status"]) for each in tries([found["trying"]])]
    assert before == [(1, 550), (2, 550)]
    one = city.get(f"{API}/deliveries/{found['trying']['id']}").json()
    assert one == found["trying"]
    assert [each["id"] for each in items(city, "deliveries", state="delivered")] == [
        found["delivered"]["id"]
    ]
    problem(city.get(f"{API}/deliveries/{'0' * 24}"), 404)


def tries(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give all tries before the newest ones."""
    return [one for each in found for one in each["receipt"]["earlier"]]


def test_people_and_addresses_are_not_for_everybody(
    city: WebClient, redis_url: str, city_index: CityIndex, tmp_path: Path
) -> None:
    del city  # the same Redis, by a server with users
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    locked = WebClient(server_of(context_of(redis_url, city_index, gate=gate)))

    def seen(role: Role, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = locked.get(f"{API}/{path}", headers=bearer(role)).json()[
            "items"
        ]
        return found

    assert {each["actor"] for each in seen(Role.COMMANDER, "audit?people=true")} == {"li"}
    assert {each["actor"] for each in seen(Role.VIEWER, "audit?people=true")} == {""}
    assert seen(Role.VIEWER, "audit?actor=li") == []  # nor can it be asked for
    assert {each["receiver"] for each in seen(Role.VIEWER, "deliveries")} == {""}
    failed = {each["detail"] for each in tries(seen(Role.VIEWER, "deliveries"))}
    assert failed == {""}, "what a receiver said names it"
    assert {each["detail"] for each in tries(seen(Role.OPERATOR, "deliveries"))} == {
        "no a@b.example"
    }
    assert all(each["receiver"] for each in seen(Role.OPERATOR, "deliveries"))
    # A bureau sees what is its own alone: the second street's.
    assert {each["warning"] for each in seen(Role.BUREAU, "audit")} == {
        warning(1, area="110101002").id
    }
    assert len(seen(Role.BUREAU, "deliveries")) == 1
    for name in (*LISTS, "situation", "cells?layer=x", "events", "rules/x", "session"):
        problem(locked.get(f"{API}/{name}"), 401)


def test_a_normal_warning_is_listed_by_its_state(client: WebClient, redis_url: str) -> None:
    write(redis_url, warning(3, state=LifeState.NORMAL, cleared_ms=NOON_MS))
    assert items(client, "warnings", open="true") == []
    assert len(items(client, "warnings", state="normal")) == 1
