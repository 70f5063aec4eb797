"""Processes are started, restarted with a pause, and stopped."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from config.errors import ServerUnavailable
from config.settings import PREFIX, Settings
from ops.processes.child import Child, free_port, is_listening
from ops.processes.fleet import Fleet, environment


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
        child.wait_for(lambda: child.returncode is not None, 60)
        assert (child.returncode, child.log_tail()) == (0, "gridpulse 0.1.0")


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


def test_a_free_port_is_not_listened_on() -> None:
    assert not is_listening(free_port())
