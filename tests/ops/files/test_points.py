"""Point events by the names of their columns or by a mapping."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.errors import InputError
from ops.cities import catalog_of
from ops.files.choices import Choices
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
    assert points.account.to_builtins()["set_aside"] == {
        "missing-time": 1,
        "unreadable-time": 1,
        "unplaced": 4,
    }


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
        (
            "when,lon,lat\n1,2,3\n",
            "'when' holds no times that can be read, such as '1'",
        ),
        ("id,Closed,Updated,lon,lat\n1,2024-01-01,2024-01-01,2,3\n", "says when an event began"),
        ("time,east,lat\n2024-01-01,2,3\n", "no longitude column among time, east, lat; .* --lon"),
        ("time,long,north\n2024-01-01,2,3\n", "no l[a-z]+ column among time, long, north"),
        ("time,lon,lat\n2024-01-01,,\n", "none of 1 rows can be used: 1 unplaced; columns taken"),
        ("time,lon,lat\n01/02/24,2,3\n", "column 'time': dates such as 01/02/24 may be .*--time-f"),
        (
            "opened,lon,lat\n2024-13-45,2,3\n2024-01-01 x,2,3\n",
            "'opened' holds no times .*--time-f",
        ),
        ("time,lon,lat\n", "holds no rows"),
        ("", "holds no rows"),
    ],
)
def test_bad_file_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        points_of(write(tmp_path, text), None, "UTC")


@pytest.mark.parametrize(
    "text",
    [
        "CaseID,Opened,Closed,Updated,Lat,Lon\n1,2024-03-01 09:00,,2024-06-30,39.9,116.4\n",
        "编号,办结时间,受理时间,经度,纬度\n1,2024-06-30 10:00,2024-03-01 09:00,116.4,39.9\n",
        "id,last_edited_date,incident_dt,start_lng,start_lat\n1,2024-06-30,2024-03-01,116.4,39.9\n",
        "updatedDate,createdDate,lon,lat\n2024-06-30,2024-03-01,116.4,39.9\n",
        "year,month,day,lon,lat\n2024,3,1,116.4,39.9\n",
        "day,date,lon,lat\n17,2024-03-01,116.4,39.9\n",
        "requested_datetime,updated_datetime,expected_datetime,lat,long\n"
        "2024-03-01T09:00:00Z,2024-06-30T09:00:00Z,2024-06-30T09:00:00Z,39.9,116.4\n",
    ],
)
def test_the_time_is_the_one_at_which_it_began(tmp_path: Path, text: str) -> None:
    points = points_of(write(tmp_path, text), None, "UTC")
    assert points.day.tolist() == [day("2024-03-01")]
    assert (points.lon.tolist(), points.lat.tolist()) == ([116.4], [39.9])


def test_named_columns_and_categories_win(tmp_path: Path) -> None:
    text = "type,opened,a,b,x\nRats,2024-03-01,1,2,9\nnoise ,2024-03-02,3,4,9\n"
    choices = Choices(lon="a", lat="B", time="opened")
    points = points_of(write(tmp_path, text), None, "UTC", choices, ["Noise"])
    assert points.day.tolist() == [day("2024-03-02")]
    assert (points.lon.tolist(), points.lat.tolist()) == ([3.0], [4.0])
    assert points.account.to_builtins()["set_aside"] == {"other-category": 1}
    with pytest.raises(InputError, match="no row is of category mice; there are Rats, noise"):
        points_of(write(tmp_path, text), None, "UTC", choices, ["mice"])


@pytest.mark.parametrize(
    "bad", ["-1.79769313486231570e+308", "1e308", "999999", "-9999", "inf", "nan", "-999"]
)
def test_a_coordinate_that_is_a_sentinel_is_no_place(tmp_path: Path, bad: str) -> None:
    rows = [f"2024-03-0{1 + n % 9},116.4{n},39.9" for n in range(10)] + [f"2024-03-01,{bad},{bad}"]
    points = points_of(write(tmp_path, "date,X,Y\n" + "\n".join(rows) + "\n"), None, "UTC")
    assert (len(points.day), points.is_plane) == (10, False)
    assert points.account.to_builtins()["set_aside"] == {"unplaced": 1}


def test_an_offset_is_an_offset(tmp_path: Path) -> None:
    text = "created_date,lon,lat\n2024-03-01T20:00:00Z,116.4,39.9\n2024-03-01T20:00:00,116.4,39.9\n"
    points = points_of(write(tmp_path, text), None, "Asia/Shanghai")
    assert points.day.tolist() == [day("2024-03-02"), day("2024-03-01")]
