"""Whatever comes from outside gets its reason, and its neighbours are counted."""

from __future__ import annotations

from typing import Any

import pytest

from config.catalog import Clock
from models.feeds.intake import Intake
from models.feeds.place import Gazetteer
from models.feeds.seen import MemorySeen
from models.messages.case_events import CaseBatch
from models.messages.dead_letters import Reason
from models.messages.envelope import decode
from tests.models.feeds.conftest import make_feed
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

GRID = make_grid()
LON, LAT = float(GRID.lon[0]), float(GRID.lat[0])
YEAR_MS = 365 * 86_400_000

BAD_READINGS: dict[str, tuple[Any, Reason]] = {
    "broken JSON": (b'{"sensor": "d-1", ', Reason.BROKEN_JSON),
    "not UTF-8": (b'{"sensor": "\xff"}', Reason.BROKEN_JSON),
    "two objects": (b'{"a": 1} {"a": 2}', Reason.BROKEN_JSON),
    "nesting without end": (b"[" * 100_000, Reason.BROKEN_JSON),
    "nothing": (b"", Reason.EMPTY),
    "blanks": (b" \n", Reason.EMPTY),
    "empty array": ([], Reason.EMPTY),
    "envelope without data": (envelope(None), Reason.EMPTY),
    "envelope with an empty array": (envelope([]), Reason.EMPTY),
    "a number": (b"3", Reason.WRONG_SHAPE),
    "text as value": (reading(value="81.3"), Reason.WRONG_SHAPE),
    "true as value": (reading(value=True), Reason.WRONG_SHAPE),
    "no value": (reading(value=None), Reason.WRONG_SHAPE),
    "no sensor": (reading(sensor=None), Reason.WRONG_SHAPE),
    "empty sensor": (reading(sensor=""), Reason.WRONG_SHAPE),
    "no time": (reading(ts=None), Reason.WRONG_SHAPE),
    "cell as number": (reading(cell=110101001001001), Reason.WRONG_SHAPE),
    "envelope without id": (
        {"specversion": "1.0", "source": "g", "type": "r", "data": reading()},
        Reason.WRONG_SHAPE,
    ),
    "NaN": (reading(value=float("nan")), Reason.NOT_FINITE),
    "infinity": (reading(value=float("inf")), Reason.NOT_FINITE),
    "minus infinity": (reading(value=float("-inf")), Reason.NOT_FINITE),
    "a number beyond a double": (
        b'{"sensor": "d", "metric": "pm10", "value": 1e999, "ts": 1}',
        Reason.NOT_FINITE,
    ),
    "unknown metric": (reading(metric="co"), Reason.UNKNOWN_METRIC),
    "value above": (reading(value=2000.1), Reason.OUT_OF_RANGE),
    "value below": (reading(value=-5.1), Reason.OUT_OF_RANGE),
    "cell that does not exist": (reading(cell=f"{WEST}001006"), Reason.UNKNOWN_CELL),
    "cell that is no code": (reading(cell="the square"), Reason.UNKNOWN_CELL),
    "no place": (reading(cell=None), Reason.NO_PLACE),
    "longitude alone": (reading(cell=None, lon=LON), Reason.NO_PLACE),
    "coordinates swapped": (reading(cell=None, lon=LAT, lat=LON), Reason.SWAPPED_COORDINATES),
    "coordinates outside": (reading(cell=None, lon=2.35, lat=48.86), Reason.OUTSIDE_CITY),
    "no coordinates of this earth": (reading(cell=None, lon=1e300, lat=1e9), Reason.OUTSIDE_CITY),
    "time as text": (reading(ts="yesterday"), Reason.BAD_TIME),
    "time without offset": (reading(ts="2026-03-01T08:00:00"), Reason.BAD_TIME),
    "true as time": (reading(ts=True), Reason.BAD_TIME),
    "time beyond any calendar": (reading(ts=1e300), Reason.BAD_TIME),
    "seconds taken for milliseconds": (reading(ts=NOW_MS / 1e6), Reason.WRONG_TIME_UNIT),
    "milliseconds taken for seconds": (reading(ts=NOW_MS * 1000), Reason.WRONG_TIME_UNIT),
    "seconds written out as milliseconds": (
        reading(ts="1970-01-21T12:18:43.2Z"),
        Reason.WRONG_TIME_UNIT,
    ),
    "nanoseconds": (reading(ts=NOW_MS * 1_000_000), Reason.WRONG_TIME_UNIT),
    "a year old": (reading(ts=NOW_MS - YEAR_MS), Reason.TOO_OLD),
    "just too old": (reading(ts=NOW_MS - 86_400_001), Reason.TOO_OLD),
    "the future": (reading(ts=NOW_MS + 600_001), Reason.IN_FUTURE),
    "the last year of the calendar": (reading(ts="9999-12-31T23:59:59Z"), Reason.IN_FUTURE),
    "10 MB": (b'{"sensor":"' + b"x" * 10_000_000 + b'"}', Reason.TOO_LARGE),
}


