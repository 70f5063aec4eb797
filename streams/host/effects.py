"""Carries out the effects that processors ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from models.messages.bounds import LARGEST_MESSAGE
from streams.host.processor import (
    Archive,
    Compact,
    Deliver,
    Effect,
    Send,
    WriteBooks,
    WriteSnapshot,
)

Acknowledgement = asyncio.Future[Any]


class EffectTooLarge(ValueError):
    """A processor asked for a message that no topic takes."""


class NotArchived(Exception):
    """The archive could not be written.

    Attributes
    ----------
    effect : Archive or Compact
        What was to be written.
    """

    def __init__(self, effect: Archive | Compact, error: OSError) -> None:
        super().__init__(str(error))
        self.effect = effect


class Archiver(Protocol):
    """Writes the archive; see `streams.sinks.archive`."""

    async def carry_out(self, effect: Archive | Compact) -> None:
        """Do it; returns when it is on the disk."""
        ...


class Outlet:
    """Where effects leave the application.

    Parameters
    ----------
    produce : callable
        (topic, key, value) → future of the broker's acknowledgement.
    write : callable
        Writes to Redis for readers; returns when Redis has it.
    deliver : callable
        Begins a try to deliver and returns at once (`streams.host.deliveries`).
    archiver : Archiver
        Writes the archive beside the event loop; counts as acknowledged when it is done.
    """

    def __init__(
        self,
        produce: Callable[[str, bytes, bytes], Awaitable[Acknowledgement]],
        write: Callable[[WriteSnapshot | WriteBooks], Awaitable[None]],
        deliver: Callable[[Deliver], None],
        archiver: Archiver,
    ) -> None:
        self._produce = produce
        self._write = write
        self._deliver = deliver
        self._archiver = archiver

    @staticmethod
    def check(effects: Sequence[Effect]) -> None:
        """Refuse what could never be sent, while the state can still be taken back.

        Raises
        ------
        EffectTooLarge
            A message is larger than the topics take.
        """
        for effect in effects:
            if isinstance(effect, Send) and len(effect.value) > LARGEST_MESSAGE:
                msg = f"{len(effect.value)} bytes for {effect.topic}, at most {LARGEST_MESSAGE}"
                raise EffectTooLarge(msg)

    async def carry_out(self, effects: Sequence[Effect]) -> list[Acknowledgement]:
        """Carry out effects in their order; gives the acknowledgements still to come."""
        pending: list[Acknowledgement] = []
        for effect in effects:
            if isinstance(effect, Send):
                pending.append(await self._produce(effect.topic, effect.key, effect.value))
            elif isinstance(effect, WriteSnapshot | WriteBooks):
                await self._write(effect)
            elif isinstance(effect, Archive | Compact):
                pending.append(asyncio.ensure_future(self.archive(effect)))
            else:
                self._deliver(effect)
        return pending

    async def archive(self, effect: Archive | Compact) -> None:
        """Write to the archive; raises NotArchived where the disk does not take it."""
        try:
            await self._archiver.carry_out(effect)
        except OSError as error:
            raise NotArchived(effect, error) from error
