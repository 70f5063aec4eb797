"""A file of raw messages, one JSON message a line, as it would be sent."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from config.errors import InputError
from models.feeds.raw import RawMessage, peek


class RawLines:
    """Raw messages of a file (`.jsonl`, may be `.gz`), in the order of the file.

    A line without a readable event time is sent all the same, at the time of the line before it,
    because to judge it is the business of ingest; it is counted in `unreadable`.

    Raises
    ------
    InputError
        There is no such file.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            msg = f"there is no file {path}"
            raise InputError(msg)
        self._path = path
        self.lines = 0
        self.unreadable: Counter[str] = Counter()

    def messages(
        self, since_ms: int | None = None, until_ms: int | None = None
    ) -> Iterator[RawMessage]:
        """Give the messages with since ≤ event time < until."""
        opened = gzip.open if self._path.name.endswith(".gz") else open
        before_ms = since_ms or 0
        with opened(self._path, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                value = line.strip()
                if not value:
                    continue
                self.lines = number
                found = peek(value)
                if found is None:
                    self.unreadable["unreadable-line"] += 1
                before_ms, key = found or (before_ms, "")
                if (since_ms is None or before_ms >= since_ms) and (
                    until_ms is None or before_ms < until_ms
                ):
                    yield RawMessage(before_ms, key, value)
