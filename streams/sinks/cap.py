"""Tells by CAP: one file a message and an Atom feed, in a folder that others fetch or serve.

A change is written once: the index in the folder says which message it became. A file is whole or
not there, and the feed names no file that is not.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from config.catalog import Catalog
from config.errors import ConfigError
from config.settings import Settings
from models.messages.subscriptions import Subscription
from models.messages.warnings import CityWarning
from models.warnings.cap import STATUSES, Sender, to_cap
from models.warnings.cap_feed import CapIndex, CapMessage, atom_feed
from models.warnings.notice import Titles
from models.warnings.outlines import outlines
from streams.sinks.channel import Outcome
from streams.whole_files import write_whole

FEED: Final = "feed.atom"
_INDEX: Final = "index.json"
_LOCK: Final = ".lock"
_AGENCY_DIGITS: Final = 6


class CapSink:
    """Writes the messages of one city.

    Parameters
    ----------
    settings : Settings
        Folder, sender, status and agency.
    catalog : Catalog

    Raises
    ------
    ConfigError
        A setting is not valid.
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._folder = Path(settings.cap_dir)
        self._catalog = catalog
        self._titles = Titles(catalog)
        self._zone = ZoneInfo(catalog.city.timezone)
        self._agency = settings.cap_agency
        if len(self._agency) != _AGENCY_DIGITS or not self._agency.isdecimal():
            msg = f"environment: GRIDPULSE_CAP_AGENCY should be 6 digits, got {self._agency!r}"
            raise ConfigError(msg)
        if settings.cap_status not in STATUSES:
            known = ", ".join(STATUSES)
            msg = f"environment: GRIDPULSE_CAP_STATUS should be one of {known}"
            raise ConfigError(msg)
        if not settings.cap_sender or set(settings.cap_sender) & set(" ,<&"):
            msg = "environment: GRIDPULSE_CAP_SENDER should be one word without comma, < or &"
            raise ConfigError(msg)
        self._sender = Sender(
            sender=settings.cap_sender,
            event=catalog.city.name,
            place=catalog.city.name,
            timezone=self._zone,
            status=settings.cap_status,
        )

    async def send(self, to: Subscription, changes: Sequence[CityWarning]) -> Outcome:
        """Write what is not written yet."""
        del to
        try:
            written = await asyncio.to_thread(self._write, sorted(changes, key=_order))
        except (OSError, msgspec.MsgspecError) as error:
            return Outcome(delivered=False, detail=f"{type(error).__name__}: {error}"[:200])
        return Outcome(delivered=True, detail=", ".join(written) or "nothing to say in the feed")

    async def close(self) -> None:
        """Nothing stays open."""

    def _write(self, changes: Sequence[CityWarning]) -> list[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with _locked(self._folder / _LOCK):
            index = read_index(self._folder)
            names = [each for change in changes for each in self._message(index, change)]
            if names or not (self._folder / FEED).exists():
                write_whole(self._folder / _INDEX, msgspec.json.encode(index))
                write_whole(
                    self._folder / FEED, atom_feed(index.messages, self._sender, self._zone)
                )
        return names

    def _message(self, index: CapIndex, change: CityWarning) -> Iterator[str]:
        """Write the message of a change, give its identifier."""
        known = index.known(change)
        if known is not None:
            return
        place, event = self._titles.place(change), self._titles.event(change)
        title = {language: f"{place[language]} {event[language]}" for language in place}
        message = index.plan(change, title, self._agency)
        if message is None:
            return
        sender = replace(self._sender, event=event, place=place)
        write_whole(self._file(message), self._xml(index, message, change, sender))
        for old in index.add(message):
            self._file(old).unlink(missing_ok=True)
        yield message.name.identifier

    def _xml(
        self, index: CapIndex, message: CapMessage, change: CityWarning, sender: Sender
    ) -> bytes:
        current = index.current(change.id)
        earlier = [current.name] if current else []
        day = datetime.fromtimestamp(change.updated_ms / 1000, UTC).astimezone(self._zone).date()
        rings = outlines(self._catalog.grid_at(day), change) if message.msg_type != "Ack" else []
        return to_cap(change, sender, message.name, message.msg_type, earlier, rings)

    def _file(self, message: CapMessage) -> Path:
        return self._folder / f"{message.name.identifier}.xml"


def read_index(folder: Path) -> CapIndex:
    """Read which messages were written; an empty one where there are none.

    Raises
    ------
    OSError, msgspec.MsgspecError
        It cannot be read.
    """
    file = folder / _INDEX
    if not file.exists():
        return CapIndex()
    return msgspec.json.decode(file.read_bytes(), type=CapIndex)


def _order(change: CityWarning) -> tuple[str, int]:
    return change.id, change.revision


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Let one process write at a time."""
    with file.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
