"""`gridpulse score`: files of many makes go in, their rows and a score come out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from ops.cli import main
from ops.files.series_file import read_series


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def wave(n: int) -> list[float]:
    return [round(float(np.sin(i / 4)) + i % 3 * 0.01, 4) for i in range(n)]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def test_rows_come_back_with_a_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = wave(400)
    values[333] = 9.0
    rows = [f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{v},n{i}" for i, v in enumerate(values[:700])]
    file = write(tmp_path / "in.csv", "time,level,note\n" + "\n".join(rows) + "\n")
    out = tmp_path / "out.csv"
    assert run("score", str(file), "--out", str(out), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "rows": 400,
        "time": "time",
        "values": ["level"],
        "out": str(out),
    }
    with out.open(encoding="utf-8", newline="") as stream:
        told = list(csv.DictReader(stream))
    assert [f"{r['time']},{r['level']},{r['note']}" for r in told] == rows
    scores = [float(row["anomaly_score"]) for row in told]
    assert max(scores) == scores[333]
    assert all(0 <= score <= 1 for score in scores)


def test_prefix_of_a_file_gives_the_prefix_of_the_scores(tmp_path: Path) -> None:
    rows = [f"{i * 300},{value}" for i, value in enumerate(wave(500)) if i not in range(200, 230)]
    for name, part in (("whole", rows), ("part", rows[:321])):
        write(tmp_path / f"{name}.csv", "ts,v\n" + "\n".join(part) + "\n")
        run("score", str(tmp_path / f"{name}.csv"), "--out", str(tmp_path / f"{name}.out"))
    whole = (tmp_path / "whole.out").read_text().splitlines()
    assert (tmp_path / "part.out").read_text().splitlines() == whole[:322]


@pytest.mark.parametrize(
    ("text", "time", "values"),
    [
        ("timestamp,value,is_anomaly\n1,2.0,0\n2,2.5,1\n", "timestamp", ["value"]),
        ("datetime;a;b;anomaly;changepoint\n2020-03-01 10:00:00;1;2;0;0\n", "datetime", ["a", "b"]),
        ("1.5\n2.5\n3.5\n", None, ["column_1"]),
        ("index,x\n0,5\n1,6\n", None, ["x"]),
        ("when,x,city\n01.02.2020 10:00,5,Bonn\n01.02.2020 11:00,NA,Bonn\n", "when", ["x"]),
        ("No,year,month,day,hour,PM10\n1,2013,3,1,0,NA\n2,2013,3,1,1,4\n", None, ["PM10"]),
        ("x\ty\n1\t2\n", None, ["x", "y"]),
        ("0.25,0\n0.5,0\n0.75,1\n", None, ["column_1"]),
        ("0.25,0\n0.5,7\n", None, ["column_1", "column_2"]),
        ("0\n1\n1\n", None, ["column_1"]),
        ("timestamps,value,trend,noise\n1,2.0,1,1\n2,2.5,1,1\n", "timestamps", ["value"]),
    ],
)
def test_columns_are_told_apart(
    tmp_path: Path, text: str, time: str | None, values: list[str]
) -> None:
    file = read_series(write(tmp_path / "in.csv", text), time=None, values=[])
    assert (file.time, file.values) == (time, values)


def test_decimal_commas_are_read_and_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "Datum;Wert\n01.02.2020 10:00;1,5\n01.02.2020 11:00;-2,25\n")
    file = read_series(path, time=None, values=[])
    assert (file.time, file.values) == ("Datum", ["Wert"])
    assert file.table()[:, 0].tolist() == [1.5, -2.25]
    assert file.rows[0][1] == "1,5"


def test_named_columns_win(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "a,b,label\n1,2,0\n2,,1\n")
    file = read_series(path, time="a", values=["label", "b"])
    assert file.times_s() == pytest.approx([1.0, 2.0])
    np.testing.assert_array_equal(file.table(), [[0, 2], [1, np.nan]])


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("", None, "no rows"),
        ("name\nx\n", None, "no column of numbers"),
        ("v\n1\n", "w", "no column 'w'; it has v"),
    ],
)
def test_wrong_file_is_told_in_a_sentence(
    tmp_path: Path, text: str, value: str | None, told: str
) -> None:
    path = write(tmp_path / "in.csv", text)
    with pytest.raises(InputError, match=told):
        read_series(path, time=None, values=[value] if value else [])


def test_missing_file_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.csv")
    assert run("score", str(tmp_path / "none.csv"), "--out", out) == 2
    assert "cannot read" in capsys.readouterr().err
