from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.mapping import CodedSource, Mapping, TimeSource
from models.feeds.mapping.apply import first_points, map_events, map_readings
from models.feeds.mapping.cells import NO_TIME, TextPart, TextTable, times
from models.feeds.mapping.columns import RowFates
from models.feeds.mapping.messages import event_messages, reading_messages

BEIJING, BOSTON = "Asia/Shanghai", "America/New_York"


def table(**columns: Sequence[str | None]) -> TextTable:
    arrays = {
        name.replace("_", "."): pa.chunked_array([pa.array(texts, pa.string())])
        for name, texts in columns.items()
    }
    rows = len(next(iter(columns.values())))
    return TextTable(parts=(TextPart(columns=arrays, rows=rows),))


def rows_set_aside(fates: RowFates) -> dict[str, list[int]]:
    found = {reason: np.flatnonzero(where).tolist() for reason, where in fates.set_aside}
    return {reason: rows for reason, rows in found.items() if rows}


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def read(text: str | None, zone: str = BEIJING, **how: str) -> int:
    source = TimeSource(column="t", **how)
    return int(times(source, table(t=[text]), zone).ms[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-04-01 06:30:15", "2016-04-01T06:30:15+08:00"),
        ("2016-04-01T06:30:15", "2016-04-01T06:30:15+08:00"),
        ("2016-04-01T06:30:15Z", "2016-04-01T06:30:15+00:00"),
        ("2016-04-01T06:30:15.250+02:00", "2016-04-01T06:30:15.250+02:00"),
        ("2016-04-01", "2016-04-01T00:00:00+08:00"),
        ("2016-04-01 06:30", "2016-04-01T06:30:00+08:00"),
        ("2016-02-29 00:00:00", "2016-02-29T00:00:00+08:00"),
        ("1969-12-31 23:00:00", "1969-12-31T23:00:00+08:00"),
    ],
)
def test_usual_times_are_read(text: str, expected: str) -> None:
    assert read(text) == ms(expected)


