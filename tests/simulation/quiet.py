"""No logs while thousands of faults are simulated."""

from __future__ import annotations

from typing import Any

import structlog


class _Mute:
    """A logger that says nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def silence() -> None:
    """Let every logger of this process of Python say nothing."""
    structlog.configure(wrapper_class=lambda *_, **__: _Mute())  # type: ignore[arg-type]
