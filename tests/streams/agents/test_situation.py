"""Agent `situation`: snapshots of the newest word of every source."""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from config.names import (
    AUDIT,
    DEAD_LETTERS,
    HEALTH,
    LINE,
    PANES,
    RECEIPTS,
    SIGNALS,
    SUMMARIES,
    WARNINGS,
)
from config.settings import Settings
from models.messages import envelope
from models.messages.columns import encode
from models.messages.feed_health import FeedHealth
from models.messages.judged_panes import JudgedHeader
from models.messages.line_health import AgentPlace, LineHealth, PartHealth
from models.messages.street_summaries import CaseSummary, IndicatorCount, StageNow, SummaryHeader
from models.situation.feed_state import FeedState
from models.situation.snapshot import Headline, Snapshot, grid_digest
from models.situation.stage import Stage
from streams.agents.situation import VERSION_LEAP, SituationProcessor, spec
from streams.host.processor import Archive, Compact, Effect, Record, WriteSnapshot
from streams.partitions import city_partition
from tests.models.warnings.test_rule_state import ABOVE
from tests.models.warnings.test_rule_state import run as board_run
from tests.models.warnings.warning_things import batch, reading
from tests.streams.agents.district import dongcheng, run, sent

NOW_MS = 1_397_610_000_000  # 2014-04-16 09:00 in Beijing
WALL_MS = 1_800_000_000_000
GRID = dongcheng().grid_at(date(2014, 4, 16))
CELL, OTHER = int(GRID.codes[0]), int(GRID.codes[-1])


def summary(rows: list[tuple[int, float]], ingested_ms: tuple[int, ...] = ()) -> bytes:
    header = SummaryHeader(
        rows=len(rows),
        feed="dust",
        partition=0,
        partitions=1,
        published_ms=WALL_MS,
        watermark_ms=NOW_MS - 600_000,
        last_event_ms=NOW_MS,
        ingested_ms=ingested_ms,
        panes_closed=41,
        layers=("pm10.mean_5min",),
        totals={"late": 2.0},
    )
    n = len(rows)
    columns = {
        "cell": np.array([cell for cell, _ in rows], np.int64),
        "layer": np.zeros(n),
        "value": np.array([value for _, value in rows], np.float64),
        "event_ms": np.full(n, NOW_MS),
    }
    return encode(header, columns)


def cases() -> bytes:
    stage = StageNow(open=7, overdue=1, dwell_h_sum=10.0)
    closed = IndicatorCount("30d", "all", "", "closed_of_filed", 9, 12)
    return envelope.encode(
        CaseSummary(
            feed="cases",
            partition=0,
            partitions=1,
            published_ms=WALL_MS,
            watermark_ms=NOW_MS,
            stages={"filed": stage},
            indicators=[closed],
            flags={"no-actor": 1},
        )
    )


def report(feed: str, accepted: int) -> FeedHealth:
    return FeedHealth(
        feed=feed,
        raw_partition=0,
        raw_partitions=1,
        published_ms=WALL_MS,
        position=accepted,
        end=accepted + 3,
        sent_ms=NOW_MS,
        mode="replay",
        run="replay-2014",
        arrived_ms=WALL_MS,
        received_ms=WALL_MS,
        last_event_ms=NOW_MS,
        watermark_ms=NOW_MS,
        accepted=accepted,
        rejected=4,
        late=5,
    )


def health(feed: str, accepted: int) -> bytes:
    return envelope.encode(report(feed, accepted))


def judged() -> bytes:
    header = JudgedHeader(
        rows=1,
        feed="dust",
        metric="pm10",
        detector="seasonal",
        start_ms=NOW_MS - 900_000,
        width_s=900,
    )
    columns = {"cell": np.array([CELL]), "value": np.array([150.0]), "expected": np.array([50.0])}
    return encode(header, columns)


