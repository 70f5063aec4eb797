"""Gathers the panes of one feed from all street partitions until each pane is complete."""

from __future__ import annotations

from typing import Final

import msgspec

from models.feeds.frame import IDLE
from models.windows.messages import PaneHeader

WAIT_MS: Final = 300_000  # wall clock: so long a complete pane waits for a partition that is silent


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """The newest message of one partition about one pane that was not judged yet."""

    partition: int
    start_ms: int
    width_s: int
    revision: int
    data: bytes


class Progress(msgspec.Struct, kw_only=True):
    """How far the gathering has come; small, saved whole.

    Attributes
    ----------
    partitions : int
        Street partitions there are; 0 before the first message.
    watermarks : dict of int to int
        By partition: how far it has come.
    judged_end_ms : int
        End of the newest pane given out.
    revised : int
        Messages about panes that were given out already. They correct the record of the street,
        but a judgement is not taken back: what was learnt and told stays.
    """

    partitions: int = 0
    watermarks: dict[int, int] = {}
    judged_end_ms: int = 0
    revised: int = 0


class Gather:
    """Panes of one feed that wait until every street partition has come past their end.

    A partition that never speaks (its process is gone) would hold all panes up for ever. After
    `WAIT_MS` of wall clock a pane is therefore given out without it; what the partition says of
    the pane later counts as revised. This is the one place where the result depends on the wall
    clock, and it takes an outage longer than that to get there.
    """

    def __init__(self) -> None:
        self.progress = Progress()
        self.pending: dict[tuple[int, int], Arrived] = {}  # (start_ms, partition)
        self._waiting_since: dict[int, int] = {}  # start_ms → wall clock; not saved

    def take(self, header: PaneHeader, data: bytes) -> bool:
        """Take a message in; tells whether it is kept as part of a pane to come."""
        progress = self.progress
        progress.partitions = header.partitions
        progress.watermarks[header.partition] = self._watermark(header)
        if header.rows == 0:
            return False
        if header.start_ms + header.width_s * 1000 <= progress.judged_end_ms:
            progress.revised += 1
            return False
        key = (header.start_ms, header.partition)
        known = self.pending.get(key)
        if known is not None and known.revision > header.revision:
            return False
        self.pending[key] = Arrived(
            partition=header.partition,
            start_ms=header.start_ms,
            width_s=header.width_s,
            revision=header.revision,
            data=data,
        )
        return True

    def _watermark(self, header: PaneHeader) -> int:
        """Tell how far a partition has come: forward only, except from `IDLE` back to a time."""
        before = self.progress.watermarks.get(header.partition, IDLE)
        return header.watermark_ms if before == IDLE else max(before, header.watermark_ms)

    def release(self) -> list[list[Arrived]]:
        """Give out the panes that every partition has come past, oldest first."""
        known, partitions = self.progress.watermarks, range(self.progress.partitions)
        if any(partition not in known for partition in partitions):
            return []
        return self._release_until(min((known[partition] for partition in partitions), default=0))

    def release_overdue(self, now_ms: int) -> list[list[Arrived]]:
        """Give out the panes that have waited too long, and those before them."""
        starts = {start for start, _ in self.pending}
        self._waiting_since = {s: self._waiting_since.get(s, now_ms) for s in starts}
        overdue = [s for s, since in self._waiting_since.items() if now_ms - since >= WAIT_MS]
        if not overdue:
            return []
        newest = max(overdue)
        width_s = next(a.width_s for a in self.pending.values() if a.start_ms == newest)
        return self._release_until(newest + width_s * 1000)

    def _release_until(self, horizon_ms: int) -> list[list[Arrived]]:
        """Give out all panes that end by an event time."""
        ready = sorted(
            key for key, a in self.pending.items() if a.start_ms + a.width_s * 1000 <= horizon_ms
        )
        panes: dict[int, list[Arrived]] = {}
        for key in ready:
            panes.setdefault(key[0], []).append(self.pending.pop(key))
        if panes:
            last = panes[max(panes)][0]
            self.progress.judged_end_ms = last.start_ms + last.width_s * 1000
        return list(panes.values())
