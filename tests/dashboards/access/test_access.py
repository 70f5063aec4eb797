"""Users, sessions, tokens and lock-out, each pushed to where it has to refuse."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from config.errors import ConfigError
from dashboards.access import sessions
from dashboards.access.callers import Caller, Scope
from dashboards.access.gate import Gate
from dashboards.access.lockout import (
    MOST_OF_ADDRESS,
    MOST_OF_NAME,
    MOST_TOGETHER,
    WINDOW_MS,
    Lockout,
)
from dashboards.access.loopback import require_users
from dashboards.access.users import User, UserFile, hashed, is_password
from dashboards.api.http.problems import Problem
from models.messages.commands import Role
from tests.dashboards.access.things import NOW_MS, PASSWORD, TOKENS, changed, user_file, users


def request(headers: dict[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw, "method": "GET", "path": "/"})


def caller(gate: Gate, headers: dict[str, str]) -> Caller | None:
    return gate.caller(request(headers))


@pytest.fixture
def file(tmp_path: Path) -> UserFile:
    return user_file(tmp_path)


def gate_of(file: UserFile, now_ms: int = NOW_MS) -> Gate:
    return Gate(file, lambda: now_ms)


def test_the_file_holds_no_password_and_only_its_owner_reads_it(
    file: UserFile, tmp_path: Path
) -> None:
    path = tmp_path / "users.json"
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert PASSWORD not in text
    assert TOKENS[Role.ADMIN] not in text
    assert "$argon2id$" in text


def test_a_changed_file_counts_at_once_and_a_broken_one_is_named(
    file: UserFile, tmp_path: Path
) -> None:
    assert file.read().users["viewer"].role is Role.VIEWER
    changed(file, "viewer", role=Role.ADMIN)
    assert file.read().users["viewer"].role is Role.ADMIN
    (tmp_path / "users.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"users\.json is not a file of users"):
        file.read()
    assert UserFile(tmp_path / "none.json").read().users == {}


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 257])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(ValueError, match="12 to 256"):
        hashed(password)


def test_a_password_is_only_its_users(file: UserFile) -> None:
    admin = file.read().users["admin"]
    assert is_password(admin, PASSWORD)
    assert not is_password(admin, PASSWORD + " ")
    assert not is_password(None, PASSWORD)
    assert not is_password(User(name="x", role=Role.VIEWER), "")
    broken = msgspec.structs.replace(admin, password="nonsense")
    assert not is_password(broken, PASSWORD)


def test_a_session_ends_with_its_time_its_password_and_its_account(file: UserFile) -> None:
    known = file.read()
    operator = known.users["operator"]
    cookie = sessions.begin(known, operator, NOW_MS)
    found = sessions.open_session(known, cookie, NOW_MS)
    assert found is not None and found.user == operator
    ends_ms = NOW_MS + sessions.lasts_ms(Role.OPERATOR)
    assert sessions.open_session(known, cookie, ends_ms - 1) is not None
    assert sessions.open_session(known, cookie, ends_ms) is None
    for changes in ({"password": "other"}, {"until_ms": NOW_MS}):
        changed(file, "operator", **changes)
        assert sessions.open_session(file.read(), cookie, NOW_MS) is None
    rekeyed = msgspec.structs.replace(known, key="other")
    assert sessions.open_session(rekeyed, cookie, NOW_MS) is None
    assert sessions.open_session(msgspec.structs.replace(known, key=""), cookie, NOW_MS) is None


@given(st.text(max_size=60))
def test_no_text_is_a_session_by_chance(text: str) -> None:
    assert sessions.open_session(users(), text, NOW_MS) is None


@given(st.integers(0, 400), st.sampled_from("Ab0-_."))
def test_a_session_that_was_changed_is_none(at: int, letter: str) -> None:
    known = users()
    cookie = sessions.begin(known, known.users["viewer"], NOW_MS)
    at %= len(cookie)
    forged = cookie[:at] + letter + cookie[at + 1 :]
    found = sessions.open_session(known, forged, NOW_MS)
    # Bits that base64 does not use may differ without changing what is said.
    assert found is None or found.user.name == "viewer"


def test_a_token_has_its_scopes_and_its_end(file: UserFile) -> None:
    headers = {"Authorization": f"Bearer {TOKENS[Role.COMMANDER]}"}
    found = caller(gate_of(file), headers)
    assert found is not None
    assert (found.name, found.role, found.session) == ("commander", Role.COMMANDER, "")
    assert caller(gate_of(file, NOW_MS + 3_600_000), headers) is None
    for wrong in ("Bearer nothing", "Bearer", "Basic YTpi", "Bearer " + "x" * 5_000):
        assert caller(gate_of(file), {"Authorization": wrong}) is None
    token = file.read().users["commander"].tokens[0]
    changed(file, "commander", tokens=[msgspec.structs.replace(token, scopes=[Scope.READ])])
    with pytest.raises(Problem, match="may not command"):
        gate_of(file).require(request(headers), Scope.COMMAND)


def test_a_wrong_token_does_not_fall_back_to_the_cookie(file: UserFile) -> None:
    known = file.read()
    cookie = sessions.begin(known, known.users["admin"], NOW_MS)
    both = {"Cookie": f"{sessions.COOKIE}={cookie}"}
    assert caller(gate_of(file), both) is not None
    assert caller(gate_of(file), both | {"Authorization": "Bearer wrong"}) is None


def test_a_viewer_only_looks(file: UserFile) -> None:
    headers = {"Authorization": f"Bearer {TOKENS[Role.VIEWER]}"}
    assert gate_of(file).require(request(headers)).role is Role.VIEWER
    for scope in (Scope.COMMAND, Scope.REPORT):
        with pytest.raises(Problem, match="viewer may not"):
            gate_of(file).require(request(headers), scope)


def test_what_a_session_changes_needs_its_token(file: UserFile) -> None:
    gate = gate_of(file)
    done = gate.login("operator", PASSWORD, "10.0.0.1")
    cookie = {"Cookie": f"{sessions.COOKIE}={done.cookie}"}
    with pytest.raises(Problem, match="X-CSRF-Token"):
        gate.require(request(cookie), Scope.COMMAND)
    other = gate.login("operator", PASSWORD, "10.0.0.1")
    with pytest.raises(Problem, match="X-CSRF-Token"):
        gate.require(request(cookie | {"X-CSRF-Token": other.csrf}), Scope.COMMAND)
    assert gate.require(request(cookie | {"X-CSRF-Token": done.csrf}), Scope.COMMAND)


def test_failed_logins_lock_the_guesser_out_and_nobody_else() -> None:
    lockout = Lockout()
    for _ in range(MOST_TOGETHER):
        assert lockout.wait_ms("li", "10.0.0.1", NOW_MS) == 0
        lockout.failed("li", "10.0.0.1", NOW_MS)
    assert lockout.wait_ms("li", "10.0.0.1", NOW_MS) == WINDOW_MS
    assert lockout.wait_ms("li", "10.0.0.2", NOW_MS) == 0
    assert lockout.wait_ms("wang", "10.0.0.1", NOW_MS) == 0
    assert lockout.wait_ms("li", "10.0.0.1", NOW_MS + WINDOW_MS) == 0


def test_many_names_from_one_address_and_one_name_from_many_are_stopped() -> None:
    lockout = Lockout()
    for n in range(MOST_OF_ADDRESS):
        lockout.failed(f"user{n}", "10.0.0.1", NOW_MS)
    assert lockout.wait_ms("anybody", "10.0.0.1", NOW_MS) > 0
    for n in range(MOST_OF_NAME):
        lockout.failed("li", f"10.0.1.{n}", NOW_MS)
    assert lockout.wait_ms("li", "10.9.9.9", NOW_MS) > 0
    assert lockout.wait_ms("wang", "10.9.9.9", NOW_MS) == 0


def test_who_came_in_starts_anew() -> None:
    lockout = Lockout()
    for _ in range(MOST_TOGETHER - 1):
        lockout.failed("li", "10.0.0.1", NOW_MS)
    lockout.succeeded("li", "10.0.0.1")
    lockout.failed("li", "10.0.0.1", NOW_MS)
    assert lockout.wait_ms("li", "10.0.0.1", NOW_MS) == 0


def test_without_users_only_this_machine_is_answered() -> None:
    demo, up = Gate(None, lambda: NOW_MS, "demo"), Gate(None, lambda: NOW_MS)
    assert caller(demo, {}) == Caller(name="demo", role=Role.OPERATOR, is_open=True)
    assert caller(up, {}) == Caller(name="anybody", role=Role.VIEWER, is_open=True)
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        with pytest.raises(Problem, match="GRIDPULSE_USERS_FILE"):
            caller(demo, {header: "10.0.0.1"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "wall.example"])
def test_other_machines_need_users(host: str) -> None:
    with pytest.raises(ConfigError, match="gridpulse users add"):
        require_users(host, "")
    require_users(host, "users.json")
    require_users("127.0.0.1", "")
