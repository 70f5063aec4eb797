"""A third kind, as small as one can be: free places of car parks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from config import names
from config.catalog import Catalog, Feed
from config.documents import Document
from config.place import Strict
from models.feeds.checked import Checked, by_street
from models.feeds.clock import check_times, epoch_ms
from models.feeds.decode import Time, WireDecoder
from models.feeds.kinds.contract import FeedKind, Outgoing, StreetState
from models.feeds.place import Gazetteer, Places
from models.feeds.row_errors import RowErrors
from models.grid.grid import Grid
from models.messages.dead_letters import Reason
from models.messages.envelope import Message, encode, malformed
from models.messages.origin import Origin
from models.messages.street_summaries import CellSummary, SummaryHeader
from models.messages.topic import AnyMessage, Topic
from models.situation.layers import packed
from models.situation.snapshot import Headline, Layer
from models.situation.state import DistrictState

PARKING = "parking-places"
LAYER = "parking.free"


class Lot(Strict):
    places: Annotated[int, Field(gt=0)]


class ParkingFeed(Feed):
    lots: dict[str, Lot]


class WireLot(msgspec.Struct):
    lot: str
    free: int
    ts: Time
    cell: str | None = None
    lon: float | None = None
    lat: float | None = None


class FreePlaces(Message, frozen=True, kw_only=True):
    """Free places of the car parks of a street."""

    TAG = "PARK"
    NAME = "free places"

    feed: str
    ts_ms: int
    cells: list[int]
    free: list[int]


class ParkingRows:
    can_be_late = False

    def __init__(self, feed: ParkingFeed, gazetteer: Gazetteer) -> None:
        self._feed, self._gazetteer = feed, gazetteer
        self.decoder = WireDecoder(WireLot)

    def check(self, rows: Sequence[WireLot], sent_ms: NDArray[np.int64]) -> Checked[WireLot]:
        faults, lots = RowErrors(len(rows)), self._feed.lots
        too_many = [r.lot not in lots or not 0 <= r.free <= lots[r.lot].places for r in rows]
        faults.mark(np.array(too_many, np.bool_), Reason.OUT_OF_RANGE)
        ts_ms = check_times(epoch_ms([r.ts for r in rows]), sent_ms, self._feed.clock, faults)
        places = Places([r.cell for r in rows], [r.lon for r in rows], [r.lat for r in rows])
        cells = self._gazetteer.find(places, ts_ms, faults)
        return Checked(rows=rows, faults=faults, ts_ms=ts_ms, cells=cells, extra=None)

    def explain(self, row: WireLot, reason: Reason) -> str | None:
        is_ours = reason is Reason.OUT_OF_RANGE
        return f"lot {row.lot} has {row.free} free places" if is_ours else None

    def messages(
        self,
        checked: Checked[WireLot],
        kept: NDArray[np.int64],
        offsets: NDArray[np.int64],
        origin: Origin,
    ) -> Iterator[tuple[str, bytes]]:
        for street, rows in by_street(checked.cells, kept):
            message = FreePlaces(
                feed=self._feed.name,
                ts_ms=int(checked.ts_ms[rows].max()),
                cells=checked.cells[rows].tolist(),
                free=[checked.rows[row].free for row in rows.tolist()],
            )
            yield street, encode(message)

    def tick(self, origin: Origin) -> bytes:
        return encode(FreePlaces(feed=self._feed.name, ts_ms=0, cells=[], free=[]))


class ParkingStreet(StreetState):
    def __init__(self, feeds: set[str], partition: int, partitions: int) -> None:
        self._feeds, self._where = feeds, (partition, partitions)
        self._free: dict[tuple[str, int], tuple[int, int]] = {}
        self._changed = False

    def apply(self, message: AnyMessage) -> Iterable[Outgoing]:
        assert isinstance(message, FreePlaces)
        if message.feed not in self._feeds:
            raise malformed(message.NAME, f"no car parks are called {message.feed!r}")
        for cell, free in zip(message.cells, message.free, strict=True):
            self._free[message.feed, cell] = (free, message.ts_ms)
        self._changed |= bool(message.cells)
        return ()

    def tick(self, now_ms: int) -> Iterable[Outgoing]:
        for feed in sorted(self._feeds):
            rows = {cell: known for (name, cell), known in self._free.items() if name == feed}
            yield Outgoing(names.SUMMARIES, self._summary(feed, rows, now_ms))

    def changes(self) -> Mapping[bytes, bytes | None]:
        return {b"free": msgspec.msgpack.encode(list(self._free.items()))} if self._changed else {}

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        rows = msgspec.msgpack.decode(fields.get(b"free", b"\x90"))
        self._free = {(feed, cell): tuple(known) for (feed, cell), known in rows}

    def _summary(self, feed: str, rows: dict[int, tuple[int, int]], now_ms: int) -> CellSummary:
        newest_ms = max((at for _, at in rows.values()), default=0)
        header = SummaryHeader(
            rows=len(rows),
            feed=feed,
            partition=self._where[0],
            partitions=self._where[1],
            published_ms=now_ms,
            watermark_ms=newest_ms,
            last_event_ms=newest_ms,
            layers=(LAYER,),
        )
        columns: dict[str, Any] = {
            "cell": np.array(list(rows), np.int64),
            "layer": np.zeros(len(rows), np.uint16),
            "value": np.array([free for free, _ in rows.values()], np.float32),
            "event_ms": np.array([at for _, at in rows.values()], np.int64),
        }
        return CellSummary(header, columns)


class ParkingKind(FeedKind):
    name = "parking"
    feed = ParkingFeed
    topic = PARKING
    topics = (
        Topic(
            name=PARKING,
            about="Free places of car parks, by street.",
            level="street",
            key="street, 9 digits",
            types=(FreePlaces,),
        ),
    )
    sends = (names.SUMMARIES,)
    figures: ClassVar = {"parking_in": "accepted", "parking_rejected": "rejected"}

    def check_feed(self, feed: Feed, file: Document) -> None:
        if isinstance(feed, ParkingFeed) and not feed.lots:
            raise file.error(["lots"], "expected at least one car park")

    def rows(self, feed: Feed, gazetteer: Gazetteer) -> ParkingRows:
        assert isinstance(feed, ParkingFeed)
        return ParkingRows(feed, gazetteer)

    def remembered_s(self, feed: Feed) -> int:
        return 3600

    def street(self, catalog: Catalog, partition: int, partitions: int) -> ParkingStreet:
        feeds = {feed.name for feed in catalog.feeds_of(self.name)}
        return ParkingStreet(feeds, partition, partitions)

    def layers(self, feed: Feed, state: DistrictState, grid: Grid) -> Iterator[Layer]:
        now = state.streets.layer(feed.name, LAYER, grid)
        if now is not None:
            yield packed(LAYER, {"zh": "空车位", "en": "Free places"}, now, feed.name)

    def headlines(
        self, feeds: Sequence[Feed], state: DistrictState, grid: Grid, clock_ms: int
    ) -> Iterator[Headline]:
        for feed in feeds:
            now = state.streets.layer(feed.name, LAYER, grid)
            yield Headline(id="free_places", value=None if now is None else now.total)


KIND = ParkingKind()
