"""Carries out what the archive agents ask for, beside the event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from streams import logs
from streams.host.processor import Archive, Compact
from streams.sinks.archive_files import compact_day, write_part

log = logs.get(__name__)

_AT_ONCE: Final = 1  # files written at a time: the archive must not take the disk from the rest


class ArchiveSink:
    """Writes to one archive.

    Parameters
    ----------
    folder : Path
        The archive; made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def carry_out(self, effect: Archive | Compact) -> None:
        """Write a part, or compact a day.

        Raises
        ------
        OSError
            A part could not be written: it must not be forgotten. A compaction that fails is only
            told of, since nothing is lost and the next one of the day makes up for it.
        """
        async with self._turn:
            if isinstance(effect, Archive):
                await asyncio.to_thread(write_part, self._folder, effect)
                return
            try:
                await asyncio.to_thread(compact_day, self._folder, effect.dataset, effect.day)
            except OSError as error:
                log.warning("a day was not compacted", day=effect.day, error=str(error))
