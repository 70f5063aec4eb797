"""Processes are started, restarted with a pause, and stopped."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from config.errors import ServerUnavailable
from config.settings import PREFIX, Settings
from ops.processes.child import Child
from ops.processes.fleet import Fleet, environment
from ops.processes.ports import free_port, is_listening


def test_a_child_gets_the_settings_and_no_other_variable_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRIDPULSE_CITY", "elsewhere")
    env = environment(Settings(city="dongcheng", wall_port=8123))
    assert Settings.from_env(env) == Settings(city="dongcheng", wall_port=8123)
    assert sum(name.startswith(PREFIX) for name in env) == len(Settings.__dataclass_fields__)


def test_a_process_that_ends_is_restarted_after_a_pause(tmp_path: Path) -> None:
    said: list[str] = []
    with Fleet(tmp_path, said.append) as fleet:
        first = fleet.start("oops", ("no-such-command",), Settings())
        deadline = time.monotonic() + 60
        while sum(text.startswith("starting oops") for text in said) < 2:
            assert time.monotonic() < deadline, said
            fleet.watch()
            time.sleep(0.05)
        assert first.returncode == 2
        assert any("ended with status 2" in text and "starts again in 1 s" in text for text in said)


def test_a_child_imports_nothing_from_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "raise SystemExit('imported from the current folder')"
    for name in ("click", "typer", "redis", "ops"):
        (tmp_path / f"{name}.py").write_text(trap)
    monkeypatch.chdir(tmp_path)
    with Fleet(tmp_path / "logs", lambda text: None) as fleet:
        child = fleet.start("version", ("--version",), Settings())
        assert (child.wait(60), child.log_tail()) == (0, "gridpulse 0.1.0")


def test_waiting_for_a_server_that_ends_quotes_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no disk'); raise SystemExit(3)"]
    child = Child("server", command, tmp_path / "server.log")
    with pytest.raises(ServerUnavailable, match="server ended with status 3: no disk"):
        child.wait_for(lambda: False, 30)


def test_waiting_for_a_server_that_stays_silent_ends(tmp_path: Path) -> None:
    child = Child("server", [sys.executable, "-c", "input()"], tmp_path / "server.log")
    sleeper = Child("sleeper", ["sleep", "60"], tmp_path / "sleeper.log")
    with pytest.raises(ServerUnavailable, match="did not answer within 0 s"):
        sleeper.wait_for(lambda: False, 0)
    sleeper.stop()
    assert sleeper.returncode is not None
    child.stop()


LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1])))"


def server_at(port: int, then: str, log: Path) -> Child:
    return Child("server", [sys.executable, "-c", f"{LISTEN}; {then}", str(port)], log)


def test_a_server_listens_once_its_own_process_does(tmp_path: Path) -> None:
    port = free_port()
    child = server_at(port, "time.sleep(60)", tmp_path / "server.log")
    child.wait_until_listening(port, 30)
    assert child.listens_on(port)
    assert is_listening(port)
    child.stop()
    assert not child.listens_on(port)


def test_another_that_listens_in_its_place_does_not_count(tmp_path: Path) -> None:
    sleeper = Child("sleeper", ["sleep", "60"], tmp_path / "sleeper.log")
    with socket.create_server(("127.0.0.1", free_port())) as other:
        port = other.getsockname()[1]
        assert is_listening(port)
        with pytest.raises(ServerUnavailable, match="sleeper did not answer within 0 s"):
            sleeper.wait_until_listening(port, 0.2)
        late = server_at(port, "time.sleep(60)", tmp_path / "late.log")
        with pytest.raises(ServerUnavailable, match=r"server ended with status 1: .*in use"):
            late.wait_until_listening(port, 30)
    sleeper.stop()


def test_one_that_has_ended_does_not_answer_whoever_does(tmp_path: Path) -> None:
    child = Child("server", ["true"], tmp_path / "server.log")
    child.wait(10)
    with pytest.raises(ServerUnavailable, match="server ended with status 0"):
        child.wait_for(lambda: True, 30)


def test_only_its_own_lines_of_a_log_are_quoted(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    for word in ("before", "now"):
        child = Child("server", ["echo", word], log)
        child.wait(10)
    assert child.log_tail() == "now"
    assert log.read_text() == "before\nnow\n"


def test_a_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    started: list[Child] = []
    thread = threading.Thread(
        target=lambda: started.append(Child("sleeper", ["sleep", "60"], tmp_path / "sleeper.log"))
    )
    thread.start()
    thread.join()
    with pytest.raises(subprocess.TimeoutExpired):
        started[0].wait(0.3)
    started[0].stop()