WARNING = board_run(*ABOVE)[1][0]
EVERYTHING = [
    Record(SUMMARIES, 0, 0, summary([(CELL, 80.0), (OTHER, 120.0)], (WALL_MS - 700,))),
    Record(SUMMARIES, 0, 1, cases()),
    Record(HEALTH, 0, 0, health("dust", 1000)),
    Record(HEALTH, 0, 1, health("cases", 50)),
    Record(SIGNALS, 0, 0, judged()),
    Record(
        SIGNALS, 0, 1, envelope.encode(msgspec.structs.replace(batch(0, reading(0, 90)), total=6))
    ),
    Record(
        WARNINGS, 0, 0, envelope.encode(msgspec.structs.replace(WARNING, ingested_ms=WALL_MS - 900))
    ),
]


def snapshot(effects: list[Effect]) -> Snapshot:
    (effect,) = [each for each in effects if isinstance(each, WriteSnapshot)]
    made = Snapshot.from_bytes(effect.data)
    assert made.version == effect.version
    return made


def headline(made: Snapshot, name: str) -> Headline:
    (found,) = [one for one in made.headlines if one.id == name]
    return found


@pytest.fixture(scope="module")
def full() -> Snapshot:
    one = SituationProcessor(dongcheng())
    assert run(one, EVERYTHING) == []
    return snapshot(list(one.tick(WALL_MS)))


def test_it_reads_all_that_the_district_is_told() -> None:
    described = spec(dongcheng(), Settings())
    topics = {SUMMARIES, HEALTH, LINE, PANES, SIGNALS, WARNINGS, RECEIPTS, AUDIT}
    assert (described.name, described.level) == ("situation", "district")
    assert set(described.topics) == topics


def test_only_the_partition_that_has_the_city_writes_snapshots() -> None:
    settings = Settings(district_partitions=4)
    make = spec(dongcheng(), settings).make
    writing = [number for number in range(4) if make(number).tick(WALL_MS)]
    assert writing == [city_partition(dongcheng(), settings)], "an empty one would take its place"


def test_what_nobody_said_is_unknown_and_never_zero() -> None:
    made = snapshot(list(SituationProcessor(dongcheng()).tick(WALL_MS)))
    assert {one.id: one.value for one in made.headlines if one.id != "sensors_online"} == {
        "open_cases": None,
        "filed_today": None,
        "closed_of_filed": None,
        "pm10_now": None,
        "open_warnings": None,
    }
    assert made.layers == []
    assert made.trends == []
    assert made.latency_ms["ingest_to_snapshot"] == {"p50": None, "p99": None}
    assert (made.mode, made.clock_ms, made.watermark_ms) == ("live", WALL_MS, 0)
    assert made.stage.stage is Stage.NO_DATA


def test_headlines_carry_what_they_are_made_of(full: Snapshot) -> None:
    closed = headline(full, "closed_of_filed")
    assert (closed.value, closed.numerator, closed.denominator) == (75.0, 9, 12)
    assert headline(full, "open_cases").value == 7
    assert headline(full, "pm10_now").value == 100
    assert headline(full, "open_warnings").value == 1
    online = headline(full, "sensors_online")
    assert (online.value, online.numerator) == (2, 2)
    assert online.denominator is not None
    assert online.denominator > 2  # those registered but never heard count


def test_the_stage_knows_every_feed_the_city_expects(full: Snapshot) -> None:
    assert (full.mode, full.clock_ms) == ("replay", NOW_MS)
    assert {feed.feed: feed.state for feed in full.feeds} == {
        "cases": FeedState.CURRENT,
        "dust": FeedState.CURRENT,
        "hazard": FeedState.NEVER,
    }
    assert full.stage.stage.level is WARNING.level
    told = {reason.code: (reason.feeds, reason.count) for reason in full.stage.reasons}
    assert told["feeds"] == (["hazard"], 1)
    assert told["warnings"] == ([], 1)
    assert told["coverage"] == ([], 2)


