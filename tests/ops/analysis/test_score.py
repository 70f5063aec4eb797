"""`gridpulse score`: files of many makes go in, their rows and a score come out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from ops.cli import main
from ops.files.choices import Choices
from ops.files.series_file import SeriesFile, read_series


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def wave(n: int) -> list[float]:
    return [round(float(np.sin(i / 4)) + i % 3 * 0.01, 4) for i in range(n)]


def read(path: Path, **chosen: str) -> SeriesFile:
    return read_series(path, Choices(**chosen))  # type: ignore[arg-type]


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
        "input": {
            "read": 400,
            "used": 400,
            "set_aside": {},
            "columns": {"time": "time", "value": "level"},
            "notes": [],
        },
    }
    with out.open(encoding="utf-8", newline="") as stream:
        told = list(csv.DictReader(stream))
    assert [f"{r['time']},{r['level']},{r['note']}" for r in told] == rows
    for column in ("anomaly_score", "onset_score"):
        scores = [float(row[column]) for row in told]
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
        (
            "No,year,month,day,hour,PM10\n1,2013,3,1,0,NA\n2,2013,3,1,1,4\n",
            "year + month + day + hour",
            ["PM10"],
        ),
        ("unix,last_updated,PM10\n1709251200,2024-06-30,4\n", "unix", ["PM10"]),
        ("last_updated,PM10\n2024-06-30,4\n", None, ["PM10"]),
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
    file = read(write(tmp_path / "in.csv", text))
    assert (file.time, file.values) == (time, values)


def test_decimal_commas_are_read_and_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "Datum;Wert\n01.02.2020 10:00;1,5\n01.02.2020 11:00;-2,25\n")
    file = read(path)
    assert (file.time, file.values) == ("Datum", ["Wert"])
    assert file.numbers[:, 0].tolist() == [1.5, -2.25]
    out = tmp_path / "out.csv"
    assert run("score", str(path), "--out", str(out)) == 0
    assert out.read_text().splitlines()[:2] == [
        "Datum;Wert;anomaly_score;onset_score;level_shift",
        "01.02.2020 10:00;1,5;0.000000;0.000000;",
    ]


def test_named_columns_win(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", "a,b,label\n1,2,0\n2,,1\n")
    file = read_series(path, Choices(time="a", values=("label", "b")))
    assert file.times is not None
    assert file.times.ms.tolist() == [1000, 2000]
    np.testing.assert_array_equal(file.numbers, [[0, 2], [1, np.nan]])


@pytest.mark.parametrize(
    ("text", "value", "told"),
    [
        ("", None, "holds no rows"),
        ("a,b\n", None, "holds no rows"),
        ("name\nx\n", None, "no column of numbers among name"),
        ("v\n1\n", "w", "no column 'w'; it has v"),
        (
            "time,v\nsoon,1\n2024-01-01,\n",
            "v",
            "none of 2 rows can be used: 1 unread",
        ),
    ],
)
def test_wrong_file_is_told_in_a_sentence(
    tmp_path: Path, text: str, value: str | None, told: str
) -> None:
    path = write(tmp_path / "in.csv", text)
    chosen = (
        Choices(values=(value,), time="time")
        if value == "v"
        else Choices(values=(value,) if value else ())
    )
    with pytest.raises(InputError, match=told):
        read_series(path, chosen)


def test_missing_file_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.csv")
    assert run("score", str(tmp_path / "none.csv"), "--out", out) == 2
    assert "no such file" in capsys.readouterr().err
    empty = write(tmp_path / "empty.csv", "")
    assert run("score", str(empty), "--out", out) == 1
    given = ("score", str(write(tmp_path / "a.csv", "v\n1\n")), "--out", out)
    assert run(*given, "--timezone", "Mars/North") == 2
    assert "'Mars/North' is no time zone" in capsys.readouterr().err
    assert run(*given, "--time-format", "soon") == 2
    assert "'soon' is no form of times" in capsys.readouterr().err


def scored(path: Path, *options: str) -> tuple[list[str], list[float]]:
    """Run the command; gives the rows as they came out, and their states (NaN for none)."""
    out = path.with_suffix(".out")
    assert run("score", str(path), "--out", str(out), *options) == 0
    rows = [line.rsplit(",", 3) for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    return [row for row, *_ in rows], [float(state or "nan") for _, state, _, _ in rows]


def hourly(n: int = 480) -> list[tuple[str, float]]:
    begin = np.datetime64("2024-01-01T00:00")
    values = np.round(np.sin(np.arange(n) * np.pi / 12) + np.arange(n) % 5 * 0.01, 4)
    return [(str(begin + np.timedelta64(k, "h")), float(v)) for k, v in enumerate(values)]


def table(rows: list[tuple[str, float]]) -> str:
    return "time,v\n" + "".join(f"{time},{value}\n" for time, value in rows)


def test_rows_in_any_order_get_the_scores_of_their_times(tmp_path: Path) -> None:
    rows = hourly()
    _, straight = scored(write(tmp_path / "a.csv", table(rows)))
    written, back = scored(write(tmp_path / "b.csv", table(rows[::-1])))
    assert back == straight[::-1]
    assert written[0].startswith("2024-01-20T23:00")
    mixed = np.random.default_rng(1).permutation(len(rows)).tolist()
    _, shuffled = scored(write(tmp_path / "c.csv", table([rows[k] for k in mixed])))
    assert shuffled == [straight[k] for k in mixed]


def test_series_of_a_long_table_are_scored_by_themselves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = hourly()
    other = [(time, 50 - 3 * value) for time, value in rows]
    _, alone = scored(write(tmp_path / "a.csv", table(rows)))
    long = "".join(f"{t},A ,{v}\n{u},B,{w}\n" for (t, v), (u, w) in zip(rows, other, strict=True))
    path = write(tmp_path / "long.csv", "time,station,v\n" + long)
    _, both = scored(path, "--series", "station")
    assert both[::2] == alone
    capsys.readouterr()
    assert run("score", str(path), "--out", str(tmp_path / "x")) == 2
    assert "--series (it may be station)" in capsys.readouterr().err


def test_a_stutter_of_the_clock_is_told_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = hourly()
    rows[300:303] = [(rows[300][0], value) for _, value in rows[300:303]]
    _, scores = scored(write(tmp_path / "a.csv", table(rows)))
    assert np.isfinite(scores).all()
    assert "repeat the time of the row before" in capsys.readouterr().out


def test_a_row_of_an_impossible_time_has_no_score(tmp_path: Path) -> None:
    rows = hourly()
    _, whole = scored(write(tmp_path / "a.csv", table(rows)))
    rows[200] = ("1970-01-01T00:00", rows[200][1])
    _, scores = scored(write(tmp_path / "b.csv", table(rows)))
    assert np.flatnonzero(np.isnan(scores)).tolist() == [200]
    assert scores[:200] == whole[:200]
    assert np.nanmax(np.abs(np.array(scores) - whole)) < 0.1


def test_the_hour_that_comes_twice_keeps_the_rhythm(tmp_path: Path) -> None:
    begin = np.datetime64("2021-10-01T22:00")
    instants = [begin + np.timedelta64(k, "h") for k in range(24 * 45)]
    change = np.datetime64("2021-10-31T01:00")
    local = [t + np.timedelta64(2 if t < change else 1, "h") for t in instants]
    noise = np.random.default_rng(3).normal(0, 0.5, len(local))
    busy = [20 + 60 * (str(t)[11:13] in ("07", "08")) for t in local]
    rows = [(str(t), round(b + float(e), 3)) for t, b, e in zip(local, busy, noise, strict=True)]
    _, plain = scored(write(tmp_path / "a.csv", table(rows)))
    _, zoned = scored(write(tmp_path / "b.csv", table(rows)), "--timezone", "Europe/Vienna")
    assert zoned == plain
    after = [t >= change for t in instants]
    assert max(s for s, is_after in zip(plain, after, strict=True) if is_after) < 0.4
    twice = next(k for k in range(1, len(local)) if local[k] <= local[k - 1])
    rows[twice] = (rows[twice][0], 500.0)  # the second pass is watched too
    _, peak = scored(write(tmp_path / "c.csv", table(rows)))
    assert peak[twice] > 0.5 > peak[twice - 1]


def test_sentinels_are_no_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = hourly()
    _, clean = scored(write(tmp_path / "a.csv", table(rows)))
    marked = [(t, -9999.0 if k in (50, 300) else v) for k, (t, v) in enumerate(rows)]
    capsys.readouterr()
    _, scores = scored(write(tmp_path / "b.csv", table(marked)), "--json")
    assert json.loads(capsys.readouterr().out)["input"]["set_aside"] == {"missing-value": 2}
    assert np.abs(np.array(scores) - clean).max() < 0.1


def test_date_and_clock_in_two_columns_are_one_time(tmp_path: Path) -> None:
    rows = hourly()
    text = "".join(f"{t[8:10]}/{t[5:7]}/{t[:4]};{t[11:13]}.00.00;{v}\n" for t, v in rows)
    file = read(write(tmp_path / "in.csv", "Date;Time;CO\n" + text))
    assert (file.time, file.values) == ("Date + Time", ["CO"])
    assert file.times is not None
    assert set(np.diff(file.times.ms).tolist()) == {3_600_000}


@pytest.mark.parametrize("ending", [" CST", " Uhr 7"])
def test_a_time_that_is_not_read_is_told_and_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    file, given = tmp_path / "in.csv", ("--out", str(tmp_path / "out.csv"))
    rows = [f"2024-03-{day:02d} 01:00:00{ending},{day}" for day in range(28, 0, -1)]
    write(file, "\n".join(["time,v", *rows]) + "\n")
    assert run("score", str(file), *given) == 2
    assert f"'2024-03-28 01:00:00{ending}' is not read as one" in capsys.readouterr().err
    write(file, "time,v\n" + "soon,1\nlater,2\n" * 20)  # words are no times at all
    assert run("score", str(file), *given) == 0


def test_a_constant_is_never_unusual(tmp_path: Path) -> None:
    _, scores = scored(write(tmp_path / "a.csv", table([(t, 7.0) for t, _ in hourly()])))
    assert max(scores) == 0


def test_level_shift_is_named_where_it_was_accepted(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(size=3000)
    noise[1500:] += 6
    out = tmp_path / "out.csv"
    file = write(tmp_path / "in.csv", "flow\n" + "\n".join(f"{v:.4f}" for v in noise) + "\n")
    assert run("score", str(file), "--out", str(out)) == 0
    with out.open(encoding="utf-8", newline="") as stream:
        told = [(k, row["level_shift"]) for k, row in enumerate(csv.DictReader(stream))]
    ((row, text),) = [(k, text) for k, text in told if text]
    assert row > 2000
    assert text.startswith("flow: ")
    assert text.endswith(" since row 1501")


def test_a_column_of_words_is_no_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{time},{'ab'[k % 2]}\n" for k, (time, _) in enumerate(hourly()))
    file = write(tmp_path / "in.csv", "time,state\n" + rows)
    assert run("score", str(file), "--out", str(tmp_path / "x")) == 2
    assert "number" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_three_rows_are_written_without_a_verdict(tmp_path: Path) -> None:
    _, scores = scored(write(tmp_path / "a.csv", table(hourly()[:3])))
    assert scores == [0.0, 0.0, 0.0]


def test_months_without_a_row_are_bridged(tmp_path: Path) -> None:
    rows = hourly()
    begin = np.datetime64("2024-06-01T00:00")
    late = [(str(begin + np.timedelta64(k, "h")), v) for k, (_, v) in enumerate(rows)]
    _, whole = scored(write(tmp_path / "a.csv", table(rows)))
    _, scores = scored(write(tmp_path / "b.csv", table(rows + late)))
    assert scores[: len(rows)] == whole
    assert max(scores[-len(rows) // 2 :]) < 0.5


def test_stations_that_never_speak_at_once_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        (f"{time[:-2]}{20 * site:02}", site, v + site) for time, v in hourly() for site in (1, 2)
    ]
    head = "time,station,value\n"
    file = write(tmp_path / "in.csv", head + "".join(f"{t},{s},{v}\n" for t, s, v in rows))
    assert run("score", str(file), "--out", str(tmp_path / "o.csv")) == 0
    assert "all rows are one series, though 'station' has 2 values" in capsys.readouterr().out
    given = ("--series", "station")
    assert run("score", str(file), "--out", str(tmp_path / "o.csv"), *given) == 0
    assert "all rows are one" not in capsys.readouterr().out
    assert run("score", str(file), "--out", str(file)) == 2
    assert file.read_text().startswith(head)
