from __future__ import annotations

import gzip
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from config.errors import InputError
from config.mapping import Mapping
from models.feeds.mapping.apply import first_points
from models.feeds.mapping.columns import EventColumns, ReadingColumns
from models.feeds.raw import peek
from ops.cities import catalog_of
from ops.files.sources import read_mapped, read_messages, tables_in

MAPPING = Mapping.model_validate(
    {
        "name": "table",
        "feed": "dust",
        "source": "test",
        "timezone": "Asia/Shanghai",
        "time": {"column": "when"},
        "sensor": {"column": "sensor"},
        "metrics": {"pm10": {"column": "value"}},
    }
)
ROWS = [
    {"when": "2016-04-01 01:00:00", "sensor": "007", "value": 5.25, "other": "x"},
    {"when": "2016-04-01 00:00:00", "sensor": "B", "value": 7.0, "other": "y"},
]


def write(folder: Path, kind: str) -> Path:
    """Write the rows as one kind of file."""
    path = folder / f"table.{kind}"
    frame = pd.DataFrame(ROWS)
    text = frame.to_csv(index=False)
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    match kind:
        case "csv":
            path.write_text(text)
        case "csv.gz":
            path.write_bytes(gzip.compress(text.encode()))
        case "jsonl":
            path.write_text(lines)
        case "jsonl.gz":
            path.write_bytes(gzip.compress(lines.encode()))
        case "parquet":
            frame["when"] = pd.to_datetime(frame["when"])
            pa.parquet.write_table(pa.Table.from_pandas(frame), path)
    return path


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
def test_every_kind_of_file_gives_the_same_readings(tmp_path: Path, kind: str) -> None:
    mapped = read_mapped(write(tmp_path, kind), MAPPING)
    assert isinstance(mapped.columns, ReadingColumns)
    assert mapped.columns.sensor.tolist() == ["B", "007"]
    assert mapped.columns.value.tolist() == [7.0, 5.25]
    assert mapped.columns.ts_ms.tolist() == [1459440000000, 1459443600000]
    assert (mapped.rows.read, mapped.rows.used, mapped.lost) == (2, 2, {})


def test_a_folder_is_all_its_tables_in_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("when,sensor,value\n2016-04-01 02:00:00,A,1\n")
    (tmp_path / "b.csv").write_text("when,sensor,value\n2016-04-01 01:00:00,B,2\n")
    (tmp_path / "notes.txt").write_text("no table")
    assert [message.key for message in read_messages(tmp_path, MAPPING)] == ["B", "A"]


def test_rows_that_are_none_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        'when,sensor,value\n2016-04-01 02:00:00,A,1\nx,y,z,w\n2016-04-01 03:00:00,"A",2\n'
    )
    mapped = read_mapped(path, MAPPING)
    assert len(mapped.columns) == 2
    assert mapped.rows.to_builtins()["set_aside"] == {"too-many-fields": 1}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.csv", None, "no such file"),
        ("table.xls", b"x", "has no column sensor"),
        ("t.csv", b"when,value\n1,2\n", "has no column sensor, which mapping table names; it has"),
        ("t.parquet", b"PAR1", "cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_is_named(
    tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_mapped(path, MAPPING)
    assert str(path) in str(raised.value)
    assert why in str(raised.value)


def test_a_folder_without_tables_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no table"):
        tables_in(tmp_path)


def test_a_set_city_is_never_overruled_by_a_mapping() -> None:
    assert catalog_of("boston311", {})[0].city == "boston"
    assert catalog_of("boston311", {"GRIDPULSE_CITY": "baltimore"})[0].city == "baltimore"
    assert catalog_of(None, {})[0].city == "dongcheng"


def epoch_ms(times: pd.Series) -> pd.Series:
    return pd.Series(times.dt.as_unit("ms").astype("int64"))


@pytest.mark.data
def test_dongsi_is_what_pandas_reads(shared_data: Path) -> None:
    path = shared_data / "air" / "PRSA_Data_Dongsi_20130301-20170228.csv.gz"
    mapped = read_mapped(path, catalog_of("prsa", {})[1].mapping("prsa"))
    assert isinstance(mapped.columns, ReadingColumns)
    frame = pd.read_csv(path)
    time = pd.to_datetime(frame[["year", "month", "day", "hour"]]).dt.tz_localize("Asia/Shanghai")
    frame["ts_ms"] = epoch_ms(time)
    frame["coarse"] = (frame["PM10"] - frame["PM2.5"]).round(6)
    for metric, column in (("pm10", "PM10"), ("pm25", "PM2.5"), ("coarse", "coarse")):
        known = frame[frame[column].notna()]
        mine = mapped.columns.pick(mapped.columns.metric == metric)
        assert mine.ts_ms.tolist() == known["ts_ms"].tolist()
        assert mine.value.tolist() == known[column].tolist()


@pytest.mark.data
def test_boston_is_what_pandas_reads(shared_data: Path) -> None:
    path = shared_data / "cases" / "boston311_animal_pest_2013_2017.csv.gz"
    mapping = catalog_of("boston311", {})[1].mapping("boston311")
    mapped = read_mapped(path, mapping)
    events = mapped.columns
    assert isinstance(events, EventColumns)
    frame = pd.read_csv(path, dtype=str)
    counts = pd.Series(events.type).value_counts()
    assert counts["reported"] == counts["filed"] == len(frame)
    assert counts["closed"] == (frame["case_status"] == "Closed").sum()
    assert mapped.rows.used == len(frame)
    assert mapping.category is not None
    assert set(events.category) == set(mapping.category.codes.values())
    opened = pd.to_datetime(frame["open_dt"]).dt.tz_localize(
        "America/New_York", ambiguous=True, nonexistent="shift_forward"
    )
    mine = events.pick(events.type == "filed")
    expected = pd.Series(epoch_ms(opened).to_numpy(), frame["case_enquiry_id"])
    assert expected.reindex(list(mine.case)).tolist() == mine.ts_ms.tolist()
    points = first_points(events)
    assert len(points) == len(frame)


@pytest.mark.data
def test_rounded_coordinates_of_baltimore_go_on_for_ingest_to_refuse(shared_data: Path) -> None:
    path = shared_data / "cases" / "baltimore311_sample_2014_2019.csv.gz"
    mapping = catalog_of("baltimore311", {})[1].mapping("baltimore311")
    messages = list(read_messages(path, mapping))
    reported = [body for m in messages if (body := json.loads(m.value))["type"] == "reported"]
    assert len(reported) == 10_000
    places = pd.DataFrame(reported)[["lon", "lat"]]
    frame = pd.read_csv(path)[["Longitude", "Latitude"]]
    whole = frame[(frame["Longitude"] % 1 == 0) & (frame["Latitude"] % 1 == 0)]
    assert len(places[(places["lon"] % 1 == 0) & (places["lat"] % 1 == 0)]) == len(whole) > 800
    assert places["lat"].isna().sum() == frame["Latitude"].isna().sum() > 0
    assert all(peek(m.value) == (m.ts_ms, m.key) for m in messages[::500])
