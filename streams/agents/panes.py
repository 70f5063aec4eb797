"""Agent `panes`: frames of readings in; closed panes, summaries and late readings out.

One processor owns the windows of all reading feeds of one street partition. What a pane or a window
is stands in `models.windows`; here is only what is decoded, encoded and sent where.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from config.catalog import Catalog
from config.errors import ConfigError
from config.names import DEAD_LETTERS, FRAMES, LATE, PANES, SUMMARIES, raw_topic
from config.settings import Settings
from models.feeds.street_feed import StreetFeeds
from models.messages import envelope
from models.messages.columns import Columns, encode
from models.messages.dead_letters import Reason, Rejected
from models.messages.frames import Frame, FrameHeader
from models.messages.panes import PaneHeader
from models.messages.rewinds import Rewind
from models.messages.street_summaries import in_parts
from models.timing.pace import is_due
from models.windows.feed import FeedWindows
from models.windows.pane import Pane
from models.windows.panes import Closing
from models.windows.saved import StateMismatch, changes, restore
from streams.host.processor import AgentSpec, Effect, Record, Send

NAME = "panes"
_A_LETTER = 1000  # readings
QUIET_SUMMARY_MS = 5000  # a summary comes this often even if nothing changed
ROWS_A_MS = 250  # a summary of so many rows more comes a millisecond later: 10 % of a core


def spec(catalog: Catalog, settings: Settings) -> AgentSpec:
    """Describe the agent to the host."""
    return AgentSpec(
        name=NAME,
        level="street",
        topics=(FRAMES,),
        make=lambda partition: PaneProcessor(catalog, settings, partition),
        sends=(PANES, SUMMARIES, LATE, DEAD_LETTERS),
        is_quick=True,
    )


class PaneProcessor:
    """Windows of all feeds of kind `readings` at one street partition; see `Processor`."""

    def __init__(self, catalog: Catalog, settings: Settings, partition: int) -> None:
        windows = map(FeedWindows, catalog.feeds_of("readings"))
        self._partition, self._partitions = partition, settings.street_partitions
        self._feeds = StreetFeeds("readings", windows, partition, self._partitions)
        self._key = catalog.city.code.encode()
        self._summary_ms = round(settings.summary_s * 1000)
        self._summarised_ms = dict.fromkeys(self._feeds.by_name, 0)
        self._summary_rows = dict.fromkeys(self._feeds.by_name, 0)  # of the newest summary
        self._changed = set[str]()  # feeds whose summary would differ from the last one

    def apply(self, record: Record) -> Sequence[Effect]:
        """Apply the new readings of a frame and send the panes that close or are corrected."""
        frame = record.decode()
        if isinstance(frame, Rewind):
            return self._rewind(frame)
        assert isinstance(frame, Frame)
        header = frame.header
        windows = self._feeds.addressed(header.NAME, header.feed)
        refused = windows.take(header, frame.columns)
        closings = windows.advance(header.origin.ingested_ms, with_corrections=header.rows == 0)
        self._feeds.unsaved.add(header.feed)
        if header.rows or closings:
            self._changed.add(header.feed)
        effects: list[Effect] = [
            *_late_readings(header, refused.late, windows),
            *_beyond(header, refused.beyond, windows),
        ]
        return effects + [self._pane(windows, closing) for closing in closings]

    def tick(self, now_ms: int) -> Sequence[Effect]:
        """Give the summary of each feed that is due."""
        effects: list[Effect] = []
        for name, windows in self._feeds.by_name.items():
            gap_ms = max(self._summary_ms, self._summary_rows[name] // ROWS_A_MS)
            every_ms = gap_ms if name in self._changed else max(gap_ms, QUIET_SUMMARY_MS)
            if is_due(self._summarised_ms[name], now_ms, every_ms):
                effects += self._summary(windows, now_ms)
                self._summarised_ms[name] = now_ms
                if name in self._changed:
                    self._changed.discard(name)
                    self._feeds.unsaved.add(name)
        return effects

    def watermarks(self) -> Mapping[str, int]:
        """Give how far each feed has come."""
        return self._feeds.watermarks()

    def changes(self) -> Mapping[bytes, bytes | None]:
        """Fields that changed since the last call; None deletes a field."""
        fields: dict[bytes, bytes | None] = {}
        for name in sorted(self._feeds.unsaved):
            fields |= changes(self._feeds.by_name[name])
        self._feeds.unsaved.clear()
        return fields

    def restore(self, fields: Mapping[bytes, bytes]) -> None:
        """Load the fields of a checkpoint.

        Raises
        ------
        ConfigError
            A feed was changed in a way that its saved windows do not fit.
        """
        for name, windows in self._feeds.by_name.items():
            try:
                restore(windows, fields)
            except StateMismatch as error:
                msg = (
                    f"feed {name}: {error}; undo the change, give the feed another name, "
                    f"or delete the checkpoints of the agent {NAME} to start afresh"
                )
                raise ConfigError(msg) from error
        self._changed.update(self._feeds.by_name)

    def _rewind(self, order: Rewind) -> Sequence[Effect]:
        """Set the clock of a feed back, and hand that on."""
        further = self._feeds.rewind(order)
        if further is None:
            return ()
        self._changed.add(order.feed)
        return [Send(PANES, self._key, envelope.encode(further))]

    def _pane(self, windows: FeedWindows, closing: Closing) -> Send:
        pane = closing.pane or Pane()
        series = windows.series.by_cell()
        series = series[series < pane.counts.size]
        series = series[pane.counts[series] > 0]
        resolutions = np.array(windows.resolutions)[windows.series.metrics[series]]
        p50, p95 = pane.quantiles(series) * resolutions
        header = PaneHeader(
            rows=series.size,
            feed=windows.name,
            partition=self._partition,
            partitions=self._partitions,
            start_ms=closing.number * windows.panes.width_ms,
            width_s=windows.panes.width_ms // 1000,
            watermark_ms=closing.watermark_ms,
            revision=pane.revision,
            metrics=windows.metrics,
            resolutions=windows.resolutions,
            ingested_ms=pane.ingested_ms,
        )
        columns: Columns = {
            "cell": windows.series.cells[series],
            "metric": windows.series.metrics[series],
            "count": pane.counts[series],
            "sum": pane.sums[series],
            "min": pane.lows[series],
            "max": pane.highs[series],
            "p50": p50,
            "p95": p95,
        }
        return Send(PANES, self._key, encode(header, columns))

    def _summary(self, windows: FeedWindows, now_ms: int) -> list[Send]:
        rows = windows.rows()
        self._summary_rows[windows.name] = rows.cell.size
        header = self._feeds.summary_header(
            windows,
            rows=rows.cell.size,
            published_ms=now_ms,
            panes_closed=windows.panes.closed_count,
            layers=windows.layers,
            totals={"late": float(windows.late_count), "beyond": float(windows.beyond_count)},
        )
        columns: Columns = {
            "cell": rows.cell,
            "layer": rows.layer,
            "value": rows.value,
            "event_ms": rows.event_ms,
        }
        return [Send(SUMMARIES, self._key, data) for data in in_parts(header, columns)]


def _late_readings(header: FrameHeader, late: Columns, windows: FeedWindows) -> Iterator[Send]:
    """Each late reading as a message that can be sent to the raw topic again."""
    for row, reading in enumerate(_as_sent(header, late, windows)):
        rejected = Rejected(
            reason=Reason.LATE,
            detail=f"{reading['metric']} of {reading['ts']}: its pane is closed and no longer kept",
            topic=raw_topic(header.feed),
            partition=header.origin.partition,
            offset=int(late["offset"][row]),
            data_b64=base64.b64encode(msgspec.json.encode(reading)).decode(),
        )
        yield Send(LATE, _street(header, late, row).encode(), envelope.encode(rejected))


def _beyond(header: FrameHeader, beyond: Columns, windows: FeedWindows) -> Iterator[Send]:
    """Set readings of series beyond the bound aside, many to a letter that can be sent again."""
    readings = list(_as_sent(header, beyond, windows))
    for first in range(0, len(readings), _A_LETTER):
        part = readings[first : first + _A_LETTER]
        rejected = Rejected(
            reason=Reason.TOO_MANY,
            detail=f"feed {windows.name} has {windows.series.size} pairs of cell and metric here, "
            "as many as there may be; more street partitions give more room",
            topic=raw_topic(header.feed),
            partition=header.origin.partition,
            offset=int(beyond["offset"][first]),
            data_b64=base64.b64encode(msgspec.json.encode(part)).decode(),
            counts={Reason.TOO_MANY.value: len(part)},
        )
        yield Send(DEAD_LETTERS, _street(header, beyond, first).encode(), envelope.encode(rejected))


def _street(header: FrameHeader, rows: Columns, row: int) -> str:
    """Street of a row."""
    return header.streets[int(rows["street"][row])]


def _as_sent(
    header: FrameHeader, rows: Columns, windows: FeedWindows
) -> Iterator[dict[str, object]]:
    """Rows of a frame as readings that the raw topic takes."""
    for row in range(rows["cell"].size):
        name = header.metrics[rows["metric"][row]]
        resolution = windows.resolutions[windows.metrics.index(name)]
        yield {
            "cell": f"{_street(header, rows, row)}{int(rows['cell'][row]):06d}",
            "metric": name,
            "value": round(int(rows["value"][row]) * resolution, 9),
            "ts": int(rows["ts_ms"][row]),
        }