def test_an_outage_does_not_look_live() -> None:
    """Dust falls silent; minutes later the wall says so, though snapshots go on."""
    one = SituationProcessor(dongcheng())
    live = msgspec.structs.replace(report("dust", 1000), mode="live", run="", last_event_ms=WALL_MS)
    states = {}
    for second in range(0, 13 * 60, 10):  # ingest goes on reporting
        told = msgspec.structs.replace(live, published_ms=WALL_MS + second * 1000)
        one.apply(Record(HEALTH, 0, second, envelope.encode(told)))
        made = snapshot(list(one.tick(WALL_MS + second * 1000)))
        assert made.clock_ms == made.written_ms
        states[second] = next(feed.state for feed in made.feeds if feed.feed == "dust")
    assert states[90] is FeedState.CURRENT
    assert states[100] is states[180] is FeedState.LATE
    assert states[190] is states[770] is FeedState.STALE
    assert made.stage.stage is Stage.NO_DATA  # the other feeds were never heard


def line(worker: str, published_ms: int, *held: str) -> Record:
    places = {name: AgentPlace(partitions=1) for name in ("detect", "panes")}
    parts = [PartHealth(agent=name, partition=0) for name in held]
    told = LineHealth(worker=worker, published_ms=published_ms, agents=places, parts=parts)
    return Record(LINE, 0, 0, envelope.encode(told))


def unassigned(one: SituationProcessor, now_ms: int) -> dict[str, int]:
    return {agent.agent: agent.unassigned for agent in snapshot(list(one.tick(now_ms))).line.agents}


def test_a_restart_does_not_bring_a_dead_worker_back() -> None:
    one, later_ms = SituationProcessor(dongcheng()), WALL_MS + 20_000
    one.apply(line("gone", WALL_MS + 600_000, "detect"))  # its clock is ahead
    assert unassigned(one, WALL_MS) == {"detect": 0, "panes": 1}
    one.apply(line("alive", later_ms, "panes"))
    assert unassigned(one, later_ms) == {"detect": 1, "panes": 0}
    again = SituationProcessor(dongcheng())
    again.restore({name: data for name, data in one.changes().items() if data})
    assert unassigned(again, later_ms + 5000) == {"detect": 1, "panes": 0}
    again.apply(line("alive", later_ms + 60_000, "panes"))
    assert unassigned(again, later_ms + 60_000) == {"detect": 1, "panes": 0}
    assert again.changes()[f"{LINE}/gone".encode()] is None


def test_layers_lie_on_the_grid_of_the_data_s_day(full: Snapshot) -> None:
    assert full.grid == grid_digest(GRID.codes)
    layers = {layer.id: layer for layer in full.layers}
    now = layers["pm10.now"]
    assert now.values.shape == GRID.codes.shape
    assert (now.values[0], now.values[-1]) == (80.0, 120.0)
    assert np.isnan(now.values[1:-1]).all()
    assert (layers["pm10.ratio"].values[0], layers["pm10.ratio"].scale) == (3.0, "ratio")
    assert 0 < now.stale_after_s < 3600


def test_figures_come_from_cumulative_counts(full: Snapshot) -> None:
    assert full.figures == {
        "readings_in": 1000,
        "readings_rejected": 4,
        "readings_late": 7,
        "cases_in": 50,
        "case_events_rejected": 4,
        "cells_active": 2,
        "panes_closed": 41,
        "anomalies": 6,
        "warnings_opened": 1,
        "warnings_open": 1,
        "warnings_held": 0,
        "warnings_kept": 0,
        "warnings_returned": 0,
        "deliveries": 0,
        "undelivered": 0,
        "lag_records": 6,
        "lag_raw_records": 6,
        "lag_line_records": 0,
    }


def test_latency_is_from_ingest_to_the_snapshot_that_shows_it() -> None:
    one = SituationProcessor(dongcheng())
    run(one, EVERYTHING)
    first = snapshot(list(one.tick(WALL_MS)))
    assert first.latency_ms["ingest_to_snapshot"] == {"p50": None, "p99": None}
    assert one.tick(WALL_MS + 40) == ()  # Redis has the first by now: it took 40 ms
    second = snapshot(list(one.tick(WALL_MS + 1050)))
    assert second.latency_ms["ingest_to_snapshot"] == {"p50": 740.0, "p99": 740.0}
    assert second.latency_ms["ingest_to_warning"] == {"p50": 940.0, "p99": 940.0}


