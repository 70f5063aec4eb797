"""A processor that can be taken back: what its checkpoint holds, and the records applied since."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from streams.host.caution import AHEAD_MS
from streams.host.effects import Outlet
from streams.host.fields import STATE, unprefixed
from streams.host.processor import Effect, Processor, Record
from streams.host.refused import apply_record

JOURNAL_BYTES: Final = 32 * 2**20  # a checkpoint is due when this much was applied since the last

Load = Callable[[], Awaitable[Mapping[bytes, bytes]]]


class RewindableProcessor:
    """A processor, and the way back to how it was.

    Parameters
    ----------
    agent : str
    make : callable
        Gives a new, empty processor.
    load : callable
        Reads the fields of the checkpoint.
    """

    def __init__(self, agent: str, make: Callable[[], Processor], load: Load) -> None:
        self._agent = agent
        self._make = make
        self._load = load
        self.processor = make()
        self._journal: list[Record] = []
        self._journal_bytes = 0

    @property
    def is_journal_full(self) -> bool:
        """Whether so much was applied that the next checkpoint should not wait."""
        return self._journal_bytes >= JOURNAL_BYTES

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the state of a checkpoint's fields."""
        self.processor.restore(unprefixed(fields, STATE))

    def apply(self, record: Record) -> Sequence[Effect]:
        """Apply a record; whatever it raises passes, and the state is then to be rewound."""
        effects = apply_record(self._agent, self.processor, record)
        Outlet.check(effects)
        self._journal.append(record)
        self._journal_bytes += len(record.value)
        return effects

    def note_saved(self) -> None:
        """Begin the journal anew: the state is in the checkpoint."""
        self._journal, self._journal_bytes = [], 0

    async def rewind(self) -> None:
        """Make the state as it was before what failed, which may have half changed it.

        The effects of the records applied since the checkpoint have left already.
        """
        self.processor = self._replayed(await self._load(), self._journal)

    async def drop_culprit(self, now_ms: int) -> Record | None:
        """Find the record since the checkpoint after which a tick or a save fails, and undo it.

        Gives None where the state fails without any of them, or does not fail at all.
        """
        fields = await self._load()
        end = await self._shortest_failing(fields, now_ms)
        if end is None:
            self.processor = self._replayed(fields, self._journal)
            return None
        culprit = self._journal.pop(end - 1)
        self._journal_bytes -= len(culprit.value)
        self.processor = self._replayed(fields, self._journal)
        return culprit

    async def _shortest_failing(self, fields: Mapping[bytes, bytes], now_ms: int) -> int | None:
        """Give a number of records after which the state fails, and with one less does not."""
        good, bad = 0, len(self._journal)
        if self._fails(fields, good, now_ms) or not self._fails(fields, bad, now_ms):
            return None
        while bad - good > 1:
            middle = (good + bad) // 2
            if self._fails(fields, middle, now_ms):
                bad = middle
            else:
                good = middle
            await asyncio.sleep(0)
        return bad

    def _fails(self, fields: Mapping[bytes, bytes], count: int, now_ms: int) -> bool:
        """Tell whether ticks or a save fail after the first records of the journal."""
        try:
            scratch = self._replayed(fields, self._journal[:count])
            for at_ms in (now_ms, now_ms + AHEAD_MS):
                Outlet.check(scratch.tick(at_ms))
            scratch.changes()
        except Exception:
            return True
        return False

    def _replayed(self, fields: Mapping[bytes, bytes], records: Sequence[Record]) -> Processor:
        processor = self._make()
        processor.restore(unprefixed(fields, STATE))
        for record in records:
            apply_record(self._agent, processor, record)
        return processor
