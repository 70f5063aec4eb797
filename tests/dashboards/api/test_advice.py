"""Beside a suggestion, over the API and on the pages: precision, the last times, what is near."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from models.messages.audit import AuditEntry
from models.messages.commands import Accept, AnyAction, Reject, Role
from models.messages.warnings import WarningChange
from tests.dashboards import factory
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.common.books import NOON_MS, entry, warning, write
from tests.dashboards.small_city import RULE
from tests.dashboards.web import WebClient

STREET = "110101001"
NOW, BEFORE, EARLIER, ELSEWHERE = warning(9), warning(1), warning(0), warning(5, area="110101002")


def judged(name: str, action: AnyAction, change: WarningChange, words: str) -> AuditEntry:
    return msgspec.structs.replace(
        entry(warning(0)), warning=name, revision=3, role=Role.OPERATOR, actor="li",
        command="c", action=action, change=change, text=words,
    )  # fmt: skip


ACCEPTED = judged(BEFORE.id, Accept(), WarningChange.ACCEPTED, "watered the site")
REJECTED = judged(EARLIER.id, Reject(), WarningChange.REJECTED, "nothing there")
FAR = judged(ELSEWHERE.id, Accept(), WarningChange.ACCEPTED, "elsewhere")


@pytest.fixture
def known(redis_url: str, grid: Grid) -> str:
    """A street with a warning of now, two judged ones of before, and one of another rule."""
    factory.write(redis_url, factory.snapshot(grid, 7, written_ms=NOON_MS))
    other = warning(8, id=f"gas.{STREET}.8", rule="gas")
    write(redis_url, NOW, other, ELSEWHERE, ACCEPTED, REJECTED, FAR)
    return redis_url


def asked(client: WebClient, path: str, **more: Any) -> Any:
    answer = client.get(f"/api/v1/{path}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_says_how_often_the_rule_was_right_and_what_became_of_the_last_ones_here(
    known: str, client: WebClient
) -> None:
    found = asked(client, f"warnings/{NOW.id}/advice")
    assert (found["precision"]["right"], found["precision"]["n"]) == (2, 3)
    assert found["precision"]["low"] < 2 / 3 < found["precision"]["high"]
    assert {each["text"] for each in found["past"]} == {"watered the site", "nothing there"}
    assert found["linked"] == [f"gas.{STREET}.8"]
    assert found["cases"]
    assert all(case["cell"].startswith(STREET) for case in found["cases"])
    assert client.get("/api/v1/warnings/none/advice").status_code == 404


def test_without_a_snapshot_the_cases_are_unknown_and_not_none(
    redis_url: str, client: WebClient
) -> None:
    write(redis_url, NOW)
    assert asked(client, f"warnings/{NOW.id}/advice")["cases"] is None
    shown = client.get(f"/part/operator-warning/life?id={NOW.id}").text
    assert "未结案件未知" in shown
    assert "准确率未知" in shown


def test_rules_have_their_precision_and_those_nobody_judged_none(
    known: str, client: WebClient
) -> None:
    def told() -> Any:
        (rule,) = asked(client, "rules")["items"]
        assert rule == asked(client, f"rules/{RULE}")
        return rule["precision"]

    assert told() is None
    assert "准确率" in client.get("/part/operator-rules/load").text
    write(known, judged(f"{RULE}.{STREET}.2", Accept(), WarningChange.ACCEPTED, "right"))
    assert (told()["right"], told()["n"]) == (1, 1)
    assert "1/1 (21%–100%)" in client.get("/part/operator-rules/load").text  # by Wilson


def test_the_page_shows_it_and_links_to_the_cases_and_the_warnings(
    known: str, client: WebClient
) -> None:
    shown = client.get(f"/part/operator-warning/life?id={NOW.id}").text
    for words in ("准确率", "2/3", "watered the site", f"id=gas.{STREET}.8", "采纳建议"):
        assert words in shown
    assert "elsewhere" not in shown


def test_words_of_people_and_other_areas_are_kept_from_whom_they_are_not_for(
    known: str, city_index: CityIndex, tmp_path: Path
) -> None:
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    client = WebClient(server_of(context_of(known, city_index, gate=gate)))
    path = f"warnings/{NOW.id}/advice"
    assert client.get(f"/api/v1/{path}").status_code == 401
    operator = asked(client, path, headers=bearer(Role.OPERATOR))
    viewer = asked(client, path, headers=bearer(Role.VIEWER))
    assert {each["text"] for each in operator["past"]} == {"watered the site", "nothing there"}
    assert {each["text"] for each in viewer["past"]} == {""}
    assert viewer["precision"] == operator["precision"]
