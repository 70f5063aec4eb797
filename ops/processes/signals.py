"""SIGINT and SIGTERM as a fact that can be asked for, instead of an exception anywhere."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Self


class Stop:
    """Set by the first SIGINT or SIGTERM; the second ends the process as usual."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]

    def is_set(self) -> bool:
        """Tell whether a signal came."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for a signal; tells whether one came."""
        return self._event.wait(seconds)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._event.set()
        signal.signal(number, signal.SIG_DFL)
