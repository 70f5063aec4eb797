"""The outbox as files: what was sent of each day, byte for byte, and what came of it.

```
<GRIDPULSE_ARCHIVE_DIR>/platform/<feed>/<day>/outbox.json   tries and receipts
                                              0.json        first revision, as it was posted
                                              1.json        its correction
```
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from config.errors import InputError
from models.platform.outbox import DayOutbox
from streams.whole_files import write_whole

FOLDER: Final = "platform"
_STATE: Final = "outbox.json"


class OutboxFiles:
    """The outbox of one feed.

    Parameters
    ----------
    archive : Path
        Folder of the archive.
    feed : str
    """

    def __init__(self, archive: Path, feed: str) -> None:
        self._feed, self._folder = feed, archive / FOLDER / feed

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other senders away: two that looked at once would both send."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def days(self) -> list[str]:
        """List the days of which anything was made, the oldest first."""
        return sorted(file.parent.name for file in self._folder.glob(f"*/{_STATE}"))

    def read_all(self) -> tuple[list[DayOutbox], list[InputError]]:
        """Read what became of all days, the oldest first; of damaged ones their errors."""
        found, damaged = list[DayOutbox](), list[InputError]()
        for day in self.days():
            try:
                found.append(self.read(day))
            except InputError as error:
                damaged.append(error)
        return found, damaged

    def read(self, day: str) -> DayOutbox:
        """Read what became of a day; raises InputError where the file is damaged."""
        file = self._folder / day / _STATE
        if not file.is_file():
            return DayOutbox(feed=self._feed, day=day)
        try:
            return msgspec.json.decode(file.read_bytes(), type=DayOutbox)
        except msgspec.MsgspecError as error:
            msg = f"{file} is no outbox of a day: {error}; move it away to send the day anew"
            raise InputError(msg) from None

    def write(self, outbox: DayOutbox) -> None:
        """Write what became of a day."""
        data = msgspec.json.format(msgspec.json.encode(outbox))
        write_whole(self._folder / outbox.day / _STATE, data)

    def body_file(self, day: str, revision: int) -> Path:
        """Tell where a revision lies."""
        return self._folder / day / f"{revision}.json"

    def write_body(self, day: str, revision: int, body: bytes) -> None:
        """Write a revision."""
        write_whole(self.body_file(day, revision), body)
