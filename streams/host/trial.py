"""Tries work that may end the process, in a copy of it."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Final

LIMIT_S: Final = 30.0
_STEP_S: Final = 0.002


def survives(work: Callable[[], object], limit_s: float = LIMIT_S) -> bool:
    """Tell whether work comes to its end in a copy of this process (a fork).

    False where it raises, ends the process, is killed, or takes longer than the limit. What it
    changes is gone with the copy, so it must not touch files, sockets or locks.
    """
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of threads: the copy runs one function
        child = os.fork()
    if child == 0:
        _run_and_exit(work)
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == _SURVIVED
        time.sleep(_STEP_S)
    with suppress(ProcessLookupError):
        os.kill(child, 9)
    os.waitpid(child, 0)
    return False


_SURVIVED: Final = 83  # so that a record which ends the process with 0 is not taken for harmless


def _run_and_exit(work: Callable[[], object]) -> None:
    """Run in the copy, and leave without any clean-up of its original."""
    status = 1
    try:
        work()
        status = _SURVIVED
    finally:
        os._exit(status)
