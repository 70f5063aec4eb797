"""The inputs of score, counts and scan, through the commands as a user runs them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from config.errors import GridpulseError
from ops.cli import application
from tests.tries.conftest import Run

Floats = NDArray[np.float64]

SMALL = 5000  # bytes; the larger inputs have tests of their own
COMMANDS = (("score",), ("counts",), ("scan",), ("scan", "--mapping", "tries-cases"))


def rows_of(out: Path) -> list[dict[str, str]]:
    with out.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def score(run: Run, tries: Path, tmp_path: Path) -> Any:
    """Score an input; gives the scores (NaN for none) and what became of the rows."""

    def scoring(name: str, *options: str) -> tuple[Floats, dict[str, Any]]:
        out = tmp_path / "out.csv"
        answer = run("score", tries / name, "--out", out, *options)
        scores = [float(row["anomaly_score"] or "nan") for row in rows_of(out)]
        return np.array(scores), answer["input"]

    return scoring


@pytest.fixture
def scan(run: Run, tries: Path, tmp_path: Path) -> Any:
    """Scan an input; the answer is the file's too."""

    def scanning(name: str, *options: str) -> dict[str, Any]:
        out = tmp_path / "out.json"
        answer = run("scan", tries / name, "--out", out, *options)
        assert json.loads(out.read_text()) == {k: v for k, v in answer.items() if k != "error"}
        return answer

    return scanning


@pytest.mark.parametrize("name", ["reboot.csv", "future.csv"])
def test_a_clock_that_was_never_set_costs_its_row(
    score: Any, tries: Path, tmp_path: Path, name: str
) -> None:
    clean, _ = score("clean.csv", "--time", "time", "--value", "v")
    scores, said = score(name, "--time", "time", "--value", "v")
    assert said["set_aside"] == {"impossible-time": 1}
    assert np.flatnonzero(np.isnan(scores)).tolist() == [200]
    assert scores[:200].tolist() == clean[:200].tolist()
    # What comes later is judged by a past that lacks this one value, and by nothing else.
    lines = (tries / "clean.csv").read_text().splitlines()
    without = tmp_path / "without.csv"
    without.write_text("\n".join([*lines[:201], *lines[202:]]) + "\n")
    assert scores[201:].tolist() == score(str(without))[0][200:].tolist()
    assert np.abs(scores - clean)[201:].max() < 0.005


@pytest.mark.parametrize("name", ["dmy_slash.csv", "mdy_ampm.csv", "cn.csv"])
def test_dates_in_other_spellings_are_the_same_dates(score: Any, name: str) -> None:
    iso, _ = score("dmy_iso.csv", "--time", "when", "--value", "pm10")
    scores, said = score(name, "--time", "when", "--value", "pm10")
    assert scores.tolist() == iso.tolist()
    assert said["used"] == said["read"] == 1440


def test_the_newest_first_is_scored_in_the_order_of_time(
    score: Any, tries: Path, tmp_path: Path
) -> None:
    scores, said = score("iso_desc.csv", "--time", "when", "--value", "pm10")
    head, *rows = (tries / "iso_desc.csv").read_text().splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([head, *sorted(rows)]) + "\n")
    straight, _ = score(str(turned), "--time", "when", "--value", "pm10")
    at = [sorted(rows).index(row) for row in rows]
    assert scores.tolist() == straight[at].tolist()
    assert any("newest first" in note for note in said["notes"])


def test_the_hour_that_comes_twice_makes_no_peaks(score: Any) -> None:
    given = ("--time", "time", "--value", "v")
    local, said = score("dst_local.csv", *given)
    zoned, _ = score("dst_local.csv", *given, "--timezone", "Europe/Vienna")
    from_utc, _ = score("dst_utc.csv", *given, "--timezone", "Europe/Vienna")
    assert local.tolist() == zoned.tolist() == from_utc.tolist()
    assert local[1440:].max() < local[300:1440].max() + 0.05
    assert any("twice" in note for note in said["notes"])


@pytest.mark.parametrize("name", ["nl.csv", "u2028.csv", "ff.csv"])
def test_what_stands_in_a_field_parts_no_row(score: Any, name: str) -> None:
    scores, said = score(name)
    assert (len(scores), said["used"]) == (400, 400)
    assert np.isfinite(scores).all()


