"""Child processes: start, wait until it answers or listens, stop, kill."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from config.errors import ServerUnavailable
from ops.processes.ports import is_listening

_PR_SET_PDEATHSIG = 1


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
        # To Linux the parent is the thread: a child of a passing thread would end with it.
        is_main = threading.current_thread() is threading.main_thread()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            self._begin = sink.tell()  # what is before it, another process has written
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                preexec_fn=_die_with_parent if is_main else None,  # noqa: PLW1509 - one prctl, safe
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
        """Wait until it runs and `answers()` is true.

        Raises
        ------
        ServerUnavailable
            It ended, or did not answer in time; the message quotes its last log lines.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            does_answer = answers()
            if self.returncode is not None:  # then another may have answered in its place
                msg = f"{self.name} ended with status {self.returncode}: {self.log_tail()}"
                raise ServerUnavailable(msg)
            if does_answer:
                return
            if time.monotonic() > deadline:
                msg = f"{self.name} did not answer within {timeout_s:.0f} s: {self.log_tail()}"
                raise ServerUnavailable(msg)
            time.sleep(0.05)

    def wait_until_listening(self, port: int, timeout_s: float, host: str = "127.0.0.1") -> None:
        """Wait until it is this process, and no other, that listens on a TCP port.

        Raises
        ------
        ServerUnavailable
            It ended, or did not listen in time; the message quotes its last log lines.
        """
        self.wait_for(lambda: is_listening(port, host) and self.listens_on(port), timeout_s)

    def listens_on(self, port: int) -> bool:
        """Tell whether a TCP port is held by this process."""
        import psutil  # type: ignore[import-untyped]

        with suppress(psutil.Error):
            opened = psutil.Process(self.pid).net_connections("tcp")
            return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in opened)
        return False

    def log_tail(self, lines: int = 5) -> str:
        """Last lines that it has written to its log, on one line."""
        with self.log.open("rb") as log:
            log.seek(self._begin)
            return " | ".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def wait(self, timeout_s: float) -> int:
        """Wait until it has ended by itself; gives its exit status.

        Raises
        ------
        subprocess.TimeoutExpired
            It did not end in time.
        """
        return self._process.wait(timeout_s)

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
