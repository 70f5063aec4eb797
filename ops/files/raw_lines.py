"""A file of raw messages, one JSON message a line, as it would be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.feeds.raw import RawMessage, peek
from ops.files.account import InputAccount
from ops.files.json_messages import is_one_array, json_messages
from ops.files.packed import require_file, unpacked

OUTSIDE: Final = "outside-span"  # before --since, not before --until, or not in the year up to --at


class RawLines:
    """Raw messages of a file, in its order; packed or not, a line or an element of an array each.

    A message without a readable event time is sent all the same, at the time of the one before it,
    because to judge it is the business of ingest; it is counted in `unreadable`.

    Attributes
    ----------
    total : None
        How many messages there are is known when all have been given.

    Raises
    ------
    InputError
        There is no such file.
    """

    total: int | None = None

    def __init__(self, path: Path) -> None:
        require_file(path)
        self._path = path
        self.lines = 0
        self.unreadable: Counter[str] = Counter()
        self._given: list[int] = []

    def messages(
        self, since_ms: int | None = None, until_ms: int | None = None
    ) -> Iterator[RawMessage]:
        """Give the messages with since ≤ event time < until."""
        before_ms = since_ms or 0
        for number, value in enumerate(raw_values(self._path)):
            self.lines = number + 1
            found = peek(value)
            if found is None:
                self.unreadable["unreadable-line"] += 1
            before_ms, key = found or (before_ms, "")
            if (since_ms is None or before_ms >= since_ms) and (
                until_ms is None or before_ms < until_ms
            ):
                self._given.append(number)
                yield RawMessage(before_ms, key, value)

    def account(self, refused: Mapping[int, str] | None = None) -> InputAccount:
        """Say what became of the messages, once all have been given.

        Parameters
        ----------
        refused : mapping of int to str, optional
            Messages that gave nothing, by their number among those given, and why.
        """
        account = InputAccount(self._path, self.lines)
        outside = np.ones(self.lines, dtype=bool)
        outside[self._given] = False
        account.set_aside(OUTSIDE, outside)
        set_aside_refused(account, np.array(self._given, dtype=np.int64), refused or {})
        for reason, count in self.unreadable.items():
            account.note(f"{count} × {reason}: left to ingest to judge")
        return account


def raw_values(path: Path) -> Iterator[bytes]:
    """Give the JSON texts of a file, packed or not: of each line, or of each element of its array.

    Raises
    ------
    InputError
        There is no such file, or it cannot be read.
    """
    require_file(path)
    if is_one_array(path):
        yield from json_messages(path)
        return
    with unpacked(path) as lines:
        for line in lines:
            value = line.removeprefix(b"\xef\xbb\xbf").strip()
            if value:
                yield value


def set_aside_refused(
    account: InputAccount, rows: NDArray[np.int64], refused: Mapping[int, str]
) -> None:
    """Set aside the rows of which no message was accepted.

    Parameters
    ----------
    rows : ndarray, shape (messages,), int64
        Row of each message.
    refused : mapping of int to str
        Number of a message, and why it gave nothing.
    """
    if not refused:
        return
    accepted = np.ones(len(rows), dtype=bool)
    accepted[list(refused)] = False
    used = np.zeros(account.read, dtype=bool)
    used[rows[accepted]] = True
    for reason in dict.fromkeys(refused.values()):
        where = np.zeros(account.read, dtype=bool)
        where[rows[[number for number, why in refused.items() if why == reason]]] = True
        account.set_aside(reason, where & ~used)
