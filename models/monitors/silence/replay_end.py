"""The end of a replay: nothing more comes, so that what is open over its feed ends with it."""

from __future__ import annotations

from typing import Final

import msgspec

from models.messages.feed_health import FeedHealth

WAIT_MS: Final = 60_000  # wall clock after the last pane: what it gave has been judged by then


class ReplayEnd(msgspec.Struct, kw_only=True):
    """State of one feed, saved whole.

    Attributes
    ----------
    since_ms : dict of int to int
        By raw partition that has ended: when ingest first said so, by its wall clock.
    is_reported : bool
        The end was given out.
    is_behind : bool
        Panes of the replay came after its end was known: the wait begins again.
    """

    since_ms: dict[int, int] = {}
    is_reported: bool = False
    is_behind: bool = False

    def follow_pane(self) -> bool:
        """Note that a pane closed; tell whether that puts the end off."""
        if self.is_behind or self.is_reported or not self.since_ms:
            return False
        self.is_behind = True
        return True

    def apply(self, health: FeedHealth) -> bool:
        """Apply a health message; return True once, when all partitions ended long enough ago."""
        if health.mode != "replay" or not health.is_ended:
            self.since_ms.pop(health.raw_partition, None)
            self.is_reported = False
            return False
        self.since_ms.setdefault(health.raw_partition, health.published_ms)
        if self.is_behind:
            self.since_ms = dict.fromkeys(self.since_ms, health.published_ms)
            self.is_behind = False
        if self.is_reported or len(self.since_ms) < health.raw_partitions:
            return False
        is_due = health.published_ms - max(self.since_ms.values()) >= WAIT_MS
        self.is_reported = is_due
        return is_due
