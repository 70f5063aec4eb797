"""Faust's worker without its command line: our logs, our time limit at the end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from typing import Any, Final

from faust.worker import Worker

from streams import logs
from streams.host import transport
from streams.host.environment import EXIT_CANNOT_GO_ON
from streams.host.transport import CheckpointApp

_STOP_WITHIN_S: Final = 6.0  # last checkpoints and leaving the group take about two

log = logs.get(__name__)


class Runner(Worker):  # type: ignore[misc,unused-ignore]
    """Runs the application in the main thread until a signal or a crash.

    Attributes
    ----------
    is_told_to_stop : bool
        A signal has come.
    """

    def __init__(self, app: CheckpointApp, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            app,
            loop=loop,
            override_logging=False,
            redirect_stdouts=False,
            quiet=True,
            loglevel="WARN",
        )
        self.spinner = None
        self.is_told_to_stop = False
        # Faust tells of its services' lives under the module of our subclasses.
        logging.getLogger(transport.__name__).setLevel(logging.WARNING)
        self._assignee = app.assignee

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        """Stop in order; where that takes too long, end anyway."""
        log.info("the worker stops", signal=signal.name)
        self.is_told_to_stop = True
        timer = threading.Timer(_STOP_WITHIN_S, self._insist)
        timer.daemon = True
        timer.start()
        super()._schedule_shutdown(signal)

    def carp(self, msg: str) -> None:
        """Print nothing when a signal comes; the log records it."""

    def _setproctitle(self, info: Any, *, ident: str = "") -> None:
        """Keep the process's own name."""

    def _insist(self) -> None:
        """End where Faust does not: nothing is lost by it once the host has closed."""
        is_safe = self._assignee.is_closed
        log.warning("the worker did not stop in order and ends", last_checkpoints=is_safe)
        os._exit(0 if is_safe else EXIT_CANNOT_GO_ON)
