"""After a process that did not end in order: find the record that ended it, and set it aside.

An owner that claims a checkpoint whose last owner did not end in order is careful until its first
save: it marks in the checkpoint what it is about to do. If that ends the process too, the successor
finds the mark, and tries the marked record in a copy of the process first (`trial`). Only what does
not survive there is set aside: a process that was killed from outside blames no record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from streams.host.processor import Processor, Record
from streams.host.refused import apply_record
from streams.host.scripts import Claim

TICK: Final = b"tick"
SAVE: Final = b"save"
PATIENCE_S: Final = 60.0  # a partition with nothing to save is trusted again after so long
AHEAD_MS: Final = 10_000  # a trial looks so far ahead: what a tick does every few seconds is in it
_HOPELESS: Final = 3  # ends of the process under the same mark, whatever a trial says

Mark = Callable[[bytes], Awaitable[None]]
Survives = Callable[[Callable[[], object]], bool]


class Caution:
    """What one owner of a partition knows of its predecessor's end.

    Parameters
    ----------
    claim : Claim
    mark : callable
        Writes a mark into the checkpoint.
    survives : callable
        `trial.survives`.
    now_s : float
        Monotonic seconds.
    """

    def __init__(self, claim: Claim, mark: Mark, survives: Survives, now_s: float) -> None:
        self._mark = mark
        self._survives = survives
        self._until_s = 0.0 if claim.was_clean else now_s + PATIENCE_S
        self._what, self._ends = _parsed(b"" if claim.was_clean else claim.mark)

    def is_careful(self, now_s: float) -> bool:
        """Tell whether what is done is marked."""
        return now_s < self._until_s

    def trust(self) -> None:
        """Be careful no more: a save has succeeded, so what led to it ends no process."""
        self._until_s = 0.0
        self._what, self._ends = b"", 0

    async def before(self, what: bytes) -> None:
        """Mark what is about to be done."""
        ends = self._ends + 1 if what == self._what else 1
        await self._mark(b"%d %s" % (ends, what))

    def verdict(self, record: Record, processor: Processor, now_ms: int) -> str | None:
        """Say why a record must be set aside without being applied; None where it need not."""
        if not self._what:
            return None
        what = place(record)
        if what != self._what and self._what not in (TICK, SAVE):
            return None
        if what == self._what and self._ends >= _HOPELESS:
            return f"the process ended {self._ends} times while it was applied"
        if self._survives(lambda: probe(processor, record, now_ms)):
            return None
        if not self._survives(lambda: probe(processor, None, now_ms)):
            return None  # whatever it is, it is not this record
        return "the process ended on it, and did so again when it was tried in a copy"

    def is_state_deadly(self, processor: Processor, now_ms: int) -> bool:
        """Tell whether the restored state itself ends the process at a tick or a save."""
        return self._what in (TICK, SAVE) and not self._survives(
            lambda: probe(processor, None, now_ms)
        )


def place(record: Record) -> bytes:
    """Name a record in a mark."""
    return f"{record.topic}/{record.partition}/{record.offset}".encode()


def probe(processor: Processor, record: Record | None, now_ms: int) -> None:
    """Do with a processor whatever may follow from a record; changes it."""
    if record is not None:
        apply_record("trial", processor, record)
    processor.tick(now_ms)
    processor.tick(now_ms + AHEAD_MS)
    processor.changes()


def _parsed(mark: bytes) -> tuple[bytes, int]:
    ends, _, what = mark.partition(b" ")
    return (what, int(ends)) if ends.isdigit() else (b"", 0)
