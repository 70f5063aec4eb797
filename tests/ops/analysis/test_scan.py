"""`gridpulse scan`: clusters of a user's events, as the answer promises them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from ops.cli import main

LAST = date(2024, 6, 30)
LON, LAT = -0.13, 51.51  # outside every city of the configuration
KEYS = {
    "rank", "cells", "center", "radius_m", "start", "end", "observed", "expected", "llr",
    "p_value", "recurrence_interval_days",
}  # fmt: skip


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def event(day: date, lon: float, lat: float) -> str:
    return f"{day.isoformat()} 10:00,{lon:.6f},{lat:.6f}"


def background(n: int = 900, lon: float = LON, lat: float = LAT) -> list[str]:
    random = np.random.default_rng(1)
    where = random.uniform(-0.02, 0.02, (n, 2))
    ago = random.integers(0, 365, n)
    return [
        event(LAST - timedelta(int(days)), lon + x, lat + y)
        for days, (x, y) in zip(ago, where, strict=True)
    ]


def cluster(last: date, n: int = 8, lon: float = LON + 0.01, lat: float = LAT - 0.01) -> list[str]:
    """Events within 100 m of a point on three days."""
    random = np.random.default_rng(2)
    return [
        event(last - timedelta(k % 3), lon + x, lat + y)
        for k, (x, y) in enumerate(random.uniform(-0.0008, 0.0008, (n, 2)))
    ]


def scan(folder: Path, rows: list[str], *options: str) -> dict[str, object]:
    file, out = folder / "in.csv", folder / "out.json"
    file.write_text("time,lon,lat\n" + "\n".join(rows) + "\n")
    assert run("scan", str(file), "--out", str(out), *options) == 0
    answer: dict[str, object] = json.loads(out.read_text())
    return answer


def without_input(answer: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name != "input"}


def strongest(answer: dict[str, object]) -> dict[str, object]:
    clusters = answer["clusters"]
    assert isinstance(clusters, list)
    first: dict[str, object] = clusters[0]
    return first


def is_there(found: dict[str, object], lon: float = LON + 0.01, lat: float = LAT - 0.01) -> bool:
    center = found["center"]
    assert isinstance(center, list)
    return bool(np.hypot((center[0] - lon) * 0.62, center[1] - lat) * 111_320 < 400)


def test_cluster_is_found_where_and_when_it_was(tmp_path: Path) -> None:
    answer = scan(tmp_path, background() + cluster(LAST))
    found = strongest(answer)
    assert set(found) == KEYS
    assert (found["rank"], found["start"], found["end"]) == (1, "2024-06-28", "2024-06-30")
    assert is_there(found)
    assert (answer["events"], answer["replicates"]) == (908, 999)
    assert float(str(found["recurrence_interval_days"])) > 365
    assert int(str(found["observed"])) >= 8 > 4 * float(str(found["expected"]))
    assert isinstance(found["cells"], list)
    assert all(len(label.split(",")) == 2 for label in found["cells"])  # the points themselves


def test_cluster_is_found_in_a_plane(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.json"
    plane = []
    for row in background() + cluster(LAST):
        time, lon, lat = row.split(",")
        east, north = (float(lon) - LON) * 69_000, (float(lat) - LAT) * 111_000
        plane.append(f"{time},{530_000 + east:.1f},{180_000 + north:.1f}")
    file.write_text("date,easting,northing\n" + "\n".join(plane) + "\n")
    assert run("scan", str(file), "--out", str(out)) == 0
    found = strongest(json.loads(out.read_text()))
    assert found["center"] == pytest.approx([530_690, 178_890], abs=300)
    assert found["observed"] == 8


def test_events_before_the_city_had_cells_are_scanned_as_points(tmp_path: Path) -> None:
    rows = [f"1955-0{1 + n % 6}-11,116.4{n % 7},39.9{n % 5}" for n in range(60)]
    assert scan(tmp_path, rows)["events"] == 60


def test_later_events_are_not_looked_at(tmp_path: Path) -> None:
    then = LAST - timedelta(60)
    early = background() + cluster(then)
    later = cluster(LAST, 30, LON - 0.01, LAT)
    answer = scan(tmp_path, early + later, "--at", then.isoformat())
    until = [row for row in early if date.fromisoformat(row[:10]) <= then]
    assert without_input(answer) == without_input(scan(tmp_path, until))
    assert is_there(strongest(answer))
    assert strongest(answer)["end"] == then.isoformat()


def test_a_day_before_all_events_is_no_calm_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.json"
    file.write_text("date,lon,lat\n" + "\n".join(cluster(LAST)) + "\n")
    given = ("--out", str(out), "--at", "2020-01-01")
    assert run("scan", str(file), *given) == 1
    assert "none of 8 rows can be used: 8 outside-span" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("head", "scale", "why"),
    [
        ("date,lat,lon", 1, "other way round; if they are swapped, say --lon lat --lat lon"),
        ("date,longitude,latitude", 1e6, "if they are metres east and north, say --lon"),
    ],
)
def test_degrees_that_are_none_are_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], head: str, scale: float, why: str
) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.json"
    rows = [f"2024-06-{k + 1:02},{116.4 * scale},{(39.9 + k / 1000) * scale}" for k in range(28)]
    file.write_text(f"{head}\n" + "\n".join(rows) + "\n")
    assert run("scan", str(file), "--out", str(out)) == 2
    assert why in capsys.readouterr().err
    _, x, y = head.split(",")
    assert run("scan", str(file), "--out", str(out), "--lon", x, "--lat", y) == 0


def test_default_geocode_and_repeats_make_no_cluster(tmp_path: Path) -> None:
    hall = [event(LAST - timedelta(3 * k), LON, LAT) for k in range(60)]
    again = [event(LAST - timedelta(1), LON + 0.01, LAT + 0.01)] * 12
    answer = scan(tmp_path, background() + hall + again)
    assert (answer["default_geocodes"], answer["repeats"]) == (60, 11)
    clusters = answer["clusters"]
    assert isinstance(clusters, list)
    assert all(c["recurrence_interval_days"] < 100 for c in clusters)


def test_what_chance_brings_often_is_listed_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = scan(tmp_path, background())
    assert "more often than once in 20 days (--all" in capsys.readouterr().out
    many = scan(tmp_path, background(), "--all")
    clusters = many["clusters"]
    assert isinstance(clusters, list)
    assert few["clusters"] == []
    assert few["unlisted"] == len(clusters) > 0
    assert many["unlisted"] == 0
    assert all(1 <= c["recurrence_interval_days"] < 20 for c in clusters)


def test_an_interval_is_no_longer_than_the_shuffles_can_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = strongest(scan(tmp_path, background() + cluster(LAST, 40)))
    assert found["recurrence_interval_days"] == 1000
    assert "once in 1000 days or more seldom" in capsys.readouterr().out


def test_only_a_category_is_scanned(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.json"
    rows = [f"{row},noise" for row in background()] + [f"{row},rats" for row in cluster(LAST)]
    file.write_text("time,lon,lat,category\n" + "\n".join(rows) + "\n")
    assert run("scan", str(file), "--out", str(out), "--category", "noise") == 0
    answer = json.loads(out.read_text())
    assert answer["events"] == 900
    assert answer["input"]["set_aside"] == {"other-category": 8}
    assert answer["input"]["columns"]["category"] == "category"


def test_second_cluster_is_found_beside_the_first(tmp_path: Path) -> None:
    rows = background() + cluster(LAST, 12) + cluster(LAST, 8, LON - 0.012, LAT + 0.012)
    clusters = scan(tmp_path, rows)["clusters"]
    assert isinstance(clusters, list)
    assert [is_there(c) for c in clusters[:2]] == [True, False]
    assert is_there(clusters[1], LON - 0.012, LAT + 0.012)
    assert [c["rank"] for c in clusters] == list(range(1, len(clusters) + 1))


def test_inside_a_city_its_cells_are_named(tmp_path: Path) -> None:
    lon, lat = 116.415, 39.915
    random = np.random.default_rng(3)
    rows = [
        event(LAST - timedelta(int(d)), lon + x, lat + y)
        for d, (x, y) in zip(
            random.integers(0, 365, 400), random.uniform(-0.01, 0.01, (400, 2)), strict=True
        )
    ]
    found = strongest(scan(tmp_path, rows + cluster(LAST, 9, lon, lat)))
    cells = found["cells"]
    assert isinstance(cells, list)
    assert all(len(code) == 15 and code.startswith("110101") for code in cells)
    assert is_there(found, lon, lat)


@pytest.mark.parametrize(
    "rows",
    [
        cluster(LAST, 1),
        cluster(LAST, 5),
        [event(LAST, LON + k / 100, LAT) for k in range(20)],  # all on one day
        [event(LAST - timedelta(k), LON, LAT) for k in range(40)],  # all at one point
    ],
)
def test_too_little_to_tell_is_an_empty_answer(tmp_path: Path, rows: list[str]) -> None:
    assert scan(tmp_path, rows)["clusters"] == []


def test_text_and_json_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = scan(tmp_path, background() + cluster(LAST), "--radius", "500", "--days", "14")
    text = capsys.readouterr().out
    assert f"among {answer['events']} events" in text
    assert "1. 8 events where" in text
    again = scan(
        tmp_path, background() + cluster(LAST), "--radius", "500", "--days", "14", "--json"
    )
    assert json.loads(capsys.readouterr().out) == again == answer
    assert float(str(strongest(answer)["radius_m"])) <= 500


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--days", "0"), "--days from 1 to 182"),
        (("--days", "400"), "--days from 1 to 182"),
        (("--radius", "-5"), "--radius over 0"),
        (("--at", "soon"), "expected a time such as"),
        (("--mapping", "none"), "none"),
        (("--time", "began"), "no column 'began'; it has time, lon, lat"),
        (("--encoding", "klingon"), "'klingon' is no encoding"),
    ],
)
def test_wrong_use_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    file = tmp_path / "in.csv"
    file.write_text("time,lon,lat\n" + "\n".join(cluster(LAST)) + "\n")
    assert run("scan", str(file), "--out", str(tmp_path / "out.json"), *options) == 2
    assert told in capsys.readouterr().err


def test_missing_file_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("scan", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out.json")) == 2
    assert "no such file" in capsys.readouterr().err


@pytest.mark.data
def test_real_cases_hold_default_geocodes_and_repeats(tmp_path: Path, shared_data: Path) -> None:
    file = shared_data / "cases" / "boston311_animal_pest_2013_2017.csv.gz"
    out = tmp_path / "out.json"
    given = ("--mapping", "boston311", "--at", "2016-08-01", "--out", str(out))
    assert run("scan", str(file), *given) == 0
    answer = json.loads(out.read_text())
    assert 5000 < answer["events"] < 8000
    assert answer["repeats"] > 100
    assert all(c["end"] == "2016-08-01" for c in answer["clusters"])


def test_each_series_is_scanned_by_itself_and_all_looks_are_paid_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gathered = [f"{row},pests" for row in [*background(300), *cluster(LAST)]]
    calm = [f"{row},noise" for row in background(300)]
    file, out = tmp_path / "in.csv", tmp_path / "out.json"
    file.write_text("time,lon,lat,kind\n" + "\n".join(gathered + calm) + "\n")
    options = ("--series", "kind", "--replicates", "99", "--all")
    assert run("scan", str(file), "--out", str(out), *options) == 0
    both = json.loads(out.read_text())
    assert "series = kind" in capsys.readouterr().out
    assert both["series"] == 2
    assert both["clusters"][0]["series"] == "pests"
    file.write_text("time,lon,lat,kind\n" + "\n".join(gathered) + "\n")
    assert run("scan", str(file), "--out", str(out), *options) == 0
    alone = json.loads(out.read_text())
    strongest = alone["clusters"][0]
    assert both["clusters"][0]["p_value"] == pytest.approx(2 * strongest["p_value"])
    assert both["input"]["used"] == 608


def test_a_series_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "in.csv"
    file.write_text("time,lon,lat\n" + "\n".join(background(20)) + "\n")
    assert run("scan", str(file), "--out", str(tmp_path / "o.json"), "--series", "nowhere") == 2
    assert "has no column 'nowhere'" in capsys.readouterr().err
