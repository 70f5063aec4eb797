"""The core of ingest: frames, watermark, lateness, duplicates, and that cuts do not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalog import Bounds, Sensor
from models.feeds.intake import Intake, IntakeResult
from models.feeds.kinds.readings.rows import FRAME_ROWS
from models.feeds.place import Gazetteer
from models.feeds.raw_batch import RawBatch
from models.feeds.replay_run import LIVE, RecordHead, ReplayMark
from models.feeds.seen import MemorySeen
from models.messages.case_events import CaseBatch
from models.messages.columns import decode
from models.messages.dead_letters import Reason
from models.messages.envelope import decode as decode_message
from models.messages.frames import IDLE, FrameHeader
from models.timing.read_pace import ReadPace
from models.timing.source_clocks import NEVER
from tests.models.feeds.conftest import TITLE, make_feed
from tests.models.feeds.town import (
    EAST,
    NOW_MS,
    WEST,
    case_event,
    envelope,
    make_grid,
    raw,
    reading,
    rows,
)


def new_intake(seen: MemorySeen | None = None, kind: str = "readings", **changes: Any) -> Intake:
    places = Gazetteer([(0, make_grid())])
    feed = make_feed(kind, **changes)
    return Intake(feed, places, seen or MemorySeen(), partition=1, partitions=2, topic_id=77)


def headers(taken: IntakeResult) -> list[FrameHeader]:
    return [decode(FrameHeader, data)[0] for _, data in taken.messages]


def test_a_frame_holds_the_readings_of_one_street_in_multiples_of_the_resolution() -> None:
    east = reading(cell=f"{EAST}001002", metric="noise", value=61.4)
    taken = new_intake().take(raw(reading(value=81.34), east, reading(value=-0.06), start=5), 99)

    assert rows(taken) == [
        (WEST, 1001, "pm10", 813, 5),
        (WEST, 1001, "pm10", -1, 7),
        (EAST, 1002, "noise", 61, 6),
    ]
    header = headers(taken)[0]
    assert (header.feed, header.origin.topic_id, header.origin.ingested_ms) == ("dust", 77, 99)
    assert (header.origin.partition, header.origin.partitions) == (1, 2)


def test_coordinates_and_the_register_of_sensors_give_the_cell() -> None:
    grid = make_grid()
    sensors = {
        "d-2": Sensor(title=TITLE, cell=f"{EAST}001003"),
        "d-3": Sensor(title=TITLE, lon=float(grid.lon[3]), lat=float(grid.lat[3])),
    }
    sent = [
        reading(cell=None, lon=float(grid.lon[7]), lat=float(grid.lat[7])),
        reading(cell=None, sensor="d-2"),
        reading(cell=None, sensor="d-3"),
        reading(sensor="d-2"),
    ]
    taken = new_intake(sensors=sensors).take(raw(*sent), NOW_MS)
    cells = sorted((offset, f"{street}{cell:06d}") for street, cell, _, _, offset in rows(taken))
    assert [int(code) for _, code in cells] == [
        grid.codes[7],
        int(f"{EAST}001003"),
        grid.codes[3],
        int(f"{WEST}001001"),
    ]


def test_of_a_feed_of_registered_sensors_the_register_says_who_may_speak_and_where() -> None:
    home, away = f"{EAST}001003", f"{WEST}001001"
    sensors = {"d-2": Sensor(title=TITLE, cell=home)}
    intake = new_intake(sensors=sensors, registered=True)
    taken = intake.take(raw(reading(sensor="d-2", cell=away), reading(sensor="d-9")), NOW_MS)
    assert [f"{street}{cell:06d}" for street, cell, *_ in rows(taken)] == [home]
    [letter] = taken.rejected
    assert (letter.reason, letter.offset) == (Reason.UNREGISTERED, 1)
    assert "'d-9' is not in the register" in letter.detail


def test_unregistered_sensors_are_told_where_they_may_speak() -> None:
    intake = new_intake(sensors={"d-1": Sensor(title=TITLE, cell=f"{EAST}001003")})
    intake.take(raw(reading(), *[reading(sensor="d-9")] * 3), NOW_MS)
    health = intake.health(NOW_MS, 4)
    assert (health.unregistered, health.sources) == ({"d-9": 3}, 2)


def test_ids_beyond_the_bound_of_an_hour_are_taken_and_told() -> None:
    intake = new_intake(bounds=Bounds(ids_per_hour=2))
    events = [envelope(reading(value=n), str(n)) for n in range(3)]
    first = intake.take(raw(*events), NOW_MS)
    assert (first.accepted, intake.health(0, 0).ids_beyond) == (3, 1)
    later = raw(*events, start=3, sent_ms=NOW_MS + 3_600_000)
    again = intake.take(later, NOW_MS)
    assert (again.accepted, again.duplicates) == (1, 2)  # the third was not remembered


def test_a_cell_is_looked_up_on_the_grid_of_its_date() -> None:
    later = "110101003"
    places = Gazetteer([(0, make_grid()), (NOW_MS, make_grid((WEST, later)))])
    intake = Intake(make_feed("readings"), places, MemorySeen(), partition=0, partitions=1)
    before, after = NOW_MS - 1, NOW_MS

    taken = intake.take(
        raw(
            reading(cell=f"{EAST}001001", ts=before),
            reading(cell=f"{EAST}001001", ts=after),
            reading(cell=f"{later}001001", ts=before),
            reading(cell=f"{later}001001", ts=after),
        ),
        NOW_MS,
    )

    assert [(row[0], row[4]) for row in rows(taken)] == [(EAST, 0), (later, 3)]
    assert {r.reason for r in taken.rejected} == {Reason.UNKNOWN_CELL}


def test_lateness_is_measured_against_the_newest_reading_before() -> None:
    lateness_ms = 120_000
    times = [NOW_MS - lateness_ms, NOW_MS, NOW_MS - lateness_ms, NOW_MS - lateness_ms - 1]
    intake = new_intake()
    taken = intake.take(raw(*(reading(ts=ts) for ts in times)), NOW_MS)

    assert [row[4] for row in rows(taken)] == [0, 1, 2]
    assert [(r.offset, r.reason) for r in taken.late] == [(3, Reason.LATE)]
    health = intake.health(NOW_MS, end=9)
    assert (health.late, health.rejected, health.reasons) == (1, 0, {"late": 1})
    assert (health.position, health.end, health.last_event_ms) == (4, 9, NOW_MS)


def test_no_message_carries_a_watermark_that_its_own_batch_could_break() -> None:
    intake = new_intake()
    later_ms = NOW_MS + 60_000
    both = raw(reading(ts=NOW_MS), reading(ts=later_ms), sent_ms=later_ms)
    first = intake.take(both, NOW_MS)
    second = intake.take(raw(reading(ts=NOW_MS), start=2), NOW_MS)

    assert headers(first)[0].origin.watermark_ms == NEVER
    assert headers(second)[0].origin.watermark_ms == NOW_MS + 60_000 - 120_000
    tick, _ = decode(FrameHeader, intake.tick(NOW_MS))
    assert (tick.streets, tick.rows, tick.origin.watermark_ms) == ((), 0, intake.watermark_ms)
    idle, _ = decode(FrameHeader, intake.tick(NOW_MS, idle=True))
    assert idle.origin.watermark_ms == IDLE


def test_long_frames_are_cut_between_raw_messages() -> None:
    array = [reading()] * 1500
    taken = new_intake().take(raw(*[array] * 5), NOW_MS)
    assert [header.rows for header in headers(taken)] == [3000, 3000, 1500]
    one = new_intake().take(raw([reading()] * (FRAME_ROWS + 5), reading()), NOW_MS)
    assert [header.rows for header in headers(one)] == [FRAME_ROWS + 5, 1]


def test_case_events_keep_their_place_in_the_raw_message_and_are_never_late() -> None:
    intake = new_intake(kind="cases")
    old = case_event(case="A-2", type="closed", ts=NOW_MS - 80_000_000, category=None, actor=None)
    east = case_event(case="A-3", cell=f"{EAST}001001", department="hcb", due=NOW_MS / 1000)

    taken = intake.take(raw([east, case_event(), old]), NOW_MS)

    west_batch, east_batch = (decode_message(CaseBatch, data) for _, data in taken.messages)
    assert [(e.case, e.index, e.category) for e in west_batch.events] == [
        ("A-1", 1, "010101"),
        ("A-2", 2, ""),
    ]
    assert east_batch.street == EAST
    assert (east_batch.events[0].department, east_batch.events[0].due_ms) == ("hcb", NOW_MS)
    assert taken.late == []
    assert decode_message(CaseBatch, intake.tick(NOW_MS)).origin.watermark_ms == NOW_MS - 120_000


def test_a_case_event_brings_its_beat_and_what_the_sender_calls_the_area() -> None:
    taken = new_intake(kind="cases").take(raw(case_event(beat="B-07", area="Old Town")), NOW_MS)
    [batch] = [decode_message(CaseBatch, data) for _, data in taken.messages]
    assert (batch.events[0].beat, batch.events[0].area) == ("B-07", "Old Town")


def test_an_event_is_a_duplicate_only_where_it_stands_elsewhere() -> None:
    seen = MemorySeen()
    batch = raw(envelope(reading(), "1"), [envelope(reading(), "2"), envelope(reading(), "2")])
    first, again = new_intake(seen), new_intake(seen)

    assert (first.take(batch, 0).accepted, first.health(0, 0).duplicates) == (2, 1)
    assert again.take(batch, 0).accepted == 2  # read again after a crash
    other = Intake(
        make_feed("readings"), Gazetteer([(0, make_grid())]), seen, partition=0, partitions=2
    )
    assert other.take(batch, 0).duplicates == 3


def test_an_envelope_with_an_array_is_one_event() -> None:
    intake = new_intake()
    message = envelope([reading(value=1), reading(value=2)])
    taken = intake.take(raw(message, message), NOW_MS)
    assert (taken.accepted, taken.duplicates) == (2, 2)


def test_records_before_the_position_are_skipped() -> None:
    intake = new_intake()
    intake.take(raw(reading(), reading()), NOW_MS)
    assert intake.take(raw(reading(), reading(), reading()), NOW_MS).accepted == 1
    assert intake.take(raw(reading()), NOW_MS) == IntakeResult()
    assert intake.position == 3


def test_a_record_that_breaks_the_code_can_be_passed_over() -> None:
    intake = new_intake()
    rejected = intake.set_aside(raw(b"?", start=4), "ingest failed on it")
    assert (rejected.reason, rejected.data, intake.position) == (Reason.DOWNSTREAM, b"?", 5)
    assert intake.health(0, 0).rejected == 1


def headed(batch: RawBatch, *heads: RecordHead, arrived_ms: int = NOW_MS) -> RawBatch:
    return replace(
        batch,
        arrived_ms=[arrived_ms] * len(batch.offsets),
        heads={row: head for row, head in enumerate(heads) if head != LIVE},
    )


def test_live_and_replay_are_what_was_started_and_not_guessed() -> None:
    intake, old_ms, day_ms = new_intake(), NOW_MS - 400 * 86_400_000, 86_400_000
    run = RecordHead("run-1")
    intake.take(raw(reading()), NOW_MS)
    live = intake.health(NOW_MS, end=1)
    assert (live.mode, live.run, live.sent_ms, live.arrived_ms) == ("live", "", NOW_MS, NOW_MS)

    begin = headed(raw(b"", start=1, sent_ms=old_ms), RecordHead("run-1", ReplayMark.BEGIN))
    assert intake.take(begin, NOW_MS) == IntakeResult()
    past = headed(raw(reading(ts=old_ms + day_ms), start=2, sent_ms=old_ms + day_ms), run)
    assert len(intake.take(past, NOW_MS + 1).late) == 1  # a live reading was there before
    told = intake.health(NOW_MS + 1, end=9)
    assert (told.mode, told.run, told.is_ended) == ("replay", "run-1", False)
    assert (told.sent_ms, told.position, told.lag_records) == (old_ms + day_ms, 3, 6)

    intake.take(
        headed(raw(b"", start=3, sent_ms=old_ms), RecordHead("run-1", ReplayMark.END)), NOW_MS
    )
    again = headed(raw(b"{", start=4, sent_ms=old_ms), RecordHead("run-1", attempt=1))
    letter = intake.take(again, NOW_MS).rejected[0]
    assert (letter.run, letter.attempts) == ("run-1", 1)
    restored = new_intake()
    restored.restore(intake.dump())
    assert restored.health(NOW_MS, 5).is_ended
    restored.take(raw(reading(), start=5, sent_ms=NOW_MS + 5), NOW_MS)
    after = restored.health(NOW_MS, 6)
    assert (after.mode, after.is_ended, after.sent_ms) == ("live", False, NOW_MS + 5)


def test_a_partition_that_reads_what_lay_in_kafka_for_long_is_catching_up() -> None:
    intake = new_intake()
    assert not intake.health(NOW_MS, 5).is_catching_up  # nothing was read yet
    intake.take(headed(raw(reading()), arrived_ms=NOW_MS), NOW_MS)
    behind = intake.health(NOW_MS + 60_000, 5, ReadPace(2.0, 2.0))
    assert (behind.is_catching_up, behind.records_s, behind.left_s) == (True, 2.0, 2.0)
    assert not intake.health(NOW_MS + 60_000, 1).is_catching_up
    assert not intake.health(NOW_MS + 9_000, 5).is_catching_up


TIMES = st.integers(NOW_MS - 400_000, NOW_MS + 400_000)
GOOD = st.builds(
    reading,
    ts=TIMES,
    value=st.integers(-5, 2000),
    cell=st.sampled_from([f"{WEST}001001", f"{EAST}001004"]),
)
BAD = st.sampled_from([reading(metric="co"), reading(value="x"), reading(cell=None), 3, {}])
ONE = GOOD | BAD
MESSAGE = (
    ONE
    | st.lists(ONE, max_size=3)
    | st.builds(envelope, ONE | st.lists(ONE, max_size=2), st.sampled_from("abc"))
    | st.sampled_from([b"{", b"[1", b"", b'{"a": NaN}'])
)


def take_in_parts(messages: Sequence[Any], cuts: Sequence[int], *, restart: bool) -> Any:
    """All that comes out of messages, cut into batches and with a restart between them."""
    batch = raw(*messages)
    seen = MemorySeen()
    intake = new_intake(seen)
    found: list[Any] = [[], [], []]
    bounds = sorted({0, len(messages), *(cut % (len(messages) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        part = RawBatch(batch.offsets[start:end], batch.sent_ms[start:end], batch.values[start:end])
        if restart:
            state = intake.dump()
            intake.take(part, NOW_MS)  # and crashes before it is saved
            intake = new_intake(seen)
            intake.restore(state)
        taken = intake.take(part, NOW_MS)
        found[0] += rows(taken)
        found[1] += taken.rejected
        found[2] += taken.late
    found[0].sort(key=lambda row: (row[0], row[4]))
    return [*found, intake.health(0, 0)]


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGE, max_size=12), st.lists(st.integers(0, 12)), st.booleans())
def test_cuts_and_crashes_change_nothing(
    messages: list[Any], cuts: list[int], restart: bool
) -> None:
    assert take_in_parts(messages, cuts, restart=restart) == take_in_parts(
        messages, [], restart=False
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(ONE, min_size=1, max_size=6))
def test_an_array_gives_what_its_elements_give_one_by_one(elements: list[Any]) -> None:
    array = new_intake().take(raw(elements), NOW_MS)
    single = new_intake().take(raw(*elements), NOW_MS)
    assert [row[:4] for row in rows(array)] == [row[:4] for row in rows(single)]
    assert [(r.index, r.reason, r.detail, r.data) for r in array.rejected] == [
        (r.offset, r.reason, r.detail, r.data) for r in single.rejected
    ]
    assert len(array.late) == len(single.late)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_whatever_raise(values: list[bytes]) -> None:
    for kind in ("readings", "cases"):
        taken = new_intake(kind=kind).take(raw(*values), NOW_MS)
        assert taken.accepted + len(taken.rejected) + len(taken.late) >= len(values)