@pytest.mark.parametrize(
    "text", ["2015-02-29 00:00:00", "2015-02-30 00:00:00", "2015-13-01", "yesterday", " ", "", None]
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert read(text) == NO_TIME


def test_other_spellings_are_read_by_their_format() -> None:
    how = {"format": "%m/%d/%Y %H:%M"}
    assert read("04/01/2016 06:30", **how) == ms("2016-04-01T06:30+08:00")
    assert read("02/30/2016 06:30", **how) == NO_TIME
    assert read("2016-04-01 06:30:00", **how) == NO_TIME


def test_epoch_numbers_are_read_by_their_unit() -> None:
    assert read("1459463400", unit="s") == 1459463400000
    assert read("1459463400000", unit="ms") == 1459463400000
    assert read("1e300", unit="s") == NO_TIME


def test_an_hour_that_occurs_twice_is_the_first_and_one_left_out_is_after_the_gap() -> None:
    assert read("2013-11-03 01:30:00", BOSTON) == ms("2013-11-03T01:30:00-04:00")
    assert read("2013-03-10 02:30:00", BOSTON) == ms("2013-03-10T03:30:00-04:00")
    assert read("2013-03-10 02:30", BOSTON) == ms("2013-03-10T03:30:00-04:00")


@given(st.integers(365 * 1440, 24400 * 1440), st.sampled_from([BEIJING, BOSTON]))
def test_a_column_and_its_parts_agree(minute: int, zone: str) -> None:
    time = datetime.fromtimestamp(minute * 60, UTC).replace(tzinfo=None)
    parts = {
        name: [str(getattr(time, name))] for name in ("year", "month", "day", "hour", "minute")
    }
    by_parts = times(TimeSource(parts=tuple(parts)), table(**parts), zone).ms
    assert by_parts[0] == read(f"{time:%Y-%m-%d %H:%M:%S}", zone)
    local = time.replace(tzinfo=ZoneInfo(zone))
    if local.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == time:
        assert by_parts[0] == round(local.timestamp() * 1000)


@pytest.mark.parametrize(
    ("year", "month", "day", "hour"),
    [("2015", "2", "29", "0"), ("2015", "0", "1", "0"), 
     ("2015", "1.5", "1", "0"), (None, "1", "1", "0"), ("x", "1", "1", "0"),
     ("99999", "1", "1", "0")],
)  # fmt: skip
def test_impossible_parts_are_no_time(year: str | None, month: str, day: str, hour: str) -> None:
    columns = table(y=[year], m=[month], d=[day], h=[hour])
    read = times(TimeSource(parts=("y", "m", "d", "h")), columns, BEIJING)
    assert read.ms.tolist() == [NO_TIME]


AIR = Mapping.model_validate(
    {
        "name": "air",
        "feed": "dust",
        "source": "test",
        "timezone": BEIJING,
        "time": {"column": "t"},
        "sensor": {"column": "s"},
        "metrics": {
            "pm10": {"column": "PM10"},
            "coarse": {"column": "PM10", "minus": "PM2.5"},
        },
        "places": {"A": {"lon": 116.4, "lat": 39.9}, "B": {"cell": "110101001001001"}},
    }
)


def test_readings_come_in_order_with_their_places_and_differences() -> None:
    columns, fates = map_readings(
        AIR,
        table(
            t=["2016-04-01 02:00:00", "2016-04-01 01:00:00", "2016-04-01 03:00:00"],
            s=["A", "B", "C"],
            PM10=["9.1", "20", None],
            PM2_5=["4.3", None, "1"],
        ),
    )
    assert columns.sensor.tolist() == ["B", "A", "A"]
    assert columns.metric.tolist() == ["pm10", "pm10", "coarse"]
    assert columns.value.tolist() == [20.0, 9.1, 4.8]
    assert columns.cell.tolist() == ["110101001001001", "", ""]
    assert columns.lon[1:].tolist() == [116.4, 116.4]
    assert fates.lost == {"missing-value": 2}
    assert rows_set_aside(fates) == {"missing-value": [2]}


def test_a_row_with_several_metrics_is_one_message() -> None:
    columns, _ = map_readings(
        AIR, table(t=["2016-04-01", "2016-04-02"], s=["A", "B"], PM10=["9", "8"], PM2_5=["4", None])
    )
    first, second = reading_messages(columns)
    assert first.key == "A"
    assert json.loads(first.value) == [
        {"sensor": "A", "metric": "pm10", "value": 9, "ts": first.ts_ms, "lon": 116.4, "lat": 39.9},
        {
            "sensor": "A",
            "metric": "coarse",
            "value": 5,
            "ts": first.ts_ms,
            "lon": 116.4,
            "lat": 39.9,
        },
    ]
    assert json.loads(second.value) == {
        "sensor": "B", "metric": "pm10", "value": 8, "ts": second.ts_ms, "cell": "110101001001001"
    }  # fmt: skip


def test_what_cannot_be_used_is_counted_with_its_first_row() -> None:
    columns, fates = map_readings(
        AIR,
        table(
            t=["2016-04-01", "soon", "2016-04-01", "2016-04-01"],
            s=["A", "A", None, "A"],
            PM10=["1", "1", "1", "many"],
            PM2_5=["1", "1", "1", "1"],
        ),
    )
    assert columns.row.tolist() == [0, 0]
    assert fates.lost == {"unreadable-time": 1, "no-sensor": 1, "unreadable-value": 1}
    assert rows_set_aside(fates) == {
        "unreadable-time": [1],
        "no-sensor": [2],
        "unreadable-value": [3],
    }


CASES = Mapping.model_validate(
    {
        "name": "cases",
        "feed": "cases",
        "source": "test",
        "timezone": BOSTON,
        "case": "id",
        "category": {"column": "kind", "codes": {"Dead Animal": "dead-animal"}},
        "department": "dept",
        "lon": "lon",
        "lat": "lat",
        "due": {"column": "due"},
        "events": [
            {"type": "reported", "time": {"column": "opened"}},
            {"type": "filed", "time": {"column": "opened"}},
            {
                "type": "closed",
                "time": {"column": "closed"},
                "when": {"column": "status", "values": ["Closed"]},
            },
        ],
    }
)
REQUESTS = table(
    id=["2", "1", "3", None, "5"],
    kind=["Dead Animal", "Bats", "Bats", "Bats", "Bats"],
    dept=["PWD", None, "PWD", "PWD", "PWD"],
    lon=["-71.1", "-71.2", None, "-71", "-77"],
    lat=["42.3", "42.4", None, "42", "39"],
    due=["2013-01-05 00:00:00", None, None, None, None],
    opened=["2013-01-02 08:00:00"] * 2 + ["2013-01-01 08:00:00", "2013-01-01 08:00:00", "x"],
    closed=["2013-01-03 08:00:00", "2013-01-03 08:00:00", None, None, None],
    status=["Closed", "Open", "Closed", "Closed", "Open"],
)


def test_one_row_gives_the_events_of_its_case_in_order() -> None:
    columns, fates = map_events(CASES, REQUESTS)
    events = list(zip(columns.case, columns.type, strict=True))
    assert events == [
        ("3", "reported"), ("3", "filed"),
        ("2", "reported"), ("2", "filed"), ("1", "reported"), ("1", "filed"),
        ("2", "closed"),
    ]  # fmt: skip
    assert fates.lost == {"no-case": 1, "unreadable-time": 2, "missing-time": 1}
    assert rows_set_aside(fates) == {"no-case": [3], "unreadable-time": [4], "no-event": [3]}


def test_a_case_without_a_place_goes_on_for_ingest_to_judge() -> None:
    messages = [json.loads(m.value) for m in event_messages(map_events(CASES, REQUESTS)[0])]
    assert messages[0] == {
        "case": "3", "type": "reported", "ts": ms("2013-01-01T08:00:00-05:00"),
        "category": "Bats", "department": "PWD",
    }  # fmt: skip
    assert messages[2] == {
        "case": "2", "type": "reported", "ts": ms("2013-01-02T08:00:00-05:00"),
        "category": "dead-animal", "department": "PWD", "lon": -71.1, "lat": 42.3,
        "due": ms("2013-01-05T00:00:00-05:00"),
    }  # fmt: skip


def test_beat_and_area_of_a_row_travel_with_its_events() -> None:
    mapping = CASES.model_copy(update={"beat": "dept", "area": CodedSource(column="kind")})
    assert {"dept", "kind"} <= set(mapping.columns)
    messages = [json.loads(m.value) for m in event_messages(map_events(mapping, REQUESTS)[0])]
    told = [(m["case"], m.get("beat"), m["area"]) for m in messages]
    assert set(told) == {("3", "PWD", "Bats"), ("2", "PWD", "Dead Animal"), ("1", None, "Bats")}


def test_each_row_is_one_point() -> None:
    points = first_points(map_events(CASES, REQUESTS)[0])
    assert points.row.tolist() == [2, 0, 1]
    assert points.label.tolist() == ["Bats", "dead-animal", "Bats"]


def test_a_span_holds_its_beginning_and_not_its_end() -> None:
    columns, _ = map_events(CASES, REQUESTS)
    span = columns.between(ms("2013-01-02T08:00:00-05:00"), ms("2013-01-03T08:00:00-05:00"))
    assert set(span.case) == {"1", "2"}
    assert "closed" not in span.type


def test_an_empty_table_gives_nothing() -> None:
    empty = table(**{name.replace(".", "_"): [] for name in REQUESTS.names})
    columns, fates = map_events(CASES, empty)
    assert len(columns) == 0
    assert not fates.lost
    assert list(event_messages(columns)) == []
