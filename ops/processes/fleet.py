"""The processes of one machine: start them, keep them running, stop them in order."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, Self

from config.settings import PREFIX, Settings
from ops.processes.child import Child

_BACKOFF_S = (1, 2, 5, 10, 30)
SAFE_PATH: Final = ("-P",)  # modules in the folder a process is started from are never imported
_CALM_S = 60  # a process that ran this long starts again without waiting


@dataclass
class _Member:
    command: tuple[str, ...]
    env: Mapping[str, str]
    child: Child
    started_s: float
    crashes: int = 0
    start_at_s: float = field(default=0.0)


def environment(settings: Settings) -> dict[str, str]:
    """Environment of a child process that is to see these settings, and only these."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    for item in fields(settings):
        env[PREFIX + item.name.upper()] = str(getattr(settings, item.name))
    return env


class Fleet:
    """Processes of `gridpulse`, each restarted with a growing pause when it ends by itself.

    Parameters
    ----------
    logs : Path
        Folder for their output, one file each.
    say : callable
        Told in one sentence of every start and end.
    """

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._members: dict[str, _Member] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: tuple[str, ...], settings: Settings) -> Child:
        """Start `gridpulse <command>` under a name."""
        env = environment(settings)
        child = self._launch(name, command, env)
        self._members[name] = _Member(command, env, child, time.monotonic())
        return child

    def watch(self) -> None:
        """Restart what has ended; call it about once a second."""
        now_s = time.monotonic()
        for name, member in self._members.items():
            if member.child.returncode is None:
                continue
            if not member.start_at_s:
                self._mourn(name, member, now_s)
            elif now_s >= member.start_at_s:
                member.child = self._launch(name, member.command, member.env)
                member.started_s, member.start_at_s = now_s, 0.0

    def stop(self) -> None:
        """Stop all, the last started first."""
        for member in reversed(self._members.values()):
            member.child.stop()
        self._members.clear()

    def _mourn(self, name: str, member: _Member, now_s: float) -> None:
        if now_s - member.started_s > _CALM_S:
            member.crashes = 0
        pause_s = _BACKOFF_S[min(member.crashes, len(_BACKOFF_S) - 1)]
        member.crashes += 1
        member.start_at_s = now_s + pause_s
        status = member.child.returncode
        self._say(
            f"{name} ended with status {status} ({member.child.log_tail(1)}); "
            f"it starts again in {pause_s} s, its log is {member.child.log}"
        )

    def _launch(self, name: str, command: tuple[str, ...], env: Mapping[str, str]) -> Child:
        self._say(f"starting {name}")
        program = [sys.executable, *SAFE_PATH, "-m", "ops.cli", *command]
        return Child(name, program, self._logs / f"{name}.log", env)
