"""`gridpulse scan` with people, with controls, looking back, and by places alone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ops.cli import main
from tests.ops.analysis.test_scan import LAST, LAT, LON, background, cluster, event, is_there


@pytest.fixture(name="scan")
def _scan(tmp_path: Path) -> Any:
    """Write the events, run the command, give the exit status and the answer."""

    def scanning(rows: list[str], *options: str) -> tuple[int, dict[str, Any]]:
        file, out = tmp_path / "in.csv", tmp_path / "out.json"
        file.write_text("time,lon,lat\n" + "\n".join(rows) + "\n")
        with pytest.raises(SystemExit) as stopped:
            main(["scan", str(file), "--out", str(out), *options])
        return int(stopped.value.code or 0), json.loads(out.read_text()) if out.exists() else {}

    return scanning


def homes(folder: Path, people: Any, head: str = "lon,lat,population") -> str:
    """Write a lattice of places around the events with their people."""
    side = np.linspace(-0.02, 0.02, 9)
    rows = [f"{LON + x:.5f},{LAT + y:.5f},{people(x, y)}" for x in side for y in side]
    file = folder / "people.csv"
    file.write_text(head + "\n" + "\n".join(rows) + "\n")
    return str(file)


def test_cases_are_compared_with_people(scan: Any, tmp_path: Path) -> None:
    """Twice the cases where twice the people live are no cluster; without the people they are."""
    crowd = [
        event(LAST - timedelta(k % 5), LON + 0.01 + k % 7 / 1e5, LAT - 0.01 + k / 1e5)
        for k in range(14)
    ]  # fmt: skip
    rows = background(400) + crowd
    even = homes(tmp_path, lambda x, y: 100)
    status, found = scan(rows, "--population", even)
    assert (status, found["model"], found["events"]) == (0, "poisson", 414)
    assert is_there(found["clusters"][0])
    assert found["clusters"][0]["recurrence_interval_days"] == 1000
    dense = homes(
        tmp_path, lambda x, y: 20_000 if np.allclose((x, y), (0.01, -0.01)) else 100, "x,y,people"
    )
    status, calm = scan(
        rows, "--population", dense, "--model", "poisson", "--population-column", "people"
    )
    assert status == 0
    assert not any(is_there(each) for each in calm["clusters"])


def test_events_far_from_all_people_are_counted(scan: Any, tmp_path: Path) -> None:
    far = [event(LAST, LON + 0.2, LAT)] * 1
    status, found = scan(background(200) + far, "--population", homes(tmp_path, lambda x, y: 50))
    assert (status, found["outside_places"]) == (0, 1)


def test_cases_are_compared_with_controls(scan: Any, tmp_path: Path) -> None:
    """A cluster among cases and controls alike is none of the cases."""
    controls = tmp_path / "controls.csv"
    controls.write_text("time,lon,lat\n" + "\n".join(background(600)) + "\n")
    rows = background(900)[600:] + cluster(LAST, 10)
    status, found = scan(rows, "--controls", str(controls), "--radius", "400")
    assert (status, found["model"], found["controls"]) == (0, "bernoulli", 600)
    assert is_there(found["clusters"][0])
    alike = [f"{row[:11]}11:00{row[16:]}" for row in cluster(LAST, 20)]
    controls.write_text("time,lon,lat\n" + "\n".join(background(600) + alike) + "\n")
    assert scan(rows, "--controls", str(controls))[1]["clusters"] == []


def test_places_alone_are_compared_with_controls(scan: Any, tmp_path: Path) -> None:
    """One and a half times as many cases in the west all year: no window of days shows it."""
    controls = tmp_path / "controls.csv"
    controls.write_text("time,lon,lat\n" + "\n".join(background(600)) + "\n")
    west = [row for row in background(1600)[700:] if float(row.split(",")[1]) < LON - 0.005]
    rows = background(900)[600:] + west
    status, found = scan(rows, "--controls", str(controls), "--spatial", "--radius", "1500")
    assert status == 0
    (first, *_) = found["clusters"]
    assert (first["start"], first["end"]) == ("2023-07-02", LAST.isoformat())
    assert first["recurrence_interval_days"] is None
    assert first["p_value"] == 0.001
    assert first["center"][0] < LON - 0.005


def test_what_is_over_is_found_looking_back(scan: Any, capsys: pytest.CaptureFixture[str]) -> None:
    then = LAST - timedelta(100)
    rows = background(250) + cluster(then)
    given = ("--replicates", "39", "--days", "7")
    status, back = scan(rows, "--retrospective", *given)
    assert status == 0
    first = back["clusters"][0]
    assert (first["start"], first["end"]) == ((then - timedelta(2)).isoformat(), then.isoformat())
    assert (first["p_value"], first["recurrence_interval_days"]) == (0.025, None)
    assert is_there(first)
    assert "p = 0.025" in capsys.readouterr().out
    alive = scan(rows, *given)[1]
    assert not any(is_there(each) for each in alive["clusters"])


def test_an_ellipse_finds_a_street(scan: Any) -> None:
    street = [event(LAST - timedelta(k % 2), LON + k * 0.0016, LAT + k * 0.001) for k in range(9)]
    rows = background(500) + street
    status, found = scan(rows, "--ellipses", "--replicates", "99")
    assert status == 0
    first = found["clusters"][0]
    assert first["observed"] >= 8
    assert first["shape"]["ratio"] >= 3
    assert first["shape"]["degrees"] == pytest.approx(45, abs=20)
    circle = scan(rows, "--replicates", "99", "--all")[1]["clusters"][0]
    assert circle["llr"] < first["llr"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--model", "poisson"), "poisson goes with --population"),
        (("--model", "permutation", "--controls", "{file}"), "bernoulli with --controls"),
        (("--population", "{file}", "--controls", "{file}"), "poisson goes with --population"),
        (("--spatial",), "--spatial needs --population or --controls"),
        (("--replicates", "0"), "--replicates of at least 1"),
        (("--population", "{file}"), "holds people; name it with --population-column"),
    ],
)
def test_what_does_not_go_together_is_told(
    scan: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], why: str
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("time,lon,lat\n2024-06-01,-0.13,51.5\n")
    assert scan(background(20), *(each.format(file=other) for each in given)) == (2, {})
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("people", "why"),
    [
        (lambda x, y: 0, "none of 81 rows has a place and people in 'population'"),
        (lambda x, y: -3, "column 'population' holds -3 people"),
    ],
)
def test_no_people_at_all_are_refused(
    scan: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], people: Any, why: str
) -> None:
    assert scan(background(20), "--population", homes(tmp_path, people)) == (2, {})
    assert why in capsys.readouterr().err


def test_people_in_metres_do_not_go_with_events_in_degrees(
    scan: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("x,y,population\n530000,180000,5\n530100,180000,9\n")
    assert scan(background(20), "--population", str(file)) == (2, {})
    assert "not both in degrees, or both in metres" in capsys.readouterr().err
