"""The real hours of Beijing's stations, whole or changed, as raw messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pandas as pd

from config.catalog import Catalog
from config.loader import load
from config.names import PANES, SIGNALS, WARNINGS
from config.settings import Settings
from models.messages import envelope
from models.messages.columns import Columns
from models.messages.envelope import header_of
from models.messages.heartbeats import Heartbeat
from models.messages.panes import CasePane, PaneHeader, ReadingPane
from models.messages.signals import Signal, SignalBatch
from models.messages.topics import decode
from models.messages.warnings import CityWarning, Reason
from ops.backtest.backtest import Backtest
from ops.files.sources import read_messages

STATIONS = ("Dongsi", "Guanyuan", "Nongzhanguan", "Wanshouxigong", "Dingling")
ZONE = "Asia/Shanghai"
PANE_S = 900
Told = dict[tuple[str, str, int], SignalBatch]  # feed, rule, end of what was judged


@cache
def dongcheng() -> Catalog:
    """The default city."""
    return load(Settings())


def hours(folder: Path, station: str, since: str, until: str) -> pd.DataFrame:
    """Rows of a station with since ≤ time < until, indexed by local time."""
    frame = pd.read_csv(folder / "air" / f"PRSA_Data_{station}_20130301-20170228.csv.gz")
    times = pd.to_datetime(frame[["year", "month", "day", "hour"]]).dt.tz_localize(ZONE)
    frame = frame.set_index(pd.DatetimeIndex(times, name="time")).sort_index()
    start, end = (pd.Timestamp(text, tz=ZONE) for text in (since, until))
    return pd.DataFrame(frame[(frame.index >= start) & (frame.index < end)])


def at_ms(text: str) -> int:
    """Epoch ms of a local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))
    return int(local.timestamp() * 1000)


def readings(frame: pd.DataFrame) -> int:
    """Readings that hours give: PM10, PM2.5, and their difference where both are known."""
    known = frame[["PM10", "PM2.5"]].notna()
    return int(known.sum().sum() + known.all(axis=1).sum())


def raised(frame: pd.DataFrame, start: str, n_hours: int, by: float) -> pd.DataFrame:
    """Add coarse dust (µg/m³) for some hours: PM10 rises, PM2.5 does not."""
    first = pd.Timestamp(start, tz=ZONE)
    chosen = (frame.index >= first) & (frame.index < first + pd.Timedelta(hours=n_hours))
    assert np.count_nonzero(chosen) == n_hours
    changed = frame.copy()
    changed.loc[chosen, "PM10"] += by
    return changed


def expected_panes(
    frame: pd.DataFrame, cell: int
) -> dict[tuple[str, int, int, str], tuple[int, int, int, int]]:
    """Count, sum, min and max of each metric, pane by pane, in tenths of µg/m³."""
    series = {
        "pm10": frame["PM10"],
        "pm25": frame["PM2.5"],
        "coarse": frame["PM10"] - frame["PM2.5"],
    }
    panes: dict[tuple[str, int, int, str], tuple[int, int, int, int]] = {}
    for metric, column in series.items():
        tenths = (column.dropna() * 10).round().astype("int64")
        grouped = tenths.groupby(tenths.index.floor(f"{PANE_S}s")).agg(
            ["count", "sum", "min", "max"]
        )
        for start, row in grouped.iterrows():
            start_ms = int(datetime.fromisoformat(str(start)).timestamp() * 1000)
            panes["dust", start_ms, cell, metric] = tuple(map(int, row))  # type: ignore[assignment]
    return panes


def written(folder: Path, frames: dict[str, pd.DataFrame]) -> Path:
    """Write stations as files into a folder."""
    folder.mkdir(exist_ok=True)
    for station, frame in frames.items():
        frame.to_csv(folder / f"{station}.csv", index=False)
    return folder


BEAT = header_of(Heartbeat)


