"""Agent `panes`: what it sends, and that crashes and repeats leave no trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalog import Catalog, City, Feed, Street
from config.errors import ConfigError
from config.names import DEAD_LETTERS, FRAMES, LATE, PANES, SUMMARIES
from config.settings import Settings
from models.columns import Columns, decode
from models.feeds.frame import IDLE
from models.feeds.rejected import Reason, decode_rejected
from models.windows.messages import PaneHeader, SummaryHeader
from streams.agents.panes import PaneProcessor, spec
from streams.processor import Record, Send
from tests.models.windows.frames import MINUTE_MS, STREET, Row, feed, packed

M = MINUTE_MS
SETTINGS = Settings(summary_s=0.5, street_partitions=4)


def catalog(*feeds: Feed) -> Catalog:
    text = {"zh": "东城", "en": "Dongcheng"}
    street = Street(code=STREET, name=text, valid_from=date(2010, 7, 1))
    city = City(code="110101", name=text, timezone="Asia/Shanghai", note=text)
    chosen = feeds or (feed(),)
    return Catalog.model_construct(
        city=city, streets=(street,), feeds={one.name: one for one in chosen}, rules={}
    )


def processor(*feeds: Feed) -> PaneProcessor:
    return PaneProcessor(catalog(*feeds), SETTINGS, partition=2)


def apply(agent: PaneProcessor, value: bytes, offset: int = 0) -> list[Send]:
    return sends(agent.apply(Record(FRAMES, 2, offset, value)))


def sends(effects: object) -> list[Send]:
    assert isinstance(effects, (list, tuple))
    assert all(isinstance(effect, Send) for effect in effects)
    return list(effects)


def panes_of(effects: list[Send]) -> list[tuple[PaneHeader, Columns]]:
    return [decode(PaneHeader, effect.value) for effect in effects if effect.topic == PANES]


def test_it_reads_frames_at_street_level() -> None:
    described = spec(catalog(), SETTINGS)
    assert (described.name, described.level, described.topics) == ("panes", "street", (FRAMES,))
    assert isinstance(described.make(3), PaneProcessor)


def test_a_closed_pane_is_sent_to_the_district_sorted_by_cell_and_metric() -> None:
    agent = processor(feed(metrics=("pm10", "pm25")))
    rows: list[Row] = [(9, 1, 20, 5 * M, 0), (3, 0, 7, 5 * M, 1), (9, 0, 10, 5 * M, 2)]
    apply(
        agent, packed([*rows, (9, 0, 30, 6 * M - 1, 3)], watermark_ms=M, metrics=("pm10", "pm25"))
    )
    effects = apply(agent, packed(watermark_ms=6 * M))
    assert {effect.key for effect in effects} == {b"110101"}
    ((header, columns),) = panes_of(effects)
    assert (header.feed, header.partition, header.partitions) == ("dust", 2, 4)
    assert (header.start_ms, header.width_s, header.watermark_ms) == (5 * M, 60, 6 * M)
    assert (header.metrics, header.resolutions) == (("pm10", "pm25"), (0.1, 0.1))
    assert columns["cell"].tolist() == [110101001000003] + [110101001000009] * 2
    assert columns["metric"].tolist() == [0, 0, 1]
    assert columns["count"].tolist() == [1, 2, 1]
    assert columns["sum"].tolist() == [7, 40, 20]
    assert (columns["min"].tolist(), columns["max"].tolist()) == ([7, 10, 20], [7, 30, 20])
    assert columns["p50"].tolist() == pytest.approx([0.7, 1.05, 2.0], rel=0.05)
    assert columns["p95"].tolist() == pytest.approx([0.7, 3.0, 2.0], rel=0.05)


def test_an_empty_pane_tells_how_far_the_partition_has_come() -> None:
    ((header, columns),) = panes_of(apply(processor(), packed(watermark_ms=7 * M + 1)))
    assert (header.rows, header.start_ms, header.watermark_ms) == (0, 6 * M, 7 * M + 1)
    assert columns["cell"].size == 0


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"GPC1garbage",
        packed([(1, 0, 5, M, 0)], watermark_ms=0)[:-1],
        packed([(1, 3, 5, M, 0)], watermark_ms=0),
        packed([(1, 0, 5, M, 0)], watermark_ms=0, feed_name="noise"),
        packed([(1_000_000, 0, 5, M, 0)], watermark_ms=0),
    ],
    ids=["empty", "garbage", "cut", "metric", "feed", "cell"],
)
def test_what_cannot_be_read_goes_to_dead_letters_and_the_rest_goes_on(value: bytes) -> None:
    agent = processor()
    (letter,) = apply(agent, value, offset=17)
    assert letter.topic == DEAD_LETTERS
    rejected = decode_rejected(letter.value)
    assert (rejected.reason, rejected.topic, rejected.offset) == (Reason.DOWNSTREAM, FRAMES, 17)
    assert rejected.data == value
    apply(agent, packed([(1, 0, 5, M, 0)], watermark_ms=M))
    (header, _), *_ = panes_of(apply(agent, packed(watermark_ms=2 * M)))
    assert header.rows == 1


def test_a_late_reading_can_be_sent_to_the_raw_topic_again() -> None:
    agent = processor()
    apply(agent, packed(watermark_ms=100 * M))
    (late,) = apply(agent, packed([(7, 0, 123, 5 * M, 41)], watermark_ms=100 * M))
    assert (late.topic, late.key) == (LATE, STREET.encode())
    rejected = decode_rejected(late.value)
    assert (rejected.reason, rejected.topic) == (Reason.LATE, "raw.dust")
    assert (rejected.partition, rejected.offset) == (0, 41)
    assert msgspec.json.decode(rejected.data) == {
        "cell": "110101001000007",
        "metric": "pm10",
        "value": 12.3,
        "ts": 5 * M,
    }


def summaries(effects: object) -> list[tuple[SummaryHeader, Columns]]:
    return [decode(SummaryHeader, effect.value) for effect in sends(effects)]


def test_a_summary_comes_when_something_changed_and_otherwise_every_five_seconds() -> None:
    agent = processor()
    assert len(summaries(agent.tick(10_000))) == 1
    assert not agent.tick(14_999)
    assert len(summaries(agent.tick(15_000))) == 1
    apply(agent, packed([(1, 0, 5, M, 0)], watermark_ms=0))
    assert not agent.tick(15_499)
    ((header, columns),) = summaries(agent.tick(15_500))
    assert (header.published_ms, header.applied, header.ingested_ms) == (15_500, 1, (1000,))
    assert header.last_event_ms == M
    layers = [header.layers[layer] for layer in columns["layer"]]
    assert layers == ["pm10.mean_5min", "pm10.mean_1h", "pm10.mean_24h", "pm10.mean_7d"]
    assert columns["value"].tolist() == pytest.approx([0.5] * 4)
    assert columns["event_ms"].tolist() == [M] * 4
    ((header, _),) = summaries(agent.tick(20_500))
    assert header.ingested_ms == ()


def test_at_most_256_ingest_times_are_told_and_these_are_the_newest() -> None:
    agent = processor()
    for offset in range(300):
        apply(agent, packed([(1, 0, 5, M, offset)], watermark_ms=0, ingested_ms=offset))
    ((header, _),) = summaries(agent.tick(10_000))
    assert header.ingested_ms == tuple(range(44, 300))


def test_feeds_of_cases_are_not_its_business() -> None:
    cases = feed().model_copy(update={"name": "cases", "kind": "cases", "metrics": {}})
    agent = processor(cases)
    assert not agent.tick(10_000)
    assert apply(agent, packed(watermark_ms=M, feed_name="cases"))[0].topic == DEAD_LETTERS


def test_the_state_of_a_changed_feed_is_refused_with_what_to_do() -> None:
    agent = processor()
    apply(agent, packed([(1, 0, 5, M, 0)], watermark_ms=0))
    fields = {name: blob for name, blob in agent.changes().items() if blob is not None}
    with pytest.raises(ConfigError, match="feed dust: saved panes are 60000 ms long"):
        processor(feed(pane_s=900)).restore(fields)
    with pytest.raises(ConfigError, match="metric pm10 was saved"):
        processor(feed(metrics=("pm25",))).restore(fields)


def test_a_metric_can_be_added_to_a_feed_with_saved_state() -> None:
    agent = processor()
    apply(agent, packed([(1, 0, 5, M, 0)], watermark_ms=0))
    fields = {name: blob for name, blob in agent.changes().items() if blob is not None}
    wider = processor(feed(metrics=("pm25", "pm10")))
    wider.restore(fields)
    apply(wider, packed([(1, 0, 9, M, 1)], watermark_ms=0, metrics=("pm25",)))
    fields |= {name: blob for name, blob in wider.changes().items() if blob is not None}
    again = processor(feed(metrics=("pm25", "pm10")))
    again.restore(fields)
    ((header, columns),) = panes_of(apply(again, packed(watermark_ms=2 * M)))
    assert header.metrics == ("pm25", "pm10")
    assert columns["metric"].tolist() == [0, 1]
    assert columns["sum"].tolist() == [9, 5]


# --- Crashes, repeats, order ----------------------------------------------------------------


@dataclass
class Run:
    """A processor, what its district has, and its checkpoint; it can lose its memory."""

    agent: PaneProcessor = field(default_factory=processor)
    panes: dict[int, bytes] = field(default_factory=dict)
    late: set[bytes] = field(default_factory=set)
    fields: dict[bytes, bytes] = field(default_factory=dict)
    position: int = 0

    def apply(self, value: bytes, offset: int) -> None:
        for effect in apply(self.agent, value, offset):
            if effect.topic == PANES:
                self.panes[decode(PaneHeader, effect.value)[0].start_ms] = effect.value
            else:
                self.late.add(effect.value)

    def checkpoint(self, position: int) -> None:
        for name, blob in self.agent.changes().items():
            if blob is None:
                self.fields.pop(name, None)
            else:
                self.fields[name] = blob
        self.position = position

    def crash(self) -> int:
        self.agent = processor()
        self.agent.restore(self.fields)
        return self.position

    def contents(self) -> dict[int, tuple[bytes, ...]]:
        decoded = {start: decode(PaneHeader, value)[1] for start, value in self.panes.items()}
        return {
            start: tuple(column.tobytes() for column in columns.values())
            for start, columns in decoded.items()
            if columns["cell"].size
        }


READINGS = st.lists(
    st.tuples(
        st.integers(0, 1),  # raw partition
        st.integers(0, 5),  # cell
        st.integers(-40, 400),  # value
        st.integers(0, 12 * M),  # event time
    ),
    min_size=1,
    max_size=60,
)


def ingest(
    readings: list[tuple[int, int, int, int]], seed: int, *, idle_share: float = 0.5
) -> list[bytes]:
    """Frame readings as ingest does: late ones left out, watermark as before the frame, ticks."""
    random, frames = Random(seed), list[bytes]()
    newest, offsets = [-(2**62)] * 2, [0, 0]
    start = 0
    while start < len(readings):
        partition, end = readings[start][0], start + random.randint(1, 8)
        batch = [r for r in readings[start:end] if r[0] == partition]
        left = [r for r in readings[start:end] if r[0] != partition]
        readings[start:end] = [*batch, *left]
        watermark, rows = newest[partition] - 120_000, list[Row]()
        for _, cell, value, ts in batch:
            newest[partition] = max(newest[partition], ts)
            if ts >= newest[partition] - 120_000:
                rows.append((cell, 0, value, ts, offsets[partition]))
            offsets[partition] += 1
        frames.append(
            packed(rows, watermark_ms=watermark, raw_partition=partition, raw_partitions=2)
        )
        if random.random() < 0.3:
            quiet = random.randint(0, 1)
            mark = IDLE if random.random() < idle_share else newest[quiet] - 120_000
            frames.append(packed(watermark_ms=mark, raw_partition=quiet, raw_partitions=2))
        start += len(batch)
    return frames + [packed(watermark_ms=IDLE, raw_partition=p, raw_partitions=2) for p in (0, 1)]


@settings(max_examples=150, deadline=None)
@given(READINGS, st.integers(0, 10**6))
def test_crashes_at_any_point_leave_no_trace(
    readings: list[tuple[int, int, int, int]], seed: int
) -> None:
    frames, random = ingest(list(readings), seed), Random(seed + 1)
    calm, rough = Run(), Run()
    for offset, value in enumerate(frames):
        calm.apply(value, offset)
    offset, crashes = 0, 0
    while offset < len(frames):
        rough.apply(frames[offset], offset)
        offset += 1
        if random.random() < 0.3:
            rough.checkpoint(offset)
        if random.random() < 0.2 and crashes < 6:
            offset, crashes = rough.crash(), crashes + 1
    assert rough.panes == calm.panes
    assert rough.late == calm.late
    calm.checkpoint(0)
    rough.checkpoint(0)
    assert rough.agent.tick(10**9) == calm.agent.tick(10**9)
    assert rough.fields == calm.fields


@settings(max_examples=100, deadline=None)
@given(READINGS, st.integers(0, 10**6))
def test_frames_that_ingest_sends_again_change_nothing(
    readings: list[tuple[int, int, int, int]], seed: int
) -> None:
    # Which readings come too late after a pause depends on when the pause is told, so none is.
    frames, random = ingest(list(readings), seed, idle_share=0), Random(seed + 1)
    calm, rough = Run(), Run()
    for offset, value in enumerate(frames):
        calm.apply(value, offset)
        rough.apply(value, offset)
        is_last = offset >= len(frames) - 2
        for repeated in [] if is_last else range(random.randint(0, offset), offset + 1):
            rough.apply(frames[repeated], offset)
    assert rough.contents() == calm.contents()
    assert rough.late == calm.late


@settings(max_examples=100, deadline=None)
@given(READINGS, st.randoms(use_true_random=False))
def test_within_the_lateness_order_does_not_matter(
    readings: list[tuple[int, int, int, int]], random: Random
) -> None:
    near = [(p, cell, value, ts % (2 * M)) for p, cell, value, ts in readings]
    shuffled = list(near)
    random.shuffle(shuffled)
    contents = []
    for order in (near, shuffled):
        run = Run()
        for offset, value in enumerate(ingest(list(order), seed=len(order))):
            run.apply(value, offset)
        assert not run.late
        contents.append(run.contents())
    assert contents[0] == contents[1]


def test_fields_of_panes_that_are_gone_are_deleted() -> None:
    run = Run()
    sizes = []
    for minute in range(60):
        rows: list[Row] = [(1, 0, 5, minute * M, minute)]
        run.apply(packed(rows, watermark_ms=(minute - 2) * M), minute)
        run.checkpoint(minute)
        sizes.append(sum(name.startswith(b"dust/pane/") for name in run.fields))
    assert max(sizes[10:]) == min(sizes[10:]) <= 7


def test_a_checkpoint_holds_only_what_changed() -> None:
    agent = processor()
    rows: list[Row] = [(cell, 0, 5, M, cell) for cell in range(9000)]
    apply(agent, packed(rows, watermark_ms=0))
    everything = agent.changes()
    assert agent.changes() == {}
    apply(agent, packed([(1, 0, 5, M, 9000)], watermark_ms=0))
    changed = agent.changes()
    assert all(name.endswith((b"/0", b"/state")) for name in changed)
    assert sum(len(blob or b"") for blob in changed.values()) < 0.6 * sum(
        len(blob or b"") for blob in everything.values()
    )


def test_equal_contents_give_equal_bytes_whatever_the_order_of_cells() -> None:
    messages = []
    for cells in ([1, 2, 3], [3, 1, 2]):
        agent = processor()
        rows: list[Row] = [(cell, 0, cell, M, place) for place, cell in enumerate(cells)]
        apply(agent, packed(rows, watermark_ms=M))
        messages.append([effect.value for effect in apply(agent, packed(watermark_ms=2 * M))])
    assert messages[0] == messages[1]


def test_summaries_are_for_the_district() -> None:
    (summary,) = sends(processor().tick(10_000))
    assert (summary.topic, summary.key) == (SUMMARIES, b"110101")
