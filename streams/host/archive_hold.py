"""Keeps one partition back while the archive cannot be written: a full disk must not end warnings.

What was applied since the last checkpoint is not safe, so nothing more is applied and nothing is
saved: the checkpoint keeps its offsets. Records that Faust hands out meanwhile are passed over, as
waiting for the disk would fill its buffers and hold up the agents beside this one. They can only be
read again by a process that starts, so once the archive can be written the process ends.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final

from streams import logs
from streams.health import Health
from streams.host.effects import NotArchived
from streams.host.processor import Archive, Compact

RETRY_S: Final = 30.0

log = logs.get(__name__)
Write = Callable[[Archive | Compact], Awaitable[None]]


class MustReadAgain(Exception):
    """The archive can be written again: records that were passed over have to be read anew."""


class ArchiveHold:
    """What is known of the archive at one partition.

    Parameters
    ----------
    agent : str
    number : int
    health : Health
        Is not ready for as long as the partition is held back.
    write : callable
        Writes to the archive; raises NotArchived where that fails.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self, agent: str, number: int, health: Health, write: Write, clock: Callable[[], float]
    ) -> None:
        self._agent, self._name = agent, f"{agent}/{number}"
        self._health = health
        self._write = write
        self._clock = clock
        self._failed: Archive | Compact | None = None
        self._tried_s = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the partition is held back."""
        return self._failed is not None

    async def __aenter__(self) -> None:
        """Hold the partition back where the archive cannot be written in this block."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, NotArchived):
            self._note(error)
            return True
        return False

    async def try_again(self) -> None:
        """Write what failed once more, every `RETRY_S`.

        Raises
        ------
        MustReadAgain
            It is written now.
        """
        if self._failed is None or self._clock() - self._tried_s < RETRY_S:
            return
        async with self:
            await self._write(self._failed)
            msg = f"the archive can be written again: {self._name} reads what it passed over"
            raise MustReadAgain(msg)

    def _note(self, error: NotArchived) -> None:
        self._failed, self._tried_s = error.effect, self._clock()
        self._health.metrics.failures.labels(self._agent, "archive").inc()
        problem = (
            f"the archive cannot be written: {error}; its records are kept back in Kafka, and it is"
            f" tried again every {RETRY_S:g} s"
        )
        self._health.condition(self._name, problem)
        log.error("held back", partition=self._name, why=str(error))
