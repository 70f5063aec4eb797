"""Which records belong to a replay: said by the headers that whoever started it put on them.

Nothing is guessed from the age of data. A record without these headers is live; the header
`gp-sent` counts only beside one of them. Where a key is set, a replay is signed with it, and one
that is not signed is read as live. Without a key anybody who may write to a raw topic may replay,
but only the past: a record that claims to be sent after it arrived is read as live.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from config.names import MARK_HEADER, REPLAY_HEADER, RETRY_HEADER, SENT_HEADER
from models.timing.bounds import is_in_calendar

_RUN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_RETRY: Final = "retry-"
_APART: Final = "~"  # between a run and its signature; no run holds it
_SIGNATURE_DIGITS: Final = 32
_LONGEST_TIME: Final = 15  # digits of epoch milliseconds
_REMEMBERED: Final = 64  # runs judged before; a forger may name as many as he likes

Headers = Sequence[tuple[str, bytes | None]]


class ReplayMark(StrEnum):
    """What a record of a replay without data says to its raw partition."""

    BEGIN = "begin"
    HEARTBEAT = "beat"  # the replay goes on, its clock stands at `gp-sent`
    END = "end"


_MARKS: Final = {mark.value.encode(): mark for mark in ReplayMark}


class RecordHead(NamedTuple):
    """What the headers of a record say, once they are believed.

    Attributes
    ----------
    run : str
        The replay it belongs to; empty where it is live.
    mark : Mark or None
        A mark of the replay: the record holds no data.
    attempt : int
        How often a record that was set aside has been sent again; 0 for one that never was. A
        retry says nothing of the replay's state.
    """

    run: str = ""
    mark: ReplayMark | None = None
    attempt: int = 0


LIVE: Final = RecordHead()


def run_header(run: str, feed: str, key: str) -> bytes:
    """Make the header that names a replay, signed where there is a key.

    Examples
    --------
    >>> run_header("replay-1", "dust", "")
    b'replay-1'
    >>> run_header("replay-1", "dust", "secret").startswith(b"replay-1~")
    True
    """
    if not _RUN.fullmatch(run):
        msg = f"not a valid run: {run!r}, expected 1 to 64 letters, digits, dots, - and _"
        raise ValueError(msg)
    return f"{run}{_APART}{_signature(run, feed, key)}".encode() if key else run.encode()


def retry_headers(
    feed: str, sent_ms: int, run: str, key: str, attempt: int = 1
) -> list[tuple[str, bytes]]:
    """Make the headers of a record that was set aside and is sent again.

    Parameters
    ----------
    feed : str
    sent_ms : int
        When it was sent first, epoch milliseconds.
    run : str
        The replay it came with; empty where it came live.
    key : str
        Of `Settings.replay_key`.
    attempt : int
        How often it has been sent again with this time.
    """
    headers = [
        (SENT_HEADER, str(sent_ms).encode()),
        (RETRY_HEADER, run_header(f"{_RETRY}{attempt}", feed, key)),
    ]
    return [*headers, (REPLAY_HEADER, run_header(run, feed, key))] if run else headers


def _signature(run: str, feed: str, key: str) -> str:
    digest = hmac.new(key.encode(), f"{feed}/{run}".encode(), hashlib.sha256)
    return digest.hexdigest()[:_SIGNATURE_DIGITS]


class HeadReader:
    """Reads the headers of the records of one feed.

    Parameters
    ----------
    feed : str
    key : str
        Of `Settings.replay_key`; empty: replays need no signature.
    """

    def __init__(self, feed: str, key: str) -> None:
        self._feed, self._key = feed, key
        self._runs: dict[bytes, str] = {}

    def read(self, headers: Headers, arrived_ms: int) -> tuple[RecordHead, int]:
        """Judge the headers of one record.

        Parameters
        ----------
        headers : sequence of (str, bytes or None)
        arrived_ms : int
            When the record arrived, epoch milliseconds.

        Returns
        -------
        RecordHead
            `LIVE` where they are not believed, and where there are none.
        int
            When the record was sent, epoch milliseconds.
        """
        given = {name: value for name, value in headers if value is not None}
        sent_ms = _time(given.get(SENT_HEADER, b""))
        retry, replay = given.get(RETRY_HEADER, b""), given.get(REPLAY_HEADER, b"")
        run = self._run(replay or retry)
        if sent_ms is None or not run or (not self._key and sent_ms > arrived_ms):
            return LIVE, arrived_ms
        if retry:
            return RecordHead(run if replay else "", None, self._attempt(retry)), sent_ms
        return RecordHead(run, _mark(given.get(MARK_HEADER, b""))), sent_ms

    def _attempt(self, header: bytes) -> int:
        """Read which retry it is; the first where its header is not believed."""
        number = self._run(header).removeprefix(_RETRY)
        return int(number) if number.isdigit() and len(number) < _LONGEST_TIME else 1

    def _run(self, header: bytes) -> str:
        """Name of a run whose signature is right; empty for all else."""
        known = self._runs.get(header)
        if known is None:
            if len(self._runs) >= _REMEMBERED:
                self._runs.clear()
            known = self._runs[header] = self._believed(header)
        return known

    def _believed(self, header: bytes) -> str:
        run, _, signature = header.decode("ascii", "replace").partition(_APART)
        if not _RUN.fullmatch(run):
            return ""
        expected = _signature(run, self._feed, self._key) if self._key else signature
        return run if hmac.compare_digest(signature.encode(), expected.encode()) else ""


def _time(text: bytes) -> int | None:
    if not text.isdigit() or len(text) > _LONGEST_TIME:
        return None
    time_ms = int(text)
    return time_ms if is_in_calendar(time_ms) else None


def _mark(text: bytes) -> ReplayMark | None:
    return _MARKS.get(text)