@pytest.mark.parametrize(("message", "reason"), BAD_READINGS.values(), ids=BAD_READINGS.keys())
def test_a_bad_reading_is_set_aside_and_its_neighbours_are_counted(
    dust: Intake, message: Any, reason: Reason
) -> None:
    taken = dust.take(raw(reading(value=1), message, reading(value=2), start=7), NOW_MS)

    assert [(r.reason, r.topic, r.partition, r.offset, r.index) for r in taken.rejected] == [
        (reason, "raw.dust", 1, 8, -1)
    ]
    assert taken.rejected[0].detail
    assert [row[3:] for row in rows(taken)] == [(10, 7), (20, 9)]
    health = dust.health(NOW_MS, end=10)
    assert (health.accepted, health.rejected, health.reasons) == (2, 1, {reason.value: 1})


@pytest.mark.parametrize(
    "message", [m for m, _ in BAD_READINGS.values() if isinstance(m, dict) and "data" not in m]
)
def test_a_bad_element_of_an_array_is_set_aside_alone(dust: Intake, message: Any) -> None:
    taken = dust.take(raw([reading(value=1), message, reading(value=2)]), NOW_MS)

    (rejected,) = taken.rejected
    assert (rejected.offset, rejected.index) == (0, 1)
    assert [row[3] for row in rows(taken)] == [10, 20]


BAD_CASES: dict[str, tuple[Any, Reason]] = {
    "unknown category": (case_event(category="999999"), Reason.UNKNOWN_CATEGORY),
    "unknown type": (case_event(type="forgotten"), Reason.WRONG_SHAPE),
    "no case": (case_event(case=None), Reason.WRONG_SHAPE),
    "no place": (case_event(cell=None), Reason.NO_PLACE),
    "300 years old": (case_event(ts="1726-03-01T00:00:00Z"), Reason.TOO_OLD),
    "due at no time": (case_event(due="soon"), Reason.BAD_TIME),
    "a reading": (reading(), Reason.WRONG_SHAPE),
}


@pytest.mark.parametrize(("message", "reason"), BAD_CASES.values(), ids=BAD_CASES.keys())
def test_a_bad_case_event_is_set_aside_and_its_neighbours_are_counted(
    cases: Intake, message: Any, reason: Reason
) -> None:
    taken = cases.take(raw(case_event(), message, case_event(case="A-2")), NOW_MS)

    assert [(r.reason, r.offset) for r in taken.rejected] == [(reason, 1)]
    assert taken.accepted == 2


def test_a_wide_clock_takes_old_cases(gazetteer: Gazetteer) -> None:
    feed = make_feed("cases", clock=Clock(past_s=40 * 365 * 86400))
    intake = Intake(feed, gazetteer, MemorySeen(), partition=0, partitions=1)

    taken = intake.take(raw(case_event(ts="1990-01-01T00:00:00Z"), case_event(ts=1.0)), NOW_MS)

    assert taken.accepted == 1
    assert [r.reason for r in taken.rejected] == [Reason.TOO_OLD]


def test_the_bounds_of_value_and_clock_belong_to_them(dust: Intake) -> None:
    good = [
        reading(value=2000),
        reading(value=-5),
        reading(ts=NOW_MS + 600_000),
        reading(ts=NOW_MS / 1000, value=0),
        reading(ts="2026-03-01T08:00:00+08:00"),
    ]
    taken = dust.take(raw(*good), NOW_MS)
    assert (taken.rejected, taken.accepted + len(taken.late)) == ([], 5)


def test_without_a_sending_time_the_clock_is_not_checked(dust: Intake) -> None:
    taken = dust.take(raw(reading(ts=NOW_MS - 30 * YEAR_MS), sent_ms=0), NOW_MS)
    assert taken.accepted == 1


def test_what_is_kept_can_be_sent_again(dust: Intake) -> None:
    whole, element = reading(metric="co"), reading(value=9999)
    messages = raw(whole, [reading(), element], envelope(whole, "7"), [envelope(element, "8")])

    taken = dust.take(messages, NOW_MS)

    kept = [r.data for r in taken.rejected]
    assert kept == [*raw(whole, element, envelope(whole, "7"), envelope(element, "8")).values]
    assert [r.sent_ms for r in taken.rejected] == [NOW_MS] * 4


def test_of_a_large_message_the_head_is_kept(dust: Intake) -> None:
    value = b"[" + b"x" * 700_000
    (rejected,) = dust.take(raw(value), NOW_MS).rejected
    assert (rejected.truncated_from, rejected.data) == (700_001, value[:65_536])


def test_a_category_that_is_unknown_may_have_a_class_of_its_own(gazetteer: Gazetteer) -> None:
    feed = make_feed("cases", other_category="010101")
    intake = Intake(feed, gazetteer, MemorySeen(), partition=0, partitions=1)
    taken = intake.take(raw(case_event(category="?"), case_event()), NOW_MS)
    [batch] = [decode(CaseBatch, data) for _, data in taken.messages]
    told = [(event.category, event.unlisted) for event in batch.events]
    assert told == [("010101", "?"), ("010101", "")]  # what was sent is not lost


def test_an_event_that_was_rejected_may_come_again_under_its_identity(dust: Intake) -> None:
    bad, good = envelope(reading(value=9999)), envelope(reading())
    other = envelope(reading(cell=f"{EAST}001001"), "2")
    taken = dust.take(raw(bad, good, good, [good, other]), NOW_MS)
    assert (len(taken.rejected), taken.accepted, taken.duplicates) == (1, 2, 2)