def test_a_header_of_numbers_is_a_header(score: Any) -> None:
    scores, said = score("hdr.csv", "--value", "773869")
    assert len(scores) == 400
    assert said["columns"] == {"time": "time", "value": "773869"}


def test_a_sentinel_is_no_value(score: Any) -> None:
    _, said = score("sent_m9999.csv", "--missing", "-9999")
    assert said["set_aside"] == {"missing-value": 11}


def test_separators_are_the_same_to_all(scan: Any) -> None:
    for name in ("k_semi.csv", "k_tab.csv"):
        answer = scan(name)
        assert (answer["input"]["used"], answer["at"]) == (1, "2024-03-01")
    answer = scan("k_quote.csv")
    assert answer["input"]["set_aside"] == {"unclosed-quote": 1}
    assert answer["input"]["used"] == 3


def test_a_table_of_cases_is_no_series(run: Run, tries: Path, tmp_path: Path) -> None:
    answer = run("score", tries / "k_quote.csv", "--out", tmp_path / "o.csv", exit_code=1)
    assert "no column of numbers" in answer["error"]


@pytest.mark.parametrize(
    ("name", "time", "day"),
    [
        ("min_scan_updated.csv", "Opened", "2024-01-09"),
        ("min_scan_cn.csv", "受理时间", "2024-01-05"),
        ("min_scan_2y.csv", "createddate", "2020-01-13"),
        ("z_scan.csv", "created_date", "2024-03-02"),
    ],
)
def test_events_are_dated_by_when_they_began(scan: Any, name: str, time: str, day: str) -> None:
    answer = scan(name)
    assert answer["input"]["columns"]["time"] == time
    assert answer["at"] == day


def test_an_offset_counts_with_a_mapping_too(scan: Any) -> None:
    assert scan("z.csv", "--mapping", "tries-cases")["at"] == "2024-03-02"
    assert scan("z.jsonl", "--mapping", "tries-cases")["at"] == "2024-03-02"


def test_a_sentinel_is_no_place(scan: Any) -> None:
    assert scan("min_scan_null.csv")["input"]["set_aside"] == {"unplaced": 1}
    clean, marked = scan("sc_xy.csv"), scan("sc_xy999.csv")
    assert marked["input"]["set_aside"] == {"unplaced": 1}
    assert marked["events"] == clean["events"] - 1 == 1510
    one, other = clean["clusters"][0], marked["clusters"][0]
    assert (one["cells"], one["observed"]) == (other["cells"], other["observed"])


def counted(run: Run, file: Path, out: Path, *options: str) -> list[list[str]]:
    answer = run("counts", file, "--out", out, *options)
    assert answer["input"]["used"] == answer["input"]["read"]
    return [list(row.values())[2:] for row in rows_of(out)]


def test_names_of_series_in_other_spellings_are_one(run: Run, tries: Path, tmp_path: Path) -> None:
    base, *others = (
        counted(run, tries / f"c_{name}.csv", tmp_path / "o.csv")
        for name in ("base", "nfd", "space")
    )
    assert others == [base, base]


def test_months_by_their_middle_or_end_are_months(run: Run, tries: Path, tmp_path: Path) -> None:
    head, *rows = (tries / "c_endm.csv").read_text().splitlines()
    months = tmp_path / "months.csv"
    months.write_text("\n".join([head, *(f"{r[:9]},{r.split(',')[2]}" for r in rows)]) + "\n")
    found = [
        counted(run, file, tmp_path / "o.csv", "--season", "12")
        for file in (months, tries / "c_endm.csv", tries / "c_mid_iso.csv")
    ]
    assert found[0] == found[1] == found[2]
    assert sum(row["alarm"] == "1" for row in rows_of(tmp_path / "o.csv")) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_is_surprised_by_any_input(
    command: tuple[str, ...], tries: Path, town: Path, tmp_path: Path
) -> None:
    env = {"GRIDPULSE_CONFIG_DIR": str(town), "GRIDPULSE_CITY": "dongcheng"}
    small = [file for file in sorted(tries.iterdir()) if file.stat().st_size < SMALL]
    assert len(small) > 15
    for file in small:
        words = [command[0], str(file), "--out", str(tmp_path / "out"), *command[1:]]
        result = CliRunner().invoke(application(), words, env=env)
        assert result.exception is None or isinstance(result.exception, GridpulseError), file
