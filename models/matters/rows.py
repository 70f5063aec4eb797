"""The checks that feeds of all kinds of matters share, and how their rows are packed by street."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from config.catalog import Feed
from models.feeds.checked import Checked, by_street, whole_messages
from models.feeds.clock import check_limits, check_times, epoch_ms
from models.feeds.decode import Label, Time, WireDecoder
from models.feeds.place import Gazetteer, Places
from models.feeds.row_errors import RowErrors
from models.messages.dead_letters import Reason
from models.messages.envelope import encode
from models.messages.matters import MatterBatch, MatterRecord
from models.messages.origin import Origin

BATCH_RECORDS: Final = 2000  # about 150 bytes each


class Place(Protocol):
    """Where something declared stands: a cell, or degrees."""

    @property
    def cell(self) -> str | None:
        """Cell code, instead of degrees."""
        ...

    @property
    def lon(self) -> float | None:
        """Degrees east."""
        ...

    @property
    def lat(self) -> float | None:
        """Degrees north."""
        ...


class WireMatter(msgspec.Struct, gc=False):
    """What the rows of all kinds of matters have as sent: when, and where."""

    ts: Time
    cell: Label | None = None
    lon: float | None = None
    lat: float | None = None


R = TypeVar("R", bound=WireMatter)
F = TypeVar("F", bound=Feed)


class MatterRows(Generic[R, F]):
    """What ingest does with a feed of a matter; a kind says what is particular to its rows.

    Parameters
    ----------
    feed : Feed
    gazetteer : Gazetteer
    wire : type
        Of the rows as sent.

    Notes
    -----
    Facts about matters are never late: an object takes its history in any order.
    """

    can_be_late = False

    def __init__(self, feed: F, gazetteer: Gazetteer, wire: type[R]) -> None:
        self.feed = feed
        self._gazetteer = gazetteer
        self.decoder: WireDecoder[R] = WireDecoder(wire)

    def judge(self, row: R) -> tuple[Reason, str] | None:
        """Say why a row cannot be, by its own fields; None of a good one."""
        raise NotImplementedError

    def packed(self, row: R) -> dict[str, Any]:
        """Give the fields of a `MatterRecord` that are particular to the kind."""
        raise NotImplementedError

    def place_of(self, row: R) -> Place | None:
        """Give where a row is that does not say it, from what the feed declares."""
        del row
        return None

    def second_time(self, row: R) -> Any:
        """Give a second time that a row names; None where there is none."""
        del row
        return None

    def check(self, rows: Sequence[R], sent_ms: NDArray[np.int64]) -> Checked[R]:
        """Check rows; parameters as in `RowCheck.check`."""
        faults = RowErrors(len(rows))
        for number, row in enumerate(rows):
            found = self.judge(row)
            if found is not None:
                faults.mark_at(np.array([number]), found[0])
        ts_ms = check_times(epoch_ms([r.ts for r in rows]), sent_ms, self.feed.clock, faults)
        at_ms = check_limits([self.second_time(row) for row in rows], faults)
        cells = self._gazetteer.find(self._places(rows), ts_ms, faults)
        return Checked(rows=rows, faults=faults, ts_ms=ts_ms, cells=cells, extra=at_ms)

    def explain(self, row: R, reason: Reason) -> str | None:
        """One sentence on a fault that only this kind has; None for the others."""
        found = self.judge(row)
        return found[1] if found is not None and found[0] is reason else None

    def messages(
        self,
        checked: Checked[R],
        kept: NDArray[np.int64],
        offsets: NDArray[np.int64],
        origin: Origin,
    ) -> Iterator[tuple[str, bytes]]:
        """Pack the kept rows into batches; parameters as in `RowCheck.messages`."""
        for street, rows in by_street(checked.cells, kept):
            for part in whole_messages(rows, offsets, BATCH_RECORDS):
                records = self._records(checked, part, offsets)
                yield street, encode(self._batch(street, records, origin))

    def tick(self, origin: Origin) -> bytes:
        """Give a batch without records: it only moves the watermark."""
        return encode(self._batch("", [], origin))

    def _places(self, rows: Sequence[R]) -> Places:
        """Collect where the rows are: as they say, else as the feed declares."""
        found: list[Place] = []
        for row in rows:
            says = row.cell is not None or row.lon is not None
            found.append(row if says else self.place_of(row) or row)
        return Places([p.cell for p in found], [p.lon for p in found], [p.lat for p in found])

    def _records(
        self, checked: Checked[R], part: NDArray[np.int64], offsets: NDArray[np.int64]
    ) -> list[MatterRecord]:
        first = np.searchsorted(offsets, offsets[part], side="left")
        return [
            MatterRecord(
                ts_ms=int(checked.ts_ms[row]),
                cell=f"{checked.cells[row]:015d}",
                offset=int(offsets[row]),
                index=index,
                at_ms=checked.extra[row],
                **self.packed(checked.rows[row]),
            )
            for row, index in zip(part.tolist(), (part - first).tolist(), strict=True)
        ]

    def _batch(self, street: str, records: list[MatterRecord], origin: Origin) -> MatterBatch:
        return MatterBatch(
            feed=self.feed.name,
            street=street,
            origin=origin,
            records=records,
        )


def not_among(what: str, value: str, known: Mapping[str, object]) -> str:
    """Say that a code is not declared; a long list is cut."""
    listed = ", ".join(list(known)[:12]) + (", …" if len(known) > 12 else "")
    return f"{what} is {value[:60]!r}, expected one of {listed or 'none'}"