@dataclass
class Seen:
    """Everything that was sent inside a backtest, but for heartbeats: they go by the wall clock."""

    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def __call__(self, topic: str, key: bytes, value: bytes) -> None:
        assert isinstance(key, bytes)
        if not value.startswith(BEAT):
            self.sent.append((topic, value))

    def of(self, topic: str) -> list[bytes]:
        """Values sent to a topic."""
        return [value for name, value in self.sent if name == topic]

    def panes(self) -> dict[tuple[str, int, int, str], tuple[int, int, int, int]]:
        """(feed, start_ms, cell, metric) → (count, sum, min, max), the newest of each pane."""
        found: dict[tuple[str, int, int, str], tuple[int, int, int, int]] = {}
        for value in self.of(PANES):
            pane = decode(PANES, value)
            if isinstance(pane, ReadingPane):
                found |= _rows(pane.header, pane.columns)
        return found

    def told(self) -> Told:
        """All batches of signals, apart from when readings came in.

        What is told again after a crash has to be the same.
        """
        found: Told = {}
        for value in self.of(SIGNALS):
            batch = decode(SIGNALS, value)
            if not isinstance(batch, SignalBatch) or batch.is_end:
                continue  # what each cell showed, or that the replay is over: it judges nothing
            timeless = [_timeless(one) for one in batch.signals]
            batch = msgspec.structs.replace(batch, signals=timeless)
            key = batch.feed, batch.rule, batch.tick_ms
            assert found.setdefault(key, batch) == batch
        return found

    def warnings(self) -> list[CityWarning]:
        """All changes of warnings."""
        return [envelope.decode(CityWarning, value) for value in self.of(WARNINGS)]

    def changes(self) -> dict[tuple[str, int], CityWarning]:
        """Changes of warnings by id and revision, apart from when readings came in.

        Without what goes by the wall clock: who is on duty and until when, and what the end of a
        replay ended, at some time after it.
        """
        return {
            (warning.id, warning.revision): msgspec.structs.replace(
                warning,
                ingested_ms=0,
                evidence=[_timeless(one) for one in warning.evidence],
                life=msgspec.structs.replace(warning.life, waits=None),
            )
            for warning in self.warnings()
            if warning.reason is not Reason.ENDED
        }

    def case_panes(self) -> Counter[tuple[int, int, str]]:
        """(start_ms, cell, type) → cases, by the newest word on each pane."""
        newest: dict[tuple[int, int], CasePane] = {}
        for value in self.of(PANES):
            pane = decode(PANES, value)
            if isinstance(pane, CasePane):
                newest[pane.partition, pane.start_ms] = pane
        found: Counter[tuple[int, int, str]] = Counter()
        for pane in newest.values():
            for cell, _, kind, count in pane.rows:
                found[pane.start_ms, cell, kind] += count
        return found


def _timeless(signal: Signal) -> Signal:
    """Evidence of a warning without the wall clock of its reading."""
    return msgspec.structs.replace(signal, ingested_ms=0)


def _rows(
    header: PaneHeader, columns: Columns
) -> dict[tuple[str, int, int, str], tuple[int, int, int, int]]:
    keys = zip(columns["cell"].tolist(), columns["metric"].tolist(), strict=True)
    names = [(header.feed, header.start_ms, cell, header.metrics[m]) for cell, m in keys]
    values = zip(*(columns[name].tolist() for name in ("count", "sum", "min", "max")), strict=True)
    return dict(zip(names, values, strict=True))


def backtest(
    folder: Path,
    frames: dict[str, pd.DataFrame],
    observer: Callable[[str, bytes, bytes], None] | None = None,
    *,
    agents: Collection[str] | None = None,
) -> Backtest:
    """Write the stations as files, read them through the mapping, and run them."""
    test = Backtest(dongcheng(), Settings(), "dust", observer, agents=agents)
    test.run(read_messages(written(folder, frames), dongcheng().mapping("prsa")))
    return test
