"""Files as strangers bring them: read as a person would, or refused in a sentence; never guessed.

Each input stands for a kind that was read wrongly once, or was refused though it is plain.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from config.errors import InputError, NothingUsed
from models.feeds.numbers import read_numbers
from models.feeds.times.column import TimeColumn, read_times
from models.feeds.times.stamp import UnclearTimes
from ops.cli import application
from ops.files.case_files import read_cases
from ops.files.choices import Choices
from ops.files.counts_file import read_counts
from ops.files.points import points_of
from ops.files.series_file import read_series
from ops.files.table import read_table

ZONE = "Asia/Shanghai"
BEGIN = datetime(2024, 2, 10, 20, tzinfo=ZoneInfo(ZONE))
HOURS = [BEGIN + timedelta(hours=k) for k in range(24 * 25)]
WEEKDAYS = "一二三四五六日"

READ: dict[str, Callable[[datetime], str]] = {
    "marks that nobody sees": lambda t: f"\u200e{t:%Y}\u200e-\u200e{t:%m-%d %H:%M}\u200b",
    "day of the week": lambda t: f"{t:%Y年%m月%d日} 星期{WEEKDAYS[t.weekday()]} {t:%H:%M}",
    "in brackets": lambda t: f"{t:%Y-%m-%d}(周{WEEKDAYS[t.weekday()]}) {t:%H:%M}",
    "Uhr": lambda t: f"{t:%d.%m.%Y %H:%M} Uhr",
    "French hours": lambda t: f"{t:%d/%m/%Y %Hh%M}",
    "Spanish halves": lambda t: f"{t:%d/%m/%Y %I:%M} {'a. m.' if t.hour < 12 else 'p. m.'}",
    "at": lambda t: f"{t:%B %d, %Y at %I:%M %p}",
    "dash": lambda t: f"{t:%Y-%m-%d - %H:%M}",
    "a stamp as a float": lambda t: f"{t:%Y%m%d%H%M%S}.0",
    "seconds as a power": lambda t: f"{t.timestamp():.9E}",
    "interval": lambda t: f"{t.isoformat()}/{(t + timedelta(hours=1)).isoformat()}",
    "interval with its length": lambda t: f"{t.isoformat()}/PT1H",
}
REFUSED: dict[str, Callable[[datetime], str]] = {
    "spans": lambda t: f"{t:%Y-%m-%d %H:%M}-{t + timedelta(hours=1):%H:%M}",
    "short years": lambda t: f"{t:%y%m%d%H%M%S}",
    "short years, no seconds": lambda t: f"{t:%y%m%d%H%M}",
    "lost digits": lambda t: f"{t.timestamp() * 1000:.5E}",
}


def ms(times: list[datetime]) -> list[int]:
    return [round(each.timestamp() * 1000) for each in times]


def read(texts: list[str]) -> TimeColumn:
    return read_times(texts, zone=ZONE)


@pytest.mark.parametrize("spelling", READ)
def test_times_that_leave_no_doubt_are_read(spelling: str) -> None:
    assert read([READ[spelling](hour) for hour in HOURS]).ms.tolist() == ms(HOURS)


@pytest.mark.parametrize("spelling", REFUSED)
def test_times_that_may_be_another_are_refused(spelling: str) -> None:
    with pytest.raises(UnclearTimes):
        read([REFUSED[spelling](hour) for hour in HOURS])


def test_no_clock_is_further_from_greenwich_than_there_are_places() -> None:
    texts = ["2024-03-01 20:00-21:00", "2024-03-01T20:00+14:00", "2024-03-01T20:00+14:30"]
    assert read(texts).unreadable.tolist() == [True, False, True]


MONTHS = [(year, month) for year in (2020, 2021) for month in range(1, 13)]
CALENDARS = {
    "months of the Republic": [f"{year - 1911}{month:02}" for year, month in MONTHS],
    "months with short years": [f"{year % 100}{month:02}" for year, month in MONTHS],
    "quarters": [f"{year}{quarter}" for year in range(2018, 2022) for quarter in range(1, 5)],
    "days of the Republic": [f"{h.year - 1911}{h:%m%d}" for h in HOURS[::24]],
    "days with short years": [f"{h:%y%m%d}" for h in HOURS[::24]],
    "days of the year": [f"{h:%Y%j}" for h in HOURS[::24]],
    "seasons": [f"{year}/{(year + 1) % 100:02}" for year in range(1995, 2020)],
}


@pytest.mark.parametrize("calendar", CALENDARS)
def test_numbers_of_a_calendar_are_no_plain_numbers(tmp_path: Path, calendar: str) -> None:
    file = tmp_path / "c.csv"
    file.write_text("period,count\n" + "".join(f"{text},7\n" for text in CALENDARS[calendar]))
    with pytest.raises(InputError):
        read_counts(file, Choices())
    if calendar != "seasons":
        taken = read_counts(file, Choices(time_format="number"))
        assert taken.account.used == len(CALENDARS[calendar])


def test_plain_numbers_stay_plain_numbers() -> None:
    for numbers in (range(1980, 2024), range(100), range(1, 2000, 7), range(20_000, 20_900)):
        assert read([str(number) for number in numbers]).form == "plain numbers"


def test_dates_whose_days_a_spreadsheet_took_for_months_are_refused() -> None:
    days = [date(2024, 3, 1) + timedelta(days=k) for k in range(28)]
    damaged = [f"2024-{d.day:02}-03" if d.day <= 12 else f"{d:%d/%m/%Y}" for d in days]
    with pytest.raises(UnclearTimes, match="spreadsheet"):
        read(damaged)
    sound = [f"{d:%Y-%m-%d}" if d.day % 2 else f"{d:%d/%m/%Y}" for d in days]
    assert not read(sound).unreadable.any()


def test_no_time_is_missing_and_not_unreadable() -> None:
    column = read(["2024-03-01 08:00", "NULL", "--", "—", "无", "soon"])
    assert column.missing.tolist() == [False, True, True, True, True, False]
    assert column.unreadable.tolist() == [False] * 5 + [True]


def numbers(cells: list[str], separator: str = ",") -> list[float]:
    values, unreadable = read_numbers(pa.chunked_array([pa.array(cells)]), separator)
    return [float(value) for value in np.where(unreadable, np.inf, values)]


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["35 µg/m³", "36.5 μg/m3", "37 ug/m3"], [35, 36.5, 37]),  # two letters that look alike
        (["1.5%", "２％", "-3 %"], [1.5, 2, -3]),
        (["12件", "7件"], [12, 7]),
        (["35 mg/m³", "36 µg/m³"], [np.inf, np.inf]),
        (["35", "36 µg/m³"], [35, np.inf]),
        (["3万", "4万"], [np.inf, np.inf]),
        (["35H", "36"], [np.inf, 36]),
        (["３５．５", "\u22123", "－4"], [35.5, -3, -4]),
        (["1\u00a0234,5", "1\u202f000,0", "7,5"], [1234.5, 1000, 7.5]),
        (["1'234.5", "1 000"], [1234.5, 1000]),
        (["12 34", "5"], [np.inf, 5]),
        (["—", "无", "#DIV/0!", "5"], [np.nan, np.nan, np.nan, 5]),
        (["<0.5", "5"], [np.inf, 5]),
        (["1e30", "5"], [np.nan, 5]),
    ],
)
def test_numbers_as_people_write_them(cells: list[str], right: list[float]) -> None:
    assert np.array_equal(numbers(cells), right, equal_nan=True)


HEAD = "case,opened,closed,category,lon,lat\n"
ROWS = "".join(
    f"C{k},2024-03-{k:02} 08:00,2024-03-{k:02} 12:00,E0101,116.40{k % 10},39.92\n"
    for k in range(1, 13)
)
NINE: list[list[Any]] = [
    ["case", "opened", "lon", "lat"],
    *[[f"C{k}", f"2024-03-0{k}", 116.4, 39.9] for k in range(1, 10)],
]


@pytest.mark.parametrize(
    "above",
    [
        "东城区案件明细\n导出时间：2024-04-01\n",
        "Report,,,,,\n,,,,,\n",
        "# exported\n# by, me\n",
        "",
    ],
)
def test_a_title_above_the_header_is_left_out_and_told(tmp_path: Path, above: str) -> None:
    for separator in (",", ";"):
        file = tmp_path / "c.csv"
        file.write_text((above + HEAD + ROWS).replace(",", separator))
        cases = read_cases(file, None, ZONE)
        assert (cases.account.read, cases.account.used) == (12, 12)
        assert any("header is row 3" in note for note in cases.account.notes) == bool(above)


def workbook(file: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book: pd.ExcelWriter[Any]
    with pd.ExcelWriter(file) as book:
        for name, rows in sheets.items():
            pd.DataFrame(rows).to_excel(book, sheet_name=name, header=False, index=False)
    return file


def test_of_a_workbook_the_sheet_with_the_table_is_read(tmp_path: Path) -> None:
    file = workbook(tmp_path / "b.xlsx", {"说明": [["invented"]], "数据": NINE})
    table = read_table(file)
    assert len(table) == 9
    assert "数据" in table.notes[0]
    assert "说明" in table.notes[0]
    titled = workbook(
        tmp_path / "t.xlsx", {"one": [["Cases of March", "", "", ""], [""] * 4, *NINE]}
    )
    assert read_table(titled).names == NINE[0]


def archive(kind: str) -> bytes:
    data = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(data, "w") as packed:
            packed.writestr("a.csv", HEAD + ROWS)
    else:
        with tarfile.open(fileobj=data, mode="w:gz") as packed_tar:
            info = tarfile.TarInfo("a.csv")
            info.size = len(HEAD)
            packed_tar.addfile(info, io.BytesIO(HEAD.encode()))
    return data.getvalue()


BINARY = np.random.default_rng(5).integers(0, 256, 4000, dtype=np.uint8).tobytes()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (archive("zip"), "zip archive of a.csv"),
        (archive("tar"), "archive of tar"),
        (gzip.compress(gzip.compress(HEAD.encode())), "packed twice"),
        (BINARY, "binary data"),
        (b"\x89PNG\r\n\x1a\n" + BINARY, "a picture"),
        (b"SQLite format 3\0" + bytes(3000), "a database of SQLite"),
        (b'<?xml version="1.0"?><service_requests/>', "HTML or XML"),
        (b"<table><tr><td>case</td></tr></table>", "HTML or XML"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(tmp_path: Path, data: bytes, said: str) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(data)
    with pytest.raises(InputError, match=said):
        read_table(file)


def test_a_line_longer_than_any_field_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.files.delimited.FIELD_LIMIT", 1000)
    file = tmp_path / "c.csv"
    file.write_text("x" * 5000)
    with pytest.raises(NothingUsed, match="field-too-long"):
        read_series(file, Choices())


def test_a_separator_may_be_said_above_the_table(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("sep=\t\n" + (HEAD + ROWS).replace(",", "\t"))
    assert read_cases(file, None, ZONE).account.used == 12


def test_parquet_with_names_that_repeat_and_a_clock_beside_the_day(tmp_path: Path) -> None:
    file = tmp_path / "p.parquet"
    days = pa.array([hour.date() for hour in HOURS])
    clocks, values = pa.array([hour.time() for hour in HOURS]), pa.array(range(len(HOURS)))
    pq.write_table(pa.table([days, clocks, values, values], names=["date", "time", "v", "v"]), file)
    series = read_series(file, Choices(timezone=ZONE))
    assert series.values == ["v", "v (2)"]
    assert series.times is not None
    assert series.times.ms.tolist() == ms(HOURS)


LINES = [{"time": f"{h.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "v": k} for k, h in enumerate(HOURS)]
PAIRS: list[list[Any]] = [[line["time"], line["v"]] for line in LINES]
JSONS: dict[str, str] = {
    "PurpleAir": json.dumps({"version": "1", "fields": ["time", "v"], "data": PAIRS}),
    "columns and data": json.dumps({"columns": ["time", "v"], "index": [1], "data": PAIRS}),
    "arrays below a header": json.dumps([["time", "v"], *PAIRS]),
    "rows by key": json.dumps({str(k): line for k, line in enumerate(LINES)}),
    "values by time": json.dumps({when: value for when, value in PAIRS}),
    "lines cut out of an array": ",\n".join(map(json.dumps, LINES)) + ",\n",
    "a sequence": "".join(f"\x1e{json.dumps(line)}\n" for line in LINES),
    "sensor.community": json.dumps(
        [
            {
                "id": 9,
                "timestamp": time,
                "sensordatavalues": [{"value": str(v), "value_type": "P1"}],
                "location": {"latitude": "48.8", "longitude": "9.2"},
            }
            for time, v in PAIRS
        ]
    ),
    "SensorThings": json.dumps(
        {
            "value": [
                {"phenomenonTime": f"{time}/{time}", "result": v, "@iot.id": v} for time, v in PAIRS
            ]
        }
    ),
}


@pytest.mark.parametrize("make", JSONS)
def test_the_lists_of_services_are_rows(tmp_path: Path, make: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(JSONS[make])
    series = read_series(file, Choices())
    assert series.times is not None
    assert series.times.ms.tolist() == ms(HOURS)
    assert len(series.values) == 1
    assert series.numbers[:, 0].tolist() == [float(k) for k in range(len(HOURS))]


TABLES: dict[str, tuple[str, Callable[[datetime], str]]] = {
    "CNEMC": ("date,hour,type,1001A", lambda t: f"{t:%Y%m%d},{t.hour},PM10"),
    "EPA AQS": (
        "Site Num,Date Local,Time Local,Date GMT,Time GMT,Sample Measurement",
        lambda t: f"1,{t:%Y-%m-%d,%H:%M},{t.astimezone(UTC):%Y-%m-%d,%H:%M}",
    ),
    "named UTC": ("datetime_utc,v", lambda t: f"{t.astimezone(UTC):%Y-%m-%d %H:%M}"),
    "a day with its midnight": ("date,time,v", lambda t: f"{t:%Y-%m-%d} 00:00:00,{t:%I:%M %p}"),
    "hours and minutes in four digits": ("date,time,v", lambda t: f"{t:%d.%m.%Y,%H%M}"),
    "监测日期 and 监测时间": ("监测日期,监测时间,PM10", lambda t: f"{t:%Y-%m-%d},{t.hour}时"),
}


@pytest.mark.parametrize("name", TABLES)
def test_days_and_clocks_in_two_columns_are_one_time(tmp_path: Path, name: str) -> None:
    head, write = TABLES[name]
    file = tmp_path / "t.csv"
    file.write_text(head + "\n" + "".join(f"{write(h)},{k}\n" for k, h in enumerate(HOURS)))
    series = read_series(file, Choices(timezone=ZONE))
    assert series.times is not None
    assert series.times.ms.tolist() == ms(HOURS)
    assert series.values == [head.split(",")[-1]]


def test_a_column_of_times_that_is_half_read_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    texts = [
        f"{h:%Y-%m-%d %H:%M}" if k % 2 else f"{h:%Y-%m-%d} dusk {k}" for k, h in enumerate(HOURS)
    ]
    file.write_text("time,v\n" + "".join(f"{text},1\n" for text in texts))
    with pytest.raises(InputError, match="is called a time"):
        read_series(file, Choices())


def test_a_column_that_is_nearly_of_numbers_is_named(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(
        "time,a,b\n"
        + "".join(f"{h:%Y-%m-%d %H:%M},1,{'<5' if h.hour == 3 else 7}\n" for h in HOURS)
    )
    series = read_series(file, Choices())
    assert series.values == ["a"]
    assert any("'b' is not scored" in note for note in series.account.notes)


def placed(folder: Path, head: str, places: list[str], **said: Any) -> tuple[Any, Any]:
    """Read points and cases of one file; both take the same columns."""
    file = folder / "p.csv"
    rows = (f"{k},2024-03-{k % 28 + 1:02} 08:00,{place}" for k, place in enumerate(places))
    file.write_text("\n".join([f"id,opened,{head}", *rows]) + "\n")
    options = Choices(**{name: said[name] for name in ("lon", "lat") if name in said})
    return points_of(file, None, ZONE, Choices(**said)), read_cases(file, None, ZONE, options)


AT = [f"{116.4 + k / 1e4:.4f},{39.9 + k / 1e4:.4f}" for k in range(40)]


@pytest.mark.parametrize("mark", ["0,39.9", "116.4,0", "0,0", "-1,-1", "-180,-90", "999,999"])
def test_what_stands_for_no_place_is_none(tmp_path: Path, mark: str) -> None:
    points, _ = placed(tmp_path, "lon,lat", [mark, *AT])
    assert points.account.to_builtins()["set_aside"] == {"unplaced": 1}


def test_zero_is_a_place_where_all_others_are_near(tmp_path: Path) -> None:
    points, _ = placed(tmp_path, "lon,lat", ["0,51.5", *[f"0.00{k},51.5" for k in range(1, 9)]])
    assert points.account.used == 9


@pytest.mark.parametrize("head", ["gcj02_lng,gcj02_lat", "bd_lon,bd_lat", "高德经度,高德纬度"])
def test_shifted_coordinates_are_not_taken_for_true_ones(tmp_path: Path, head: str) -> None:
    with pytest.raises(InputError, match="not of WGS 84"):
        placed(tmp_path, head, AT)
    lon, lat = head.split(",")
    points, cases = placed(tmp_path, head, AT, lon=lon, lat=lat)
    assert points.account.used == 40
    assert all(steps[0].lon is not None for steps in cases.steps.values())
    both = [f"{place},{place}" for place in AT]
    points, cases = placed(tmp_path, f"{head},wgs84_lng,wgs84_lat", both)
    taken = points.account.columns["lon"], cases.account.columns["lon"]
    assert taken == ("wgs84_lng", "wgs84_lng")


def test_where_it_began_goes_before_where_it_ended(tmp_path: Path) -> None:
    places = [f"1,1,{place}" for place in AT]
    points, cases = placed(tmp_path, "end_lng,end_lat,start_lng,start_lat", places)
    assert points.account.columns["lon"] == cases.account.columns["lon"] == "start_lng"


def test_case_numbers_without_their_last_digits_are_not_one_case(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("id,opened\n" + "2.02403E+13,2024-03-01\n" * 5 + "X1,2024-03-02\n")
    cases = read_cases(file, None, ZONE)
    assert list(cases.steps) == ["X1"]
    assert cases.account.to_builtins()["set_aside"] == {"shortened-number": 5}


def test_a_table_without_closings_says_that_all_count_as_open(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    rows = [
        {"service_request_id": str(k), "requested_datetime": "2024-03-01", "status": "closed"}
        for k in range(3)
    ]
    file.write_text(json.dumps(rows))
    assert any("all count as open" in note for note in read_cases(file, None, ZONE).account.notes)


@pytest.mark.parametrize(
    "words", ["kpi {} --by street", "cases find --file {}", "cases show A --file {}"]
)
def test_no_json_acts_on_a_terminal(tmp_path: Path, words: str) -> None:
    file, acting = tmp_path / "c.csv", "\x9d\x9c\x9b\x7f\u202e"
    file.write_text(f"case,opened,street,department,category\nA,2024-03-01,{acting},{acting},x\n")
    said = CliRunner().invoke(application(), [*words.format(file).split(), "--json"])
    assert said.exit_code == 0
    assert not set(said.stdout) & set(acting)
    assert "\\u009b" in said.stdout
    assert json.loads(said.stdout)["input"]["used"] == 1
