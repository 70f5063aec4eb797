"""What a user names overrules a mapping, in every command over a file, and is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from config.errors import InputError
from config.mapping import Mapping
from models.feeds.mapping.columns import EventColumns, ReadingColumns
from ops.cities import catalog_of
from ops.cli import main
from ops.files.choices import Choices
from ops.files.raw_lines import RawLines
from ops.files.sources import open_source, read_mapped

PRSA = catalog_of("prsa", {})[1]
READINGS = (
    "year,month,day,hour,station,PM10,PM2.5,When,Coarser,x,y,site",
    "2014,4,1,0,Dongsi,80,20,01/04/2014 08:00,70,116.401,39.921,A",
    "2014,4,1,1,Dongsi,81,20,01/04/2014 09:00,75,116.401,39.921,B",
)
CASES = (
    "case,opened,closed,due,Seen,x,y",
    "1,2024-03-01 08:00,2024-03-05 08:00,2024-03-04 08:00,2024-02-20 08:00,116.40,39.92",
    "2,2024-03-02 08:00,,2024-03-04 08:00,2024-02-21 08:00,116.41,39.92",
)
CASE_MAPPING = Mapping.model_validate(
    {
        "name": "c",
        "feed": "cases",
        "source": "a test",
        "timezone": "UTC",
        "case": "case",
        "events": [
            {"type": step, "time": {"column": column}}
            for step, column in (("reported", "opened"), ("filed", "opened"), ("closed", "closed"))
        ],
        "due": {"column": "due"},
    }
)


def write(folder: Path, rows: tuple[str, ...], name: str = "t.csv") -> Path:
    file = folder / name
    file.write_text("\n".join(rows) + "\n")
    return file


def readings(folder: Path, **said: Any) -> ReadingColumns:
    read = read_mapped(write(folder, READINGS), PRSA.mapping("prsa"), Choices(**said))
    assert isinstance(read.columns, ReadingColumns)
    return read.columns


def events(folder: Path, rows: tuple[str, ...] = CASES, **said: Any) -> EventColumns:
    read = read_mapped(write(folder, rows), CASE_MAPPING, Choices(**said))
    assert isinstance(read.columns, EventColumns)
    return read.columns


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(each) for each in arguments])
    return int(stopped.value.code or 0)


def test_a_named_time_takes_the_place_of_the_parts(tmp_path: Path) -> None:
    plain, named = readings(tmp_path), readings(tmp_path, time="When", time_format="dmy")
    assert sorted(set(named.ts_ms - 8 * 3_600_000)) == sorted(set(plain.ts_ms))


def test_a_time_that_may_mean_two_things_is_still_asked_about(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--time-format"):
        readings(tmp_path, time="When")


def test_a_named_value_changes_its_metric_and_no_other(tmp_path: Path) -> None:
    read = readings(tmp_path, values=("coarse=Coarser",))
    found = {metric: read.value[read.metric == metric].tolist() for metric in ("pm10", "coarse")}
    assert found == {"pm10": [80.0, 81.0], "coarse": [70.0, 75.0]}


def test_a_named_value_keeps_the_unit_that_the_mapping_says(tmp_path: Path) -> None:
    file = write(tmp_path, ("time,v,w", "2014-04-01 08:00,0.08,0.02"))
    mapping = Mapping.model_validate(
        {
            "name": "mg",
            "feed": "dust",
            "source": "a test",
            "timezone": "UTC",
            "time": {"column": "time", "format": "%Y-%m-%d %H:%M"},
            "sensor": {"fixed": "S"},
            "metrics": {"pm10": {"column": "v", "minus": "w", "factor": 1000}},
        }
    )
    for said, value in (((), 60.0), (("pm10=v",), 80.0), (("pm10=w",), 20.0)):
        read = read_mapped(file, mapping, Choices(values=said, time="time" if said else None))
        assert isinstance(read.columns, ReadingColumns)
        assert read.columns.value.tolist() == [pytest.approx(value)]


def test_a_named_series_is_the_sensor(tmp_path: Path) -> None:
    assert set(readings(tmp_path, series="site").sensor) == {"A", "B"}


def test_a_named_place_goes_before_that_of_the_mapping(tmp_path: Path) -> None:
    read = readings(tmp_path, lon="x", lat="y")
    assert set(zip(read.lon.tolist(), read.lat.tolist(), strict=True)) == {(116.401, 39.921)}
    assert set(readings(tmp_path).lon.tolist()) == {116.4170}


def test_a_named_zone_is_that_of_times_without_an_offset(tmp_path: Path) -> None:
    shifted = readings(tmp_path, timezone="UTC").ts_ms - readings(tmp_path).ts_ms
    assert set(shifted.tolist()) == {8 * 3_600_000}


def test_the_opening_of_a_case_moves_with_all_that_stood_there(tmp_path: Path) -> None:
    plain, named = events(tmp_path), events(tmp_path, time="Seen")
    days = {
        kind: (named.ts_ms[named.type == kind].min() - plain.ts_ms[plain.type == kind].min())
        // 86_400_000
        for kind in ("reported", "filed", "closed")
    }
    assert days == {"reported": -10, "filed": -10, "closed": 0}


def test_the_form_of_times_holds_for_all_of_them(tmp_path: Path) -> None:
    rows = (CASES[0], "1,01/02/24 08:00,03/02/24 08:00,04/02/24 08:00,01/02/24 08:00,1,2")
    read = events(tmp_path, rows, time_format="dmy")
    first = read.ts_ms.min()
    assert (read.ts_ms.max() - first) // 86_400_000 == 2  # in February, not in March
    assert set((read.due_ms - first) // 86_400_000) == {3}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"time": "no such"}, "has no column 'no such'; it has year"),
        ({"lon": "no such"}, "has no column 'no such'"),
        ({"series": "no such"}, "has no column 'no such'"),
        ({"values": ("pm10=no such",)}, "has no column 'no such'"),
        ({"values": ("x",)}, "expected METRIC=COLUMN, with one of pm10, pm25, coarse"),
        ({"values": ("pm99=x",)}, "expected METRIC=COLUMN"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, said: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        readings(tmp_path, **said)


@pytest.mark.parametrize("option", ["series", "values"])
def test_cases_have_no_use_for_series_and_values(tmp_path: Path, option: str) -> None:
    said = Choices(series="x") if option == "series" else Choices(values=("x",))
    with pytest.raises(InputError, match="has no use for --"):
        read_mapped(write(tmp_path, CASES), CASE_MAPPING, said)


def test_without_a_mapping_named_columns_are_one(tmp_path: Path) -> None:
    file = write(tmp_path, READINGS)
    said = Choices(time="When", time_format="dmy", values=("pm10=PM10",), series="site")
    source = open_source(file, None, "dust", PRSA, said)
    assert not isinstance(source, RawLines)
    assert isinstance(source.columns, ReadingColumns)
    assert source.columns.value.tolist() == [80.0, 81.0]
    assert source.columns.sensor.tolist() == ["A", "B"]
    with pytest.raises(InputError, match="say with --time and --value"):
        open_source(file, None, "dust", PRSA, Choices(time="When"))
    assert isinstance(open_source(file, None, "dust", PRSA), RawLines)
    with pytest.raises(InputError, match="raw messages say all themselves"):
        open_source(file, None, "dust", PRSA, Choices(timezone="UTC"))


def test_readings_of_several_series_are_not_mixed_into_one(tmp_path: Path) -> None:
    rows = ("t,v,site", "2024-03-01 00:00,1,A", "2024-03-01 00:00,2,B")
    said: dict[str, Any] = {"time": "t", "values": ("pm10=v",)}
    file = write(tmp_path, rows)
    with pytest.raises(InputError, match=r"as at 2024-03-01 00:00.*--series"):
        open_source(file, None, "dust", PRSA, Choices(**said))
    open_source(file, None, "dust", PRSA, Choices(**said, series="site"))
    again = write(tmp_path, (*rows[:2], rows[1]), "again.csv")
    open_source(again, None, "dust", PRSA, Choices(**said))  # the same row twice is no other


def test_one_correction_is_set_aside_and_the_file_is_read(tmp_path: Path) -> None:
    rows = [f"2024-03-{day:02} 00:00,{day},700" for day in range(1, 29)]
    corrected = [*rows, "2024-03-05 00:00,99,700", "2024-03-06 00:00,6,800"]
    file = write(tmp_path, ("t,v,w", *corrected))
    said = Choices(time="t", values=("pm10=v", "pm25=w"))
    source = open_source(file, None, "dust", PRSA, said)
    assert not isinstance(source, RawLines) and isinstance(source.columns, ReadingColumns)
    assert 99 not in source.columns.value.tolist() and 800 not in source.columns.value.tolist()
    account = source.account({}).to_builtins()
    assert (account["read"], account["used"], account["set_aside"]) == (30, 30, {})
    assert "2 readings repeat the time of another with another value" in account["notes"][0]
    alone = open_source(file, None, "dust", PRSA, Choices(time="t", values=("pm10=v",)))
    assert alone.account({}).to_builtins()["set_aside"] == {"repeated-time": 1}


def test_backtest_takes_the_columns_named_and_says_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, READINGS)
    named = ("--time", "When", "--time-format", "dmy", "--value", "coarse=Coarser")
    place = ("--lon", "x", "--lat", "y", "--series", "site")
    assert run("backtest", "dust", file, *named, *place, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["readings_in"] == 2
    assert found["input"]["columns"] == {
        "time": "When",
        "coarse": "Coarser",
        "lon": "x",
        "lat": "y",
        "sensor": "site",
    }
    assert run("backtest", "dust", file, *named, "--series", "nowhere") == 2
    assert "has no column 'nowhere'" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--time", "--lon", "--lat", "--series", "--value"])
@pytest.mark.parametrize("command", ["backtest", "replay"])
def test_a_column_that_is_not_there_ends_a_command_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, option: str
) -> None:
    file = write(tmp_path, READINGS)
    given = "pm10=nowhere" if option == "--value" else "nowhere"
    assert run(command, "dust", file, "--mapping", "prsa", option, given) == 2
    told = capsys.readouterr().err
    assert "has no column 'nowhere'" in told
    assert "unforeseen" not in told
    assert len(told.strip().splitlines()) == 1


def test_kpi_counts_by_the_time_that_was_named_with_a_mapping_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "boston.csv"
    file.write_text(
        "case_enquiry_id,open_dt,closed_dt,sla_target_dt,case_status,type,department,source,"
        "longitude,latitude,neighborhood,seen\n"
        "1,2024-03-01 08:00:00,,,Open,Animal Found,A,B,-71.06,42.35,N,2024-01-20 08:00:00\n"
    )
    months = []
    for more in ((), ("--time", "seen")):
        assert run("kpi", file, "--mapping", "boston311", "--by", "month", "--json", *more) == 0
        told = json.loads(capsys.readouterr().out)
        months.append({row["group"] for row in told["rows"]})
    assert months == [{"2024-03"}, {"2024-01"}]
    assert told["input"]["columns"]["reported"] == "seen"
    assert run("kpi", file, "--mapping", "boston311", "--time", "nowhere") == 2
    assert "has no column 'nowhere'" in capsys.readouterr().err


def test_kpi_reads_times_in_the_form_that_was_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, ("case,opened", "1,03/04/2024", "2,05/04/2024"))
    assert run("kpi", file, "--json") == 2
    assert "--time-format" in capsys.readouterr().err
    assert run("kpi", file, "--by", "month", "--json", "--time-format", "mdy") == 0
    months = {row["group"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert months == {"2024-03", "2024-05"}
