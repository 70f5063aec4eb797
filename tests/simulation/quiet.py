"""A process of Python in which thousands of faults are simulated: no logs, few collections."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog


class _Mute:
    """A logger that says nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def silence() -> None:
    """Let every logger of this process of Python say nothing."""
    structlog.configure(wrapper_class=lambda *_, **__: _Mute())  # type: ignore[arg-type]


@contextmanager
def silenced() -> Iterator[None]:
    """Let every logger say nothing for a while."""
    before = structlog.get_config()
    silence()
    yield
    structlog.configure(**before)


def settle_in() -> None:
    """Make a process of Python ready for many seeds.

    What is imported by now stays: the collector need not walk through it again and again.
    """
    silence()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