def test_everything_applied_again_changes_nothing_but_the_version(full: Snapshot) -> None:
    one = SituationProcessor(dongcheng())
    run(one, EVERYTHING)
    run(one, EVERYTHING)
    again = snapshot(list(one.tick(WALL_MS)))
    assert again == full


def test_a_restart_shows_the_same_under_a_higher_version(full: Snapshot) -> None:
    one = SituationProcessor(dongcheng())
    run(one, EVERYTHING)
    one.tick(WALL_MS)
    fields = {name: value for name, value in one.changes().items() if value is not None}
    assert one.changes() == {}
    other = SituationProcessor(dongcheng())
    other.restore(fields)
    assert other.changes() == {}
    again = snapshot(list(other.tick(WALL_MS)))
    assert again.version == full.version + VERSION_LEAP + 1
    assert msgspec.structs.replace(again, version=full.version, latency_ms=full.latency_ms) == full


def test_one_snapshot_each_second_of_the_clock_even_when_nothing_happens() -> None:
    one = SituationProcessor(dongcheng())
    assert written(one, 0, 50, 999, 1000, 1049, 1050, 9000) == [1, 1, 0, 0, 0, 1, 1]


def written(one: SituationProcessor, *after_ms: int) -> list[int]:
    """How many snapshots each of some ticks writes."""
    ticks = [one.tick(WALL_MS + at) for at in after_ms]
    return [sum(isinstance(each, WriteSnapshot) for each in effects) for effects in ticks]


def archived(one: SituationProcessor, at_ms: int) -> list[Archive | Compact]:
    return [each for each in one.tick(at_ms) if isinstance(each, Archive | Compact)]


def test_one_snapshot_in_five_minutes_is_kept_and_an_ended_day_is_one_file() -> None:
    one = SituationProcessor(dongcheng())
    every, midnight = 5 * 60_000, 1_271_433_600_000  # 2010-04-17 in Beijing
    last, first = midnight - every, midnight
    (kept,) = archived(one, last)
    assert isinstance(kept, Archive)
    assert (kept.dataset, kept.day) == ("moments", "2010-04-16")
    assert archived(one, last + every - 1) == []
    (row,) = pa.ipc.open_stream(kept.rows).read_all().to_pylist()
    shown = Snapshot.from_bytes(row["snapshot"])
    assert (row["clock_ms"], shown.clock_ms, shown.version) == (last, last, 1)
    other = SituationProcessor(dongcheng())  # it restarts over midnight
    other.restore({name: value for name, value in one.changes().items() if value})
    part, whole = archived(other, first)
    assert isinstance(part, Archive) and part.day == "2010-04-17"
    assert whole == Compact("moments", "2010-04-16")


def test_news_is_shown_at_the_next_quarter_of_a_second_and_no_sooner() -> None:
    one = SituationProcessor(dongcheng())
    one.tick(WALL_MS + 50)
    one.apply(Record(HEALTH, 0, 0, health("dust", 1000)))
    shown = written(one, 60, 299, 300, 301, 550)
    assert shown == [0, 0, 1, 0, 0]  # told once, and then there is no more news


def test_a_large_snapshot_comes_less_often() -> None:
    one = SituationProcessor(dongcheng())
    big = len(snapshot(list(one.tick(WALL_MS + 50))).to_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.agents.situation.BYTES_A_MS", big // 2000)
        one.tick(WALL_MS + 1050)
    one.apply(Record(HEALTH, 0, 0, health("dust", 1000)))
    assert written(one, 1300, 1550, 2049, 2050) == [0, 0, 0, 1]


UNREADABLE = [
    (topic, value)
    for topic in (SUMMARIES, HEALTH, PANES, SIGNALS, WARNINGS, RECEIPTS)
    for value in (b"\xc1", b"GPPANE99", b"GPSUMM01\x01\x00\x00\x00\xc1")
]


@pytest.mark.parametrize(("topic", "value"), UNREADABLE)
def test_what_is_not_understood_is_set_aside(topic: str, value: bytes) -> None:
    effects = run(SituationProcessor(dongcheng()), [Record(topic, 0, 5, value)])
    assert len(sent(effects, DEAD_LETTERS)) == 1
