"""However much a city names, every message of ours fits the broker's limit and the page's room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec
import numpy as np
import pytest

from config import names
from config.catalog import Bounds, Sensor
from config.settings import Settings
from models.bounded import OTHERS
from models.cases.indicators.group_sums import NAMED
from models.cases.standing import summary_message
from models.feeds.seen import MemorySeen
from models.messages.bounds import LARGEST_MESSAGE
from models.messages.case_events import CaseBatch, CaseEvent, EventType
from models.messages.columns import decode, encode
from models.messages.dead_letters import Reason, Rejected
from models.messages.envelope import decode as decode_message
from models.messages.envelope import encode as encode_message
from models.messages.frames import FrameHeader
from models.messages.origin import Origin
from models.messages.panes import PaneHeader
from models.messages.signal_batches import batch_message
from models.messages.signals import Signal, SignalBatch
from models.messages.street_summaries import CaseSummary, IndicatorCount, SummaryHeader
from models.situation.build import build_snapshot
from models.situation.state import DistrictState
from models.situation.streets import StreetView
from models.windows.series import MOST_SERIES
from streams.agents.panes import PaneProcessor
from streams.host.processor import Effect, Record
from tests.hostile import LARGEST_SNAPSHOT, NOW_MS
from tests.hostile_line import line
from tests.models.feeds import town
from tests.models.feeds.conftest import TITLE
from tests.models.feeds.test_intake import new_intake
from tests.models.feeds.town import reading
from tests.models.warnings.warning_things import batch, over
from tests.streams.agents.district import dongcheng, sent

METRICS = ("pm10", "pm2_5", "noise", "wind", "rain")
STREET = "110101001"


class Keys(MemorySeen):
    """Remembers under which keys events were claimed."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()

    def claim(self, places: Mapping[str, str]) -> Mapping[str, str]:
        self.keys.update(places)
        return super().claim(places)


# --- readings -------------------------------------------------------------------------------


class Readings:
    """The agent of the panes, fed by whole frames of one cell after the other."""

    def __init__(self) -> None:
        catalog = dongcheng()
        metric = catalog.feeds["dust"].metrics["pm10"]
        dust = catalog.feeds["dust"].model_copy(update={"metrics": dict.fromkeys(METRICS, metric)})
        feeds = catalog.feeds | {"dust": dust}
        self.processor = PaneProcessor(
            catalog.model_copy(update={"feeds": feeds}), Settings(street_partitions=1), 0
        )
        self._records = self._rows = 0

    def send(self, street: str, cells: int, ts_ms: int) -> list[Effect]:
        """Send a value of every metric of so many cells of a street."""
        size = cells * len(METRICS)
        header = FrameHeader(
            rows=size,
            feed="dust",
            streets=(street,),
            origin=Origin(1, 0, 1, ts_ms - 60_000, ts_ms),
            metrics=METRICS,
        )
        columns = {
            "street": np.zeros(size, np.int64),
            "cell": np.repeat(np.arange(cells), len(METRICS)),
            "metric": np.tile(np.arange(len(METRICS)), cells),
            "value": np.arange(size),
            "ts_ms": np.full(size, ts_ms),
            "offset": np.arange(self._rows, self._rows + size),
        }
        record = Record(names.FRAMES, 0, self._records, encode(header, columns))
        self._records, self._rows = self._records + 1, self._rows + size
        return list(self.processor.apply(record))


def test_125_000_series_of_a_partition_fit_its_summary_and_its_pane() -> None:
    readings = Readings()
    for street in range(25):
        readings.send(f"1101010{street:02d}", 1000, NOW_MS)
    summaries = sent(readings.processor.tick(NOW_MS), names.SUMMARIES)
    effects = readings.send(STREET, 1, NOW_MS + 3_600_000)
    [pane] = [data for data in sent(effects, names.PANES) if decode(PaneHeader, data)[0].rows]
    assert decode(PaneHeader, pane)[0].rows == 125_000
    assert max(map(len, [pane, *summaries])) <= LARGEST_MESSAGE

    view, parts = StreetView(), [decode(SummaryHeader, data) for data in summaries]
    dust = [part for part in parts if part[0].feed == "dust"]
    assert [(head.part, head.parts) for head, _ in dust] == [(0, 2), (1, 2)]
    for part in dust:
        view.apply(*part)
    cells, _ = view.last_seen("dust")
    assert cells.size == 25_000
    assert view.total("late") == 0


