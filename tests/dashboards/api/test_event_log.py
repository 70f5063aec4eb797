"""The log of the command page: what was done for the event under way, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from models.messages.commands import Role
from models.messages.handovers import HandoverNote
from models.situation.event_parts import OperatingMode
from models.timing.units import DAY_MS
from tests.dashboards import factory
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.common.books import NOON_MS, acknowledged, entry, warning, write
from tests.dashboards.test_event_now import event
from tests.dashboards.web import WebClient

WATCHED = warning(0)  # its rule is watched, and it was raised while the event ran
OTHERS = warning(1, rule="case-counts")
EARLIER = warning(2, raised_ms=NOON_MS - 9 * DAY_MS)
NOTE = HandoverNote(
    id="n1", event="games", revision=1, text="两件未结", writer="li", writer_role=Role.OPERATOR,
    written_ms=NOON_MS, signer="wang", signer_role=Role.COMMANDER, remark="收到",
    signed_ms=NOON_MS + 60_000,
)  # fmt: skip


@pytest.fixture
def client(redis_url: str, city_index: CityIndex, tmp_path: Path) -> WebClient:
    done = [acknowledged(each) for each in (WATCHED, OTHERS, EARLIER)]
    entries = [
        msgspec.structs.replace(entry(each, "li"), role=Role.OPERATOR, text=f"words {at}")
        for at, each in enumerate(done)
    ]
    elsewhere = msgspec.structs.replace(NOTE, id="n2", event="picnic", text="不相干")
    write(redis_url, *done, *entries, NOTE, elsewhere)
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    return WebClient(server_of(context_of(redis_url, city_index, gate=gate)))


def log(client: WebClient, role: Role = Role.OPERATOR) -> str:
    answer = client.get("/part/command/log", headers=bearer(role))
    assert answer.status_code == 200, answer.text
    return answer.text


def show(url: str, city_index: CityIndex, **changes: Any) -> None:
    given = {
        "begins_ms": NOON_MS - DAY_MS, "ends_ms": NOON_MS + DAY_MS, "rules": ["dust-local"],
    } | changes  # fmt: skip
    mode = OperatingMode(mode="event", since_ms=NOON_MS, role="commander", revision=1)
    grid = city_index.current.grid
    factory.write(url, factory.snapshot(grid, events=[event(**given)], operating=mode))


def test_an_event_under_way_has_a_log_of_its_own(
    redis_url: str, city_index: CityIndex, client: WebClient
) -> None:
    show(redis_url, city_index)
    shown = log(client)
    assert set(re.findall(r"words \d", shown)) == {"words 0"}
    for wanted in ("两件未结", "收到", "运行模式", "活动关注的预警", "最近 4 条"):
        assert wanted in shown, wanted
    assert "不相干" not in shown
    assert "全区的操作" not in shown
    assert shown.index("收到") < shown.index("两件未结")  # the newest first


def test_an_event_whose_command_watches_no_rule_has_no_warnings_in_its_log(
    redis_url: str, city_index: CityIndex, client: WebClient
) -> None:
    show(redis_url, city_index, rules=[])
    assert "words" not in log(client)
    assert "两件未结" in log(client)


@pytest.mark.parametrize("is_announced", [True, False])
def test_without_an_event_the_log_says_that_it_is_of_the_whole_district(
    redis_url: str, city_index: CityIndex, client: WebClient, is_announced: bool
) -> None:
    if is_announced:
        show(redis_url, city_index, phase="announced")
    shown = log(client)
    assert "全区的操作" in shown
    assert {"words 0", "words 1", "words 2"} <= set(re.findall(r"words \d", shown))


def test_people_and_words_are_left_out_for_those_who_may_not_know_them(
    redis_url: str, city_index: CityIndex, client: WebClient
) -> None:
    show(redis_url, city_index)
    shown = log(client, Role.VIEWER)
    for hidden in ("两件未结", "收到", "wang", "words 0"):
        assert hidden not in shown, hidden
