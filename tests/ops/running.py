"""A command of ours as a process, with all that it starts, so that nothing can stay unnoticed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped]

from config.settings import PREFIX
from ops.processes.ports import is_listening

PATIENCE_S = 400.0  # for a machine that does much else


class Running:
    """`gridpulse <arguments>` in a folder of its own; its output goes to a file there."""

    def __init__(self, folder: Path, *arguments: str, **settings: object) -> None:
        self.folder = folder
        self._out = folder / "out.txt"
        env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        env |= {PREFIX + name.upper(): str(value) for name, value in settings.items()}
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "ops.cli", *arguments],
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.started: set[psutil.Process] = set()
        self.ports: set[int] = set()

    @property
    def output(self) -> str:
        """What it has said by now."""
        return self._out.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE_S)

    def look(self) -> None:
        """Note the processes it has started, and the ports they listen on."""
        if self.process.poll() is None:
            try:
                found = psutil.Process(self.process.pid).children(recursive=True)
                self.started.update(found)
                for process in found:
                    listening = process.net_connections("tcp")
                    self.ports.update(c.laddr.port for c in listening if c.status == "LISTEN")
            except psutil.NoSuchProcess:
                return

    def await_that(self, is_so: Callable[[], bool]) -> None:
        """Wait for something while it runs."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not is_so():
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline_s, self.output
            self.look()
            time.sleep(0.2)

    def end(self) -> int:
        """Wait until it has ended by itself; gives its status."""
        deadline_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline_s, self.output
            self.look()
            time.sleep(0.2)
        return self.process.returncode

    def assert_nothing_is_left(self) -> None:
        """No process that it started lives, and nobody listens on their ports."""
        assert self.started
        assert self.ports
        assert [process for process in self.started if process.is_running()] == []
        assert [port for port in self.ports if is_listening(port)] == []
