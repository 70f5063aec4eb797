"""Child processes and ports: start, wait until it answers, stop, kill."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from config.errors import ServerUnavailable

_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """Return a TCP port on loopback that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether something accepts connections on a port."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _die_with_parent() -> None:
    """Linux: let a child get SIGTERM when its parent dies, so that nothing is left behind."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A child process whose output goes to a log file."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one prctl, safe
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit status; None while it runs."""
        return self._process.poll()

    def wait_for(self, answers: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `answers()` is true.

        Raises
        ------
        ServerUnavailable
            It ended, or did not answer in time; the message quotes its last log lines.
        """
        deadline = time.monotonic() + timeout_s
        while not answers():
            if self.returncode is not None:
                msg = f"{self.name} ended with status {self.returncode}: {self.log_tail()}"
                raise ServerUnavailable(msg)
            if time.monotonic() > deadline:
                msg = f"{self.name} did not answer within {timeout_s:.0f} s: {self.log_tail()}"
                raise ServerUnavailable(msg)
            time.sleep(0.05)

    def log_tail(self, lines: int = 5) -> str:
        """Last lines of its log, on one line."""
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self, timeout_s: float = 10) -> None:
        """Ask it to end (SIGTERM), then insist."""
        if self.returncode is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_s)
                return
            self.kill()
