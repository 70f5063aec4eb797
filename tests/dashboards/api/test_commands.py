"""Commands over the API, answered by the real life of a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.errors import ServerUnavailable
from dashboards.access.gate import Gate
from dashboards.common.city_index import CityIndex
from models.messages.command_results import CommandResult
from models.messages.commands import Command, Role
from models.messages.warnings import CityWarning
from models.warnings.life.answers import Answers
from models.warnings.life.table import WarningTable
from tests.dashboards.access.things import NOW_MS, bearer, user_file
from tests.dashboards.api.conftest import context_of, server_of
from tests.dashboards.api.test_warnings import problem
from tests.dashboards.common.books import warning, write
from tests.dashboards.web import WebClient

MINE = warning(0, area="110101002")
PATH = f"/api/v1/warnings/{MINE.id}/commands"


class Line:
    """What stands behind Kafka: carries out commands as the agent `warn` does."""

    def __init__(self) -> None:
        self.table = WarningTable()
        self.warning: CityWarning = next(iter(self.table.signalled([MINE]))).warning
        self.answers = Answers()
        self.sent: list[Command] = []
        self.error: Exception | None = None
        self.is_silent = False

    async def ask(self, command: Command, wait_s: float) -> CommandResult | None:
        assert wait_s > 0
        if self.error is not None:
            raise self.error
        self.sent.append(command)
        if self.is_silent:
            return None
        known = self.answers.get(command.id)
        if known is not None:
            return known
        result, _ = self.table.asked(MINE.area, command, NOW_MS)
        self.answers.add(result)
        return result


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def client(redis_url: str, city_index: CityIndex, tmp_path: Path, line: Line) -> WebClient:
    write(redis_url, line.warning)
    gate = Gate(user_file(tmp_path), lambda: NOW_MS)
    return WebClient(server_of(context_of(redis_url, city_index, gate=gate, ask=line.ask)))


def body(do: str = "acknowledge", revision: int = 0, **more: Any) -> dict[str, Any]:
    parts = {name: more.pop(name) for name in ("to", "minutes", "cause", "by") if name in more}
    return {"revision": revision, "action": {"do": do, **parts}, **more}


def test_a_command_is_done_as_who_is_logged_in(client: WebClient, line: Line) -> None:
    answer = client.post(PATH, json=body(text="on the way"), headers=bearer(Role.OPERATOR))
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["state"] == "acknowledged"
    assert answer.json()["result"]["revision"] == 1
    (sent,) = line.sent
    assert (sent.actor, sent.role, sent.text) == ("operator", Role.OPERATOR, "on the way")
    assert sent.id == answer.json()["id"] != ""


def test_a_command_that_comes_twice_is_done_once(client: WebClient) -> None:
    first, second = (
        client.post(PATH, json=body(id="one"), headers=bearer(Role.OPERATOR)) for _ in range(2)
    )
    assert first.json() == second.json()
    assert second.status_code == 200
    other = client.post(PATH, json=body(id="two"), headers=bearer(Role.OPERATOR))
    assert problem(other, 409)["result"]["refusal"] == "stale"


def test_the_second_of_two_is_told_what_the_first_did(client: WebClient) -> None:
    client.post(PATH, json=body(), headers=bearer(Role.OPERATOR))
    late = problem(client.post(PATH, json=body("escalate"), headers=bearer(Role.COMMANDER)), 409)
    (since,) = late["result"]["since"]
    assert (since["actor"], since["change"]) == ("operator", "acknowledged")


@pytest.mark.parametrize(
    ("role", "given", "status", "refusal"),
    [
        (Role.OPERATOR, body("suppress", by="other", minutes=5, text="x"), 403, "forbidden"),
        (Role.OPERATOR, body("unshelve"), 409, "impossible"),
        (Role.OPERATOR, body("shelve", text="works"), 422, "invalid"),
        (Role.OPERATOR, body("comment"), 422, "invalid"),
        (Role.OPERATOR, body("acknowledge", revision=7), 409, "stale"),
    ],
)
def test_what_is_refused_and_how(
    client: WebClient, role: Role, given: dict[str, Any], status: int, refusal: str
) -> None:
    answer = client.post(PATH, json=given, headers=bearer(role))
    assert problem(answer, status)["result"]["refusal"] == refusal


def test_a_whole_number_is_one_however_it_is_written(client: WebClient) -> None:
    answer = client.post(
        PATH, json=body(revision=0) | {"revision": 0.0}, headers=bearer(Role.ADMIN)
    )
    assert answer.status_code == 200, answer.text
    deep = b"[" * 60_000
    headers = bearer(Role.ADMIN) | {"Content-Type": "application/json"}
    problem(client.post(PATH, content=deep, headers=headers), 422)


@pytest.mark.parametrize(
    "given",
    [
        {},
        body() | {"revision": 0.5},
        body() | {"revision": "0"},
        body("explode"),
        body(revision=-1),
        body() | {"actor": "somebody else"},
        body() | {"role": "commander"},
        body(id="white space"),
        body(id="x" * 65),
        body(text="x" * 1001),
        body("assign"),
        body("assign", to="king"),
        [],
    ],
)
def test_a_body_that_is_no_command_reaches_nobody(
    client: WebClient, line: Line, given: object
) -> None:
    problem(client.post(PATH, json=given, headers=bearer(Role.OPERATOR)), 422)
    assert line.sent == []


def test_who_may_not_ask_reaches_nobody(client: WebClient, line: Line) -> None:
    problem(client.post(PATH, json=body()), 401)
    problem(client.post(PATH, json=body(), headers=bearer(Role.VIEWER)), 403)
    foreign = "/api/v1/warnings/dust-local.110101001.0/commands"
    problem(client.post(foreign, json=body(), headers=bearer(Role.BUREAU)), 404)
    assert line.sent == []
    assert client.post(PATH, json=body(), headers=bearer(Role.BUREAU)).status_code == 200


def test_what_is_not_answered_in_time_is_said_to_be_on_its_way(
    client: WebClient, line: Line
) -> None:
    line.is_silent = True
    answer = client.post(PATH, json=body(id="mine"), headers=bearer(Role.OPERATOR))
    assert (answer.status_code, answer.json()) == (202, {"id": "mine", "result": None})


def test_kafka_away_is_told(client: WebClient, line: Line) -> None:
    line.error = ServerUnavailable("Kafka is not in reach; try again")
    answer = client.post(PATH, json=body(), headers=bearer(Role.OPERATOR))
    assert "Kafka" in problem(answer, 503)["detail"]


def test_an_id_of_another_warning_s_command_is_not_answered_with_that(
    client: WebClient, line: Line
) -> None:
    line.answers.add(CommandResult(id="used", warning="other", decided_ms=NOW_MS))
    answer = client.post(PATH, json=body(id="used"), headers=bearer(Role.OPERATOR))
    assert "another warning" in problem(answer, 422)["detail"]
