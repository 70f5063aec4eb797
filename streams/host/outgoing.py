"""Effects on their way out: what the broker has not acknowledged, and what a save holds too."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from streams.host.effects import Acknowledgement, Outlet
from streams.host.fields import UNSENT, format_unsent, parse_unsent
from streams.host.processor import Effect

_MOST_PENDING: Final = 2000  # acknowledgements outstanding


class OutgoingEffects:
    """Effects of one partition.

    Parameters
    ----------
    outlet : Outlet
        Where they leave.
    """

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._pending: list[Acknowledgement] = []
        self._left: Sequence[Effect] = ()  # by the owner before us
        self._is_saved = False

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load what the owner before us saved and may not have sent."""
        if UNSENT in fields:
            self._left, self._is_saved = parse_unsent(fields[UNSENT]), True

    def changes(self, unsent: Sequence[Effect]) -> dict[bytes, bytes | None]:
        """Give the field to save: what leaves after the save, or that nothing does any more."""
        had, self._is_saved = self._is_saved, bool(unsent)
        return {UNSENT: format_unsent(unsent) if unsent else None} if had or unsent else {}

    async def send_left(self) -> None:
        """Send what the owner before us may not have sent."""
        if self._left:
            left, self._left = self._left, ()
            await self.send(left)

    async def send(self, effects: Sequence[Effect]) -> None:
        """Let effects leave in their order."""
        if not effects:
            return
        self._pending += await self._outlet.carry_out(effects)
        if len(self._pending) > _MOST_PENDING:
            await self.settle()

    async def settle(self) -> None:
        """Wait until the broker has acknowledged all that was sent."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        for each in pending:
            each.add_done_callback(_is_looked_at)
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        for each in pending:
            if each.done():
                each.result()


def _is_looked_at(acknowledgement: Acknowledgement) -> None:
    """Take note of a failure that comes while the process is stopped: nobody waits for it then."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()