def test_a_summary_that_shrinks_leaves_no_part_of_the_larger_one() -> None:
    readings, view = Readings(), StreetView()
    for street in range(25):
        readings.send(f"1101010{street:02d}", 1000, NOW_MS)
    for data in sent(readings.processor.tick(NOW_MS), names.SUMMARIES):
        view.apply(*decode(SummaryHeader, data))
    small = Readings()
    small.send(STREET, 1, NOW_MS)
    [data] = [
        data
        for data in sent(small.processor.tick(NOW_MS), names.SUMMARIES)
        if decode(SummaryHeader, data)[0].feed == "dust"
    ]
    assert view.apply(*decode(SummaryHeader, data)) == [("dust", 0, 1)]
    assert view.last_seen("dust")[0].size == 1


def test_a_series_beyond_the_bound_is_set_aside_and_told() -> None:
    readings = Readings()
    effects: list[Effect] = []
    for street in range(MOST_SERIES // 5000):
        effects += readings.send(f"1101010{street:02d}", 1000, NOW_MS)
    assert sent(effects, names.DEAD_LETTERS) == []
    effects = readings.send("110101099", 1000, NOW_MS)
    letters = [decode_message(Rejected, data) for data in sent(effects, names.DEAD_LETTERS)]
    assert {letter.reason for letter in letters} == {Reason.TOO_MANY}
    found = [one for letter in letters for one in msgspec.json.decode(letter.data)]
    assert len(found) == 5000
    assert found[-1]["cell"] == "110101099000999"
    readings.send(STREET, 1000, NOW_MS + 1)  # known ones are taken all the same
    summaries = sent(readings.processor.tick(NOW_MS), names.SUMMARIES)
    totals = [decode(SummaryHeader, data)[0].totals for data in summaries]
    assert max(each.get("beyond", 0) for each in totals) == 5000
    pane = sent(readings.send(STREET, 1, NOW_MS + 3_600_000), names.PANES)
    assert max(map(len, pane)) <= LARGEST_MESSAGE


def test_8_000_sensors_give_a_short_report_that_counts_all_of_them() -> None:
    ingest = new_intake(
        bounds=Bounds(sensors=5000), sensors={"known": Sensor(title=TITLE, cell="110101001001001")}
    )
    values = [reading(sensor=f"sensor-{n}-{'x' * 60}") for n in range(8000)]
    for first in range(0, len(values), 1000):
        ingest.take(town.raw(values[first : first + 1000], start=first), town.NOW_MS)
    health = ingest.health(town.NOW_MS, 0)
    assert (health.sources, health.unregistered_sources, len(health.unregistered)) == (
        5000,
        5000,
        20,
    )
    assert health.sources_beyond == 3000
    assert len(encode_message(health)) < 10_000


def test_100_000_long_ids_are_kept_as_digests_and_no_more_than_the_bound() -> None:
    seen = Keys()
    ingest = new_intake(seen, bounds=Bounds(ids_per_hour=60_000))
    ids = [f"{n}{'y' * 190}" for n in range(100_000)]
    for first in range(0, len(ids), 2500):
        part = [town.envelope(reading(), event) for event in ids[first : first + 2500]]
        taken = ingest.take(town.raw(part, start=first), town.NOW_MS)
        assert taken.accepted == 2500
    assert len(seen.keys) == 60_000
    assert {len(key) for key in seen.keys} == {32}
    assert ingest.health(town.NOW_MS, 0).ids_beyond == 40_000


# --- signals --------------------------------------------------------------------------------


def test_a_storm_over_25_000_cells_tells_the_gravest_and_names_the_others() -> None:
    cells = [f"{STREET}{n:06d}" for n in range(25_000)]
    signals: list[Signal] = [over(0, 5.0 + n % 10, cell) for n, cell in enumerate(cells)]
    stormy = batch(0, *signals)
    assert len(encode_message(stormy)) > LARGEST_MESSAGE
    data = batch_message(stormy)
    assert len(data) <= LARGEST_MESSAGE
    told = decode_message(SignalBatch, data)
    assert len(told.signals) + told.beyond == 25_000
    assert set(told.silent["pm10"]) == set(cells) - {signal.subject for signal in told.signals}
    kept = {signal.evidence.reached for signal in told.signals}  # type: ignore[union-attr]
    assert kept == {4, 3}, "the red ones all, and as many of the orange ones as there is room for"


def test_a_batch_that_fits_is_written_as_it_is() -> None:
    small = batch(0, over(0, 5.0), silent=("110101001001002",))
    assert batch_message(small) == encode_message(small)


# --- cases ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowded() -> CaseSummary:
    """The summary of a partition with 57,000 cases of 330 names a group."""
    city = line()
    codes = [str(code) for code in city.catalog.grid_at(date(2026, 9, 21)).codes.tolist()]
    categories = list(city.catalog.feeds["cases"].categories)

    def event(n: int) -> CaseEvent:
        return CaseEvent(
            case=f"c{n}", type=EventType.FILED, ts_ms=NOW_MS - n * 30_000, offset=n, index=0,
            cell=codes[n % len(codes)], category=categories[n % len(categories)],
            department=f"某某区城市管理综合行政执法局第{n % 330}执法大队",
            source=f"source {n % 330}", beat=f"beat {n % 330}", area=f"area {n % 330}",
        )  # fmt: skip

    for first in range(0, 57_000, 1000):
        events = CaseBatch(
            feed="cases", street=STREET, origin=Origin(1, 0, 1, NOW_MS, NOW_MS),
            events=[event(n) for n in range(first, first + 1000)],
        )  # fmt: skip
        city.apply(names.CASE_EVENTS, encode_message(events))
    city.pulse(NOW_MS)
    assert city.largest <= LARGEST_MESSAGE
    return decode_message(CaseSummary, city.summary)


def in_partitions(summary: CaseSummary, number: int) -> Iterator[CaseSummary]:
    """The same of several partitions, each of which has names of its own."""
    for partition in range(number):
        own = [
            msgspec.structs.replace(one, group=f"{one.group}-{partition}")
            if one.by in NAMED and one.group != OTHERS
            else one
            for one in summary.indicators
        ]
        yield msgspec.structs.replace(
            summary, partition=partition, partitions=number, indicators=own
        )


@pytest.mark.parametrize("partitions", [1, 4])
def test_57_000_cases_of_330_names_a_group_give_a_snapshot_that_has_its_bounds(
    crowded: CaseSummary, partitions: int
) -> None:
    books = DistrictState()
    for summary in in_partitions(crowded, partitions):
        books.cases.apply(summary)
    snapshot = build_snapshot(dongcheng(), books, version=1, now_ms=NOW_MS)
    assert len(snapshot.to_bytes()) <= LARGEST_SNAPSHOT
    groups = Counter(by for by, _ in {(one.by, one.group) for one in snapshot.indicators})
    assert max(groups.values()) == 51
    [cases] = [feed for feed in snapshot.feeds if feed.feed == "cases"]
    assert cases.beyond.keys() == set(NAMED)
    filed = {
        by: sum(
            one.numerator
            for one in snapshot.indicators
            if (one.by, one.window, one.indicator) == (by, "30d", "filed")
        )
        for by in groups
    }
    assert set(filed.values()) == {57_000 * partitions}, "the others are counted, not left out"


def test_40_000_departments_fit_a_summary_and_the_others_are_counted_together() -> None:
    counts = [
        IndicatorCount("30d", "department", f"部门 {n} {'x' * 180}", "filed", n % 500 + 1, None)
        for n in range(40_000)
    ]
    summary = CaseSummary(
        feed="cases", partition=0, partitions=1, published_ms=NOW_MS, watermark_ms=NOW_MS,
        indicators=counts,
    )  # fmt: skip
    whole = len(encode_message(summary))
    data = summary_message(summary, most_bytes=whole // 1000)
    told = {one.group: one.numerator for one in decode_message(CaseSummary, data).indicators}
    assert len(data) <= whole // 1000
    assert sum(told.values()) == sum(one.numerator for one in counts)
    assert {number for group, number in told.items() if group != OTHERS} == {500}
    assert summary_message(summary) == encode_message(summary), "as it is where it fits"
