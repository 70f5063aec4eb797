"""Hand-overs over the API and on the command's page, answered by the real decision."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.catalog import Catalog
from config.errors import ServerUnavailable
from config.loader import load
from config.settings import Settings
from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from models.events.handover import HandoverState, handed_over
from models.messages.case_events import CaseEvent, EventType
from models.messages.commands import Role
from models.messages.handovers import HandoverCommand, HandoverNote, HandoverResult
from ops.events.close_out import close_out_of
from ops.events.close_out_desk import CloseOutDesk
from ops.simulation.event_cases import event_messages
from tests.dashboards import factory
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.common.books import NOON_MS, write
from tests.dashboards.small_city import DAY
from tests.dashboards.web import WebClient
from tests.ops.analysis.test_case_history import write as write_archive

API = "/api/v1/handovers"


class HandoverLine:
    """What stands behind Kafka: decides as the agent `handover`, and keeps the book as `books`."""

    def __init__(self, redis_url: str, events: Collection[str]) -> None:
        self.redis_url, self.events = redis_url, events
        self.state = HandoverState()
        self.notes: list[HandoverNote] = []
        self.error: Exception | None = None
        self.is_silent = False
        self.now_ms = NOON_MS

    async def ask(self, command: HandoverCommand, wait_s: float) -> HandoverResult | None:
        assert wait_s > 0
        if self.error is not None:
            raise self.error
        if self.is_silent:
            return None
        self.state, result, note = handed_over(self.state, command, self.now_ms, self.events)
        self.notes += [note] if note else []
        return result

    def settle(self) -> None:
        """Put what was decided into the book."""
        write(self.redis_url, *self.notes)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(Settings())


@pytest.fixture(scope="module")
def dongcheng(catalog: Catalog) -> CityIndex:
    return CityIndex(catalog, catalog.grid_at, DAY, catalog.registry.departments)


@pytest.fixture
def line(redis_url: str, catalog: Catalog) -> HandoverLine:
    return HandoverLine(redis_url, catalog.events)


@pytest.fixture
def client(redis_url: str, dongcheng: CityIndex, tmp_path: Path, line: HandoverLine) -> WebClient:
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    more: dict[str, Any] = {"gate": gate, "ask_handover": line.ask}
    return WebClient(server_of(context_of(redis_url, dongcheng, **more)))


def note(client: WebClient, role: Role = Role.OPERATOR, **more: str) -> Any:
    given = {"event": "olympics-2008", "text": "两件未结 <b>", "id": "n1"} | more
    return client.post(API, json=given, headers=bearer(role))


def signature(client: WebClient, role: Role, of: str = "n1") -> Any:
    return client.post(f"{API}/{of}/signature", json={"text": "收到"}, headers=bearer(role))


def shown(client: WebClient, role: Role = Role.OPERATOR) -> str:
    answer = client.get("/part/command/handovers", headers=bearer(role))
    assert answer.status_code == 200, answer.text
    return answer.text


def test_who_goes_writes_and_who_comes_signs(client: WebClient, line: HandoverLine) -> None:
    answer = note(client)
    assert answer.status_code == 200, answer.text
    assert answer.json()["told"]["zh"] == "交班记录已写入，等待接班人签收。"
    line.settle()
    assert "接班签收" in shown(client)
    assert "两件未结 <b>" in shown(client)
    assert signature(client, Role.COMMANDER).json()["result"]["note"] == "n1"
    line.settle()
    (kept,) = client.get(API, headers=bearer(Role.OPERATOR)).json()["items"]
    assert (kept["writer"], kept["writer_role"]) == ("operator", "operator")
    assert (kept["signer"], kept["signer_role"], kept["remark"]) == ("commander",) * 2 + ("收到",)
    assert kept["written_ms"] == kept["signed_ms"] == NOON_MS
    assert "接班签收" not in shown(client)
    assert client.get(f"{API}?open=true", headers=bearer(Role.OPERATOR)).json()["items"] == []
    assert client.get(f"{API}?event=x", headers=bearer(Role.OPERATOR)).json()["items"] == []


def test_refusals_say_why_in_both_languages(client: WebClient, line: HandoverLine) -> None:
    problem(note(client, event="picnic"), 404)
    problem(note(client, text="  ", id="n2"), 422)
    problem(note(client, Role.VIEWER), 403)
    problem(note(client, Role.BUREAU, id="n3"), 403)
    assert note(client, id="n4").status_code == 200
    refused = signature(client, Role.OPERATOR, "n4")
    problem(refused, 403)
    assert "交班人与接班人须为两人" in refused.json()["result"]["explanation"]["zh"]
    assert signature(client, Role.ADMIN, "n4").status_code == 200
    problem(signature(client, Role.COMMANDER, "n4"), 409)
    problem(signature(client, Role.COMMANDER, "n9"), 404)
    assert [each.id for each in line.notes] == ["n4", "n4"]


def test_an_id_used_again_is_refused_and_nothing_is_lost(
    client: WebClient, line: HandoverLine
) -> None:
    assert note(client).status_code == note(client).status_code == 200
    refused = note(client, Role.COMMANDER, text="燃气泄漏")
    problem(refused, 422)
    assert "请换一个编号" in refused.json()["result"]["explanation"]["zh"]
    assert note(client, Role.OPERATOR, id="n2").status_code == 200
    body, as_admin = {"text": "", "id": "s1"}, bearer(Role.ADMIN)
    assert client.post(f"{API}/n1/signature", json=body, headers=as_admin).status_code == 200
    problem(client.post(f"{API}/n2/signature", json=body, headers=as_admin), 422)
    line.settle()
    signers = {
        each["id"]: each["signer"] for each in client.get(API, headers=as_admin).json()["items"]
    }
    assert signers == {"n1": "admin", "n2": ""}


def test_a_name_used_again_after_long_replaces_the_note_that_is_shown(
    client: WebClient, line: HandoverLine
) -> None:
    note(client)
    signature(client, Role.COMMANDER)
    line.settle()
    line.state = HandoverState()  # so many others came that both are forgotten
    line.notes = []
    line.now_ms += 1
    assert note(client, text="燃气泄漏").status_code == 200
    line.settle()
    assert "燃气泄漏" in shown(client)
    assert "接班签收" in shown(client)


def test_people_and_words_are_for_those_who_may_know_them(
    client: WebClient, line: HandoverLine
) -> None:
    note(client)
    line.settle()
    (kept,) = client.get(API, headers=bearer(Role.BUREAU)).json()["items"]
    assert (kept["writer"], kept["text"]) == ("*", "")
    assert "两件未结" not in shown(client, Role.VIEWER)
    assert "接班签收" not in shown(client, Role.VIEWER)


def test_without_kafka_nothing_is_written_and_that_is_said(
    client: WebClient, line: HandoverLine
) -> None:
    line.error = ServerUnavailable("Kafka is not in reach")
    problem(note(client), 503)
    line.error, line.is_silent = None, True
    answer = note(client)
    assert (answer.status_code, answer.json()["result"]) == (202, None)
    assert line.notes == []
    assert "还没有交班记录" in shown(client)


def game_cases(catalog: Catalog) -> list[CaseEvent]:
    """Give the cases of two days of the event, as they were invented for its simulation."""
    bodies = map(msgspec.json.decode, event_messages(catalog, "olympics-2008", 1))
    nothing = {"category": "", "role": "", "actor": "", "department": ""}
    parts = (nothing | each for each in bodies if each["case"].startswith("2008081"))
    return [
        CaseEvent(
            case=each.pop("case"),
            type=EventType(each.pop("type")),
            ts_ms=each.pop("ts"),
            offset=0,
            **{name: value for name, value in each.items() if name != "due"},
        )
        for each in parts
    ]


@pytest.fixture(scope="module")
def games(catalog: Catalog) -> list[CaseEvent]:
    return game_cases(catalog)


def test_the_close_out_is_that_of_the_command_line(
    redis_url: str,
    dongcheng: CityIndex,
    catalog: Catalog,
    games: list[CaseEvent],
    tmp_path: Path,
) -> None:
    settings = Settings(archive_dir=tmp_path)
    write_archive(tmp_path, games)
    desk = CloseOutDesk(settings, catalog)
    client = WebClient(server_of(context_of(redis_url, dongcheng, close_outs=desk)))
    found = client.get("/api/v1/close-outs/olympics-2008").json()
    expected = close_out_of(settings, catalog, "olympics-2008").found.live
    assert (found["filed"], found["closed"]) == (expected.filed, expected.closed)
    assert expected.filed > 100
    assert found["objects"] == 41
    page = client.get("/api/v1/close-outs/olympics-2008?format=html&language=en")
    assert f"{expected.filed}" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    pdf = client.get("/api/v1/close-outs/olympics-2008?format=pdf")
    assert pdf.content.startswith(b"%PDF")
    part = client.get("/part/command/close-out").text
    assert f"{expected.percent:.2f} %" in part
    assert found["definitions"]["filed"]["zh"] in part
    problem(client.get("/api/v1/close-outs/picnic"), 404)


def test_an_event_that_runs_is_counted_by_the_clock_that_is_shown(
    redis_url: str,
    dongcheng: CityIndex,
    catalog: Catalog,
    games: list[CaseEvent],
    tmp_path: Path,
) -> None:
    filed = next(each for each in games if each.type is EventType.FILED)
    steps = [each for each in games if each.case == filed.case]
    write_archive(tmp_path, [each for each in steps if each.ts_ms <= filed.ts_ms])

    def at(hours: int, version: int) -> tuple[dict[str, Any], str]:
        clock_ms = filed.ts_ms + hours * 3_600_000
        grid = dongcheng.current.grid
        factory.write(redis_url, factory.snapshot(grid, version, clock_ms=clock_ms))
        desk = CloseOutDesk(Settings(archive_dir=tmp_path), catalog)
        client = WebClient(server_of(context_of(redis_url, dongcheng, close_outs=desk)))
        found = client.get("/api/v1/close-outs/olympics-2008").json()
        return found, client.get("/part/command/close-out").text

    found, part = at(1, 1)  # its limit is a day at the most
    assert (found["open"], found["overdue"]) == (1, 0)
    assert found["at_ms"] == filed.ts_ms + 3_600_000
    assert "活动尚未结束" in part
    found, part = at(48, 2)
    assert (found["open"], found["overdue"]) == (1, 1)
    assert "活动尚未结束" in part
    found, part = at(100 * 24, 3)
    assert found["at_ms"] == found["live_ends_ms"]
    assert "活动尚未结束" not in part


def test_a_close_out_without_an_archive_is_said_and_no_zero(
    redis_url: str, dongcheng: CityIndex, catalog: Catalog, tmp_path: Path
) -> None:
    desk = CloseOutDesk(Settings(archive_dir=tmp_path), catalog)
    client = WebClient(server_of(context_of(redis_url, dongcheng, close_outs=desk)))
    problem(client.get("/api/v1/close-outs/olympics-2008"), 503)
    assert "暂不能统计" in client.get("/part/command/close-out").text
    bare = WebClient(server_of(context_of(redis_url, dongcheng)))
    problem(bare.get("/api/v1/close-outs/olympics-2008"), 503)
    assert "没有案件档案" in bare.get("/part/command/close-out").text
