"""What a command prints: text for people, or one JSON object, on stdout; progress on stderr."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


def say(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print a result: its text, or its values as one JSON object."""
    print(msgspec.json.encode(values).decode() if as_json else text)


def progress() -> Progress:
    """Make a progress bar on stderr; silent where stderr is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not Console(stderr=True).is_terminal,
    )
