"""Point events by the names of their columns or by a mapping."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.errors import InputError
from ops.cities import catalog_of
from ops.files.points import points_of

EPOCH = date(1970, 1, 1).toordinal()


def write(folder: Path, text: str) -> Path:
    path = folder / "in.csv"
    path.write_text(text, encoding="utf-8")
    return path


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - EPOCH


@pytest.mark.parametrize(
    "header",
    [
        "time,lon,lat",
        "timestamp,longitude,latitude",
        "Date,LNG,Lat",
        "open_dt,Longitude,Latitude",
        "Created Date,LONGITUDE,LATITUDE",
        "incident_datetime,point_x,point_y",
        "日期,经度,纬度",
        "day,x,y",
    ],
)
def test_columns_are_known_by_usual_names(tmp_path: Path, header: str) -> None:
    points = points_of(write(tmp_path, f"{header}\n2024-03-01T23:59:00,116.4,39.9\n"), None, "UTC")
    assert points.day.tolist() == [day("2024-03-01")]
    assert (points.lon.tolist(), points.lat.tolist()) == ([116.4], [39.9])


def test_the_day_on_which_it_began_counts(tmp_path: Path) -> None:
    text = "Closed Date,Created Date,Lat,Long\n2024-03-09,2024-03-01,39.9,116.4\n"
    points = points_of(write(tmp_path, text), None, "UTC")
    assert points.day.tolist() == [day("2024-03-01")]


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    points = points_of(write(tmp_path, "date;lon;lat\n1.3.2024;116,4;39,9\n"), None, "UTC")
    assert (points.lon.tolist(), points.lat.tolist()) == ([116.4], [39.9])
    assert points.day.tolist() == [day("2024-03-01")]


def test_x_and_y_beyond_degrees_are_a_plane(tmp_path: Path) -> None:
    points = points_of(write(tmp_path, "date,x,y\n2024-03-01,235000,900000\n"), None, "UTC")
    assert points.is_plane
    assert (points.lon.tolist(), points.lat.tolist()) == ([235000], [900000])


def test_rows_without_a_place_or_time_are_counted(tmp_path: Path) -> None:
    rows = [
        "2024-03-01,116.4,39.9",
        "2024-03-01,,39.9",
        "2024-03-01,0,0",
        "2024-03-01,116.4,99",
        "2024-03-01,x,39.9",
        "soon,116.4,39.9",
        ",116.4,39.9",
    ]
    points = points_of(write(tmp_path, "time,lon,lat\n" + "\n".join(rows) + "\n"), None, "UTC")
    assert (len(points.day), points.unplaced) == (1, 6)


def test_mapping_gives_local_days(tmp_path: Path) -> None:
    _, catalog = catalog_of("boston311")
    header = (
        "case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,subject,reason,type,"
        "queue,department,neighborhood,ward,location_zipcode,latitude,longitude,source"
    )
    row = "1,2015-06-30 23:30:00,,,ONTIME,Open,s,r,t,q,d,n,1,02110,42.36,-71.06,App"
    points = points_of(
        write(tmp_path, f"{header}\n{row}\n"), catalog.mapping("boston311"), catalog.city.timezone
    )
    assert points.day.tolist() == [day("2015-06-30")]
    assert points.lon.tolist() == pytest.approx([-71.06])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("when,lon,lat\n1,2,3\n", "no time column .* among when, lon, lat; .*--mapping"),
        ("time,east,lat\n1,2,3\n", "no longitude column"),
        ("time,lon,lat\n2024-01-01,,\n", "no row has both a time and coordinates"),
        ("time,lon,lat\n", "no row has both"),
        ("", "not a CSV"),
    ],
)
def test_bad_file_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        points_of(write(tmp_path, text), None, "UTC")
