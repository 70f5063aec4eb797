"""Agent `panes`: what it sends, and that crashes and repeats leave no trace."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from config.catalog import Catalog, City, Feed, Street
from config.errors import ConfigError
from config.names import DEAD_LETTERS, FRAMES, LATE, PANES, SUMMARIES
from config.settings import Settings
from models.messages import envelope
from models.messages.columns import Columns, decode
from models.messages.dead_letters import Reason, Rejected
from models.messages.panes import PaneHeader
from models.messages.street_summaries import SummaryHeader
from models.timing.units import MINUTE_MS
from streams.agents.panes import PaneProcessor, spec
from streams.host.processor import Record, Send
from tests.models.windows.frames import STREET, Row, feed, packed
from tests.streams.agents.district import run

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
    return sends(run(agent, [Record(FRAMES, 2, offset, value)]))


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
    rejected = envelope.decode(Rejected, letter.value)
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
    rejected = envelope.decode(Rejected, late.value)
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
    state = msgspec.msgpack.decode(fields[b"dust/state"])
    del state["format"]
    with pytest.raises(ConfigError, match="saved in format 1, now 2"):
        processor().restore({b"dust/state": msgspec.msgpack.encode(state)})


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


def test_a_large_summary_comes_less_often() -> None:
    agent = processor()
    apply(agent, packed([(3, 0, 20, 5 * M, 0)], watermark_ms=M))
    agent.tick(10_240)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.agents.panes.ROWS_A_MS", 1 / 256)  # of two rows: 512 ms
        apply(agent, packed([(3, 0, 20, 5 * M, 1)], watermark_ms=M), 1)
        due = [len(agent.tick(at_ms)) for at_ms in (10_500, 10_751, 10_752, 11_000)]
    assert due == [0, 0, 1, 0]
