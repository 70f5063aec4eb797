"""The checks of a feed of case events, and its batches.

Every event says where it happened, also the later ones of a case: the place gives the street, and
the street is where the case is kept. An event without a place is rejected (`no-place`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from models.feeds.checked import Checked, by_street, middle_cut, whole_messages
from models.feeds.clock import check_limits, check_times, epoch_ms
from models.feeds.decode import WireCase, WireDecoder
from models.feeds.kinds.cases.categories import CategoryCheck, CategoryList
from models.feeds.place import Gazetteer, Places
from models.feeds.row_errors import RowErrors
from models.messages.case_events import CaseBatch, CaseEvent
from models.messages.dead_letters import Reason
from models.messages.envelope import encode
from models.messages.origin import Origin

BATCH_EVENTS: Final = 1000  # about 250 bytes an event
LARGEST_BATCH: Final = 2**20  # bytes; but for one raw message, which is not larger itself


class _Extra(NamedTuple):
    """Checked columns of a batch of case events, each of length n."""

    category: list[CategoryCheck]
    due_ms: list[int | None]


class CaseRows:
    """What ingest does with a feed of the kind `cases`.

    Parameters
    ----------
    feed : Feed
    gazetteer : Gazetteer
    """

    can_be_late = False  # a case takes its history in any order

    def __init__(self, feed: Feed, gazetteer: Gazetteer) -> None:
        self._feed = feed
        self._gazetteer = gazetteer
        self._categories = CategoryList(feed)
        self.decoder = WireDecoder(WireCase)

    def check(self, rows: Sequence[WireCase], sent_ms: NDArray[np.int64]) -> Checked[WireCase]:
        """Check case events against the feed's categories, clock and grid.

        Parameters
        ----------
        rows : sequence of WireCase, length n
        sent_ms : ndarray, shape (n,), int64
            When each was sent, epoch milliseconds; 0 unknown.
        """
        faults = RowErrors(len(rows))
        categories = self._check_categories(rows, faults)
        ts_ms = check_times(epoch_ms([r.ts for r in rows]), sent_ms, self._feed.clock, faults)
        places = Places([r.cell for r in rows], [r.lon for r in rows], [r.lat for r in rows])
        cells = self._gazetteer.find(places, ts_ms, faults)
        extra = _Extra(categories, check_limits([r.due for r in rows], faults))
        return Checked(rows=rows, faults=faults, ts_ms=ts_ms, cells=cells, extra=extra)

    def _check_categories(self, rows: Sequence[WireCase], faults: RowErrors) -> list[CategoryCheck]:
        """Judge the category of each row."""
        found = [self._categories.judge(r.category or "") for r in rows]
        unknown = np.array([category.code is None for category in found], np.bool_)
        faults.mark(unknown, Reason.UNKNOWN_CATEGORY)
        return found

    def explain(self, row: WireCase, reason: Reason) -> str | None:
        """One sentence on a fault that only case events have; None for the others."""
        if reason is Reason.BAD_TIME and row.due is not None:
            due = row.due if isinstance(row.due, float) else row.due.isoformat()
            return f"ts is {row.ts} and due is {due}, expected times between 1970 and 2090"
        if reason is not Reason.UNKNOWN_CATEGORY:
            return None
        return f"category {str(row.category)[:80]!r} is not among those of feed {self._feed.name}"

    def messages(
        self,
        checked: Checked[WireCase],
        kept: NDArray[np.int64],
        offsets: NDArray[np.int64],
        origin: Origin,
    ) -> Iterator[tuple[str, bytes]]:
        """Pack the kept events into batches; parameters as in `RowCheck.messages`."""
        for street, rows in by_street(checked.cells, kept):
            for part in whole_messages(rows, offsets, BATCH_EVENTS):
                for data in self._encoded(checked, part, offsets, street, origin):
                    yield street, data

    def _encoded(
        self,
        checked: Checked[WireCase],
        part: NDArray[np.int64],
        offsets: NDArray[np.int64],
        street: str,
        origin: Origin,
    ) -> Iterator[bytes]:
        """Encode events; a batch that became too large goes in halves, cut between raw messages."""
        data = encode(self._batch(street, self._events(checked, part, offsets), origin))
        cut = middle_cut(offsets[part])
        if len(data) <= LARGEST_BATCH or not cut:
            yield data
            return
        for half in (part[:cut], part[cut:]):
            yield from self._encoded(checked, half, offsets, street, origin)

    def tick(self, origin: Origin) -> bytes:
        """Give a batch without events: it only moves the watermark."""
        return encode(self._batch("", [], origin))

    def _events(
        self, checked: Checked[WireCase], part: NDArray[np.int64], offsets: NDArray[np.int64]
    ) -> list[CaseEvent]:
        first = np.searchsorted(offsets, offsets[part], side="left")
        return [
            self._event(checked, row, int(offsets[row]), index)
            for row, index in zip(part.tolist(), (part - first).tolist(), strict=True)
        ]

    def _event(self, checked: Checked[WireCase], row: int, offset: int, index: int) -> CaseEvent:
        sent, extra = checked.rows[row], checked.extra
        return CaseEvent(
            case=sent.case,
            type=sent.type,
            ts_ms=int(checked.ts_ms[row]),
            category=extra.category[row].code,
            cell=f"{checked.cells[row]:015d}",
            offset=offset,
            index=index,
            actor=sent.actor or "",
            role=sent.role or "",
            department=sent.department or "",
            source=sent.source or "",
            due_ms=extra.due_ms[row],
            lon=sent.lon,
            lat=sent.lat,
            beat=sent.beat or "",
            area=sent.area or "",
            unlisted=extra.category[row].unlisted,
        )

    def _batch(self, street: str, events: list[CaseEvent], origin: Origin) -> CaseBatch:
        return CaseBatch(
            feed=self._feed.name,
            street=street,
            origin=origin,
            events=events,
        )
