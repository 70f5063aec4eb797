"""What the state of every feed at one street partition has, whatever its kind.

What was applied already, how far the feed has come, and what an order to go back undoes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from models.messages.bounds import IDLE
from models.messages.envelope import malformed
from models.messages.origin import Origin
from models.messages.rewinds import Rewind, of_street
from models.messages.street_summaries import SummaryHeader
from models.timing.watermark import Watermark
from models.windows.applied import AppliedOffsets

LATENCIES: Final = 256  # a summary has at most so many ingest times


class StreetFeed:
    """Base of the state of one feed at one street partition.

    Parameters
    ----------
    feed : Feed
        Its name, allowed lateness, and how far its clocks may be ahead.

    Attributes
    ----------
    watermark : Watermark
    applied : AppliedOffsets
    applied_count : int
        Rows applied since the beginning; exact over crashes.
    last_event_ms : int
        Newest event time applied; 0 when none.
    ingested_ms : deque of int
        Wall clock of ingest of the messages applied since it was last emptied.
    """

    def __init__(self, feed: Feed) -> None:
        self.name = feed.name
        self.watermark = Watermark()
        self.applied = AppliedOffsets()
        self.applied_count = self.last_event_ms = 0
        self.ingested_ms: deque[int] = deque(maxlen=LATENCIES)
        self._lateness_ms = feed.allowed_lateness_s * 1000
        self._ahead_ms = feed.clock.future_s * 1000

    @property
    def clock_ms(self) -> int:
        """Event clock of the whole feed; 0 while it is not known.

        It is the watermark plus the allowed lateness, and once all raw partitions are idle that of
        the one that came furthest. The newest event of this partition does not count: every street
        partition then finds the same time, and one event dated ahead moves no clock.
        """
        watermark = self.watermark.value
        if watermark is None:
            return 0
        reached_ms = self.watermark.furthest_ms if watermark == IDLE else watermark
        return 0 if reached_ms < 0 else reached_ms + self._lateness_ms

    def rewind(self, order: Rewind) -> bool:
        """Obey a rewind of a raw partition; return whether it is news."""
        if not self.watermark.rewind(order):
            return False
        now_ms = max(self.watermark.reached_ms + self._lateness_ms, 0)
        last_ms = order.asked_ms + self._ahead_ms
        self._go_back(now_ms, last_ms)
        if self.last_event_ms > last_ms:
            self.last_event_ms = now_ms
        return True

    def _go_back(self, now_ms: int, last_ms: int) -> None:
        """Undo what a clock that ran away has done, as far as it can be undone.

        Parameters
        ----------
        now_ms : int
            Event clock from now on; the watermark has gone back already.
        last_ms : int
            Newest event time that was lived: the wall clock of the order, and what a clock may be
            ahead of it.
        """
        raise NotImplementedError

    def _new_rows(
        self, street: str, origin: Origin, offsets: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Mark the rows of a message that were not applied before; they count as applied now."""
        return self.applied.take(street=street, feed=self.name, origin=origin, offsets=offsets)


S = TypeVar("S", bound=StreetFeed)


class StreetFeeds(Generic[S]):
    """All feeds of one kind at one street partition.

    Parameters
    ----------
    kind : str
        Name of the kind.
    feeds : iterable of StreetFeed
    partition, partitions : int
        The street partition, and how many there are.

    Attributes
    ----------
    by_name : dict of str to StreetFeed
    unsaved : set of str
        Names of the feeds whose state changed since the last checkpoint.
    """

    def __init__(self, kind: str, feeds: Iterable[S], partition: int, partitions: int) -> None:
        self.by_name: dict[str, S] = {feed.name: feed for feed in feeds}
        self.unsaved = set[str]()
        self._kind, self._partition, self._partitions = kind, partition, partitions

    def addressed(self, name: str, feed: str) -> S:
        """Give the feed that a message belongs to.

        Parameters
        ----------
        name : str
            What the message is called in an error text.
        feed : str
            The feed that it names.

        Raises
        ------
        MalformedMessage
            There is no such feed of this kind.
        """
        found = self.by_name.get(feed)
        if found is None:
            raise malformed(name, f"no feed of {self._kind} is called {feed!r}")
        return found

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come; one that has not begun is left out."""
        return {
            name: feed.watermark.reached_ms
            for name, feed in self.by_name.items()
            if feed.watermark.reached_ms >= 0
        }

    def rewind(self, order: Rewind) -> Rewind | None:
        """Set the clock of a feed back; give what the district is told of it, None if not new.

        Raises
        ------
        MalformedMessage
            There is no such feed of this kind.
        """
        feed = self.addressed(order.NAME, order.feed)
        if not feed.rewind(order):
            return None
        self.unsaved.add(feed.name)
        return of_street(order, self._partition, self._partitions, feed.watermark.reached_ms)

    def summary_header(
        self,
        feed: S,
        *,
        rows: int,
        published_ms: int,
        panes_closed: int,
        layers: tuple[str, ...],
        totals: dict[str, float] | None = None,
        today: int = -1,
    ) -> SummaryHeader:
        """Begin the summary of the cells of a feed; its latencies are told once.

        Parameters
        ----------
        published_ms : int
            Wall clock.
        rows, panes_closed, layers, totals, today
            As in `SummaryHeader`.
        """
        told_ms = tuple(feed.ingested_ms)
        feed.ingested_ms.clear()
        return SummaryHeader(
            rows=rows,
            feed=feed.name,
            partition=self._partition,
            partitions=self._partitions,
            published_ms=published_ms,
            watermark_ms=feed.watermark.announced_ms,
            last_event_ms=feed.last_event_ms,
            ingested_ms=told_ms,
            applied=feed.applied_count,
            panes_closed=panes_closed,
            layers=layers,
            totals=totals or {},
            today=today,
        )
