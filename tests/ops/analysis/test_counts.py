"""`gridpulse counts`: a user's table comes back whole, with a verdict for each row."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from config.errors import InputError
from models.timing.calendar import EPOCH
from ops.analysis.counts import judge_file
from ops.cities import holidays_of
from ops.cli import main
from ops.files.choices import Choices

ADDED = ["expected", "upper", "p_value", "alarm", "lower", "p_drop", "drop"]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    return int(stopped.value.code or 0)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def weekly(folder: Path, weeks: int = 130, name: str = "in.csv") -> Path:
    """Write two series of 130 weeks: one even, one with an outbreak in weeks 120 and 121."""
    random = np.random.default_rng(1)
    lines = ["series,period,count"]
    for series in ("calm", "ill"):
        counts = random.poisson(8, 130)
        if series == "ill":
            counts[120:122] += 25
        lines += [f"{series},{week},{counts[week]}" for week in range(weeks)]
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_outbreak_alarms_and_the_rest_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.csv"
    assert run("counts", str(weekly(tmp_path)), "--out", str(out), "--season", "52", "--json") == 0
    told = rows_of(out)
    alarms = [(row["series"], int(row["period"])) for row in told if row["alarm"] == "1"]
    assert {("ill", 120), ("ill", 121)} <= set(alarms)
    assert len(alarms) <= 6
    printed = json.loads(capsys.readouterr().out)
    said = printed.pop("input")
    assert (said["read"], said["used"], said["set_aside"]) == (260, 260, {})
    assert said["columns"] == {"series": "series", "period": "period", "count": "count"}
    drops = sum(row["drop"] == "1" for row in told)
    figures = {"rows": 260, "series": 2, "alarms": len(alarms), "drops": drops}
    assert printed == {**figures, "out": str(out)}
    assert drops <= 6
    peak = next(row for row in told if (row["series"], row["period"]) == ("ill", "120"))
    assert float(peak["p_value"]) < 1e-4
    assert float(peak["count"]) > float(peak["upper"]) > float(peak["expected"]) > 6


def test_too_few_are_told_beside_too_many(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    counts = {"dense": random.poisson(30, 130), "sparse": random.poisson(1, 130)}
    for series in counts.values():
        series[120] = 0
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = [f"{name},{n},{c}" for name, each in counts.items() for n, c in enumerate(each)]
    file.write_text("\n".join(["series,period,count", *lines]), encoding="utf-8")
    done = judge_file(file, out, 52)
    drops = {(row["series"], row["period"]) for row in rows_of(out) if row["drop"] == "1"}
    assert ("dense", "120") in drops
    assert {series for series, _ in drops} == {"dense"}
    assert done.drops == len(drops) <= 4
    (low,) = (r for r in rows_of(out) if (r["series"], r["period"]) == ("dense", "120"))
    assert float(low["p_drop"]) < 1e-6
    assert float(low["p_value"]) > 0.9
    assert 10 < float(low["lower"]) < float(low["expected"])
    assert low["alarm"] == "0"


def test_rows_and_columns_come_back_as_they_were(tmp_path: Path) -> None:
    text = (
        'note,Period,series,count,code\n'
        '"a, b",3,x,1,007\n'
        ',1,x,2.0,1e3\n'
        '"say ""hi""",2,y,,中文\n'
    )  # fmt: skip
    file = tmp_path / "in.csv"
    file.write_text(text, encoding="utf-8")
    out = tmp_path / "out.csv"
    judge_file(file, out, None)
    assert [line[: len(was)] for line, was in zip(
        out.read_text(encoding="utf-8").splitlines(), text.splitlines(), strict=True
    )] == text.splitlines()  # fmt: skip
    assert list(rows_of(out)[0])[-len(ADDED) :] == ADDED
    assert [row["p_value"] for row in rows_of(out)] == ["1.0"] * 3  # too short to be judged
    assert [row["expected"] for row in rows_of(out)] == [""] * 3


def test_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    file, out, turned = weekly(tmp_path), tmp_path / "out.csv", tmp_path / "turned.csv"
    head, *lines = file.read_text().splitlines()
    turned.write_text("\n".join([head, *reversed(lines)]) + "\n")
    judge_file(file, out, 52)
    straight = rows_of(out)
    judge_file(turned, out, 52)
    back = rows_of(out)[::-1]
    for one, other in zip(straight, back, strict=True):
        assert one["count"] == other["count"]
        assert one["alarm"] == other["alarm"]
        assert float(one["p_value"]) == pytest.approx(float(other["p_value"]), rel=1e-6)


def test_prefix_of_the_file_gives_the_prefix_of_the_verdicts(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    judge_file(weekly(tmp_path), whole, 52)
    judge_file(weekly(tmp_path, 121, "short.csv"), part, 52)
    early = [row for row in rows_of(whole) if int(row["period"]) < 121]
    assert rows_of(part) == early


def test_dates_tell_the_season_and_missing_days_are_zeros(tmp_path: Path) -> None:
    lines = ["series,period,count"]
    lines += [f"a,2024-{1 + day // 28:02}-{1 + day % 28:02},4" for day in range(0, 200, 2)]
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text("\n".join(lines) + "\n")
    judge_file(file, out, None)
    assert float(rows_of(out)[-1]["expected"]) < 3.5  # 4 every other day, not 4 a day


def test_where_zeros_are_written_a_missing_period_is_unknown(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    counts = [f"a,{week},4" for week in range(0, 60, 2)]
    file.write_text("\n".join(["series,period,count", *counts, "b,0,0"]) + "\n")
    judge_file(file, out, 52)
    assert float(rows_of(out)[29]["expected"]) == pytest.approx(4, rel=0.1)


def test_compressed_file_is_read(tmp_path: Path) -> None:
    plain, out = weekly(tmp_path), tmp_path / "out.csv"
    packed = tmp_path / "in.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert judge_file(packed, out, 52).rows == 260


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "series,from,count\na,x,1\n",
            "no column 'period' among series, from, count",
        ),
        ("series,period,sum\na,1,1\n", "no column 'count' among series, period, sum; say --count"),
        ("series,period,count\na,1,many\n", "none of 1 rows can be used: 1 unreadable-count"),
        ("series,period,count\na,1,2\nb,1,2\na ,1,3\n", "row 3: series 'a' has a count for this"),
        ("series,period,count\na,1,2\na,99999999,2\n", "is one of them a misprint"),
        ("series,period,count\na,1.5,2\na,2,2\n", "should be whole"),
        ("series,period,count\na,202401,2\na,202402,2\n", "--time-format month or week or number"),
        ("series,period,count\n", "holds no rows"),
        ("", "holds no rows"),
        ("series,period,count,alarm\na,1,2,0\n", "has a column 'alarm' already"),
    ],
)
def test_bad_file_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "in.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        judge_file(file, tmp_path / "out.csv", None)
    assert not (tmp_path / "out.csv").exists()


def test_wrong_use_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.csv")
    assert run("counts", str(tmp_path / "none.csv"), "--out", out) == 2
    assert "no such file" in capsys.readouterr().err
    assert run("counts", str(weekly(tmp_path)), "--out", out, "--season", "0.5") == 2
    assert "--season should be at least 1" in capsys.readouterr().err
    assert run("counts", str(weekly(tmp_path)), "--out", str(tmp_path / "no" / "out.csv")) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert run("counts", str(weekly(tmp_path))) == 2


def daily(folder: Path, *, last: date, holiday: int, ordinary: int) -> Path:
    """Write two years of days of one series with other counts on Chinese holidays."""
    random = np.random.default_rng(2)
    first = date(2022, 1, 1)
    days = (last - first).days + 1
    off = holidays_of("dongcheng").shares((first - EPOCH).days, (last - EPOCH).days + 1)[:, 0]
    counts = random.poisson(np.where(off > 0, holiday, ordinary))
    lines = [f"a,{first + timedelta(days=n)},{counts[n]}" for n in range(days)]
    path = folder / "days.csv"
    path.write_text("\n".join(["series,period,count", *lines]) + "\n", encoding="utf-8")
    return path


def test_holidays_of_a_city_are_expected(tmp_path: Path) -> None:
    file, out = daily(tmp_path, last=date(2024, 5, 2), holiday=60, ordinary=20), tmp_path / "o.csv"
    assert run("counts", str(file), "--out", str(out)) == 0
    assert rows_of(out)[-1]["alarm"] == "1"
    assert run("counts", str(file), "--out", str(out), "--holidays", "dongcheng") == 0
    told = rows_of(out)[-1]
    assert told["alarm"] == "0"
    assert float(told["expected"]) == pytest.approx(60, rel=0.3)


def test_holidays_need_dates_and_a_city_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["counts", str(weekly(tmp_path)), "--out", str(tmp_path / "o.csv"), "--holidays"]
    assert run(*given, "dongcheng") == 2
    assert "write periods as dates or ISO weeks" in capsys.readouterr().err
    assert run(*given, "atlantis") == 2
    assert "no city is called 'atlantis'; there are" in capsys.readouterr().err


def told_late(folder: Path, now: int, weeks: int = 80) -> Path:
    """Write weeks of 40 cases of which half is told a week later, as known in week `now`."""
    lines = ["series,period,told,count"]
    for week in range(weeks):
        halves = [(week, 20), (week + 1, 20)]
        lines += [f"a,{week},{at},{count}" for at, count in halves if at <= now]
    path = folder / "told.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_is_not_told_yet_is_not_expected_yet(tmp_path: Path) -> None:
    file, out = told_late(tmp_path, now=79), tmp_path / "o.csv"
    assert run("counts", str(file), "--out", str(out), "--told", "told") == 0
    before, newest = rows_of(out)[-2], rows_of(out)[-1]
    assert before["period"] == "78" and newest["period"] == "79"
    assert float(before["expected"]) == pytest.approx(40, rel=0.1)
    assert float(newest["expected"]) == pytest.approx(20, rel=0.1)


def test_an_excess_shows_before_all_of_it_is_told(tmp_path: Path) -> None:
    file, out = told_late(tmp_path, now=79), tmp_path / "o.csv"
    with file.open("a", encoding="utf-8") as stream:
        stream.write("a,79,79,18\n")  # 38 of a usual 40, but only half of them is known yet
    assert run("counts", str(file), "--out", str(out), "--told", "told") == 0
    assert [row["alarm"] for row in rows_of(out)[-2:]] == ["1", "1"]
    assert {row["alarm"] for row in rows_of(out)[:-2]} == {"0"}


def test_what_is_told_before_it_happens_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("series,period,told,count\na,3,4,1\na,5,4,1\n")
    with pytest.raises(InputError, match="row 2: told before its period"):
        judge_file(file, tmp_path / "o.csv", None, reported="told")


def test_semicolons_come_back_as_semicolons(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "o.csv"
    file.write_text("series;period;count\na;1;2\na;2;3\n")
    assert judge_file(file, out, None).rows == 2
    assert out.read_text().splitlines()[1].startswith("a;1;2;")


def test_rows_that_cannot_be_used_are_told_and_come_back(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "o.csv"
    good = [f"a,2024-01-{day:02},4" for day in range(1, 31)]
    bad = ["a,soon,4", "a,2024-01-31,-3", "a,1970-01-01,4", "a,2024-02-01,many", "a,,4"]
    file.write_text("\n".join(["series,period,count", *good, *bad]))
    done = judge_file(file, out, None)
    assert done.account.to_builtins()["set_aside"] == {
        "missing-time": 1,
        "unreadable-time": 1,
        "impossible-time": 1,
        "unreadable-count": 1,
        "negative-count": 1,
    }
    told = rows_of(out)
    assert len(told) == 35
    assert [row["p_value"] for row in told[30:]] == ["", "1.0", "", "1.0", ""]


def spelled(folder: Path, header: str, periods: list[str], **chosen: str) -> list[dict[str, str]]:
    """Judge one series of Poisson counts under some periods; gives the verdicts."""
    random = np.random.default_rng(5)
    counts = random.poisson(20, len(periods))
    file, out = folder / "in.csv", folder / "o.csv"
    rows = [f"a,{p},{c}" for p, c in zip(periods, counts, strict=True)]
    file.write_text("\n".join([header, *rows]), encoding="utf-8")
    judge_file(file, out, None, choices=Choices(**chosen))  # type: ignore[arg-type]
    return [{name: row[name] for name in ADDED} for row in rows_of(out)]


def next_month(day: date) -> date:
    return (day + timedelta(31)).replace(day=1)


def test_months_in_all_their_spellings_are_the_same_months(tmp_path: Path) -> None:
    firsts = [date(2012 + k // 12, 1 + k % 12, 1) for k in range(120)]
    spellings = {
        "%Y-%m": [f"{day:%Y-%m}" for day in firsts],
        "first": [f"{day:%Y-%m-%d}" for day in firsts],
        "middle": [f"{day:%Y-%m-15}" for day in firsts],
        "last": [
            f"{(day + timedelta(31)).replace(day=1) - timedelta(1):%d/%m/%Y}" for day in firsts
        ],
        "number": [f"{day:%Y%m}" for day in firsts],
        "zh": [f"{day.year}年{day.month}月" for day in firsts],
        "named": [f"{day:%b %Y}" for day in firsts],
    }
    verdicts = {name: spelled(tmp_path, "series,period,count", p) for name, p in spellings.items()}
    assert all(each == verdicts["%Y-%m"] for each in verdicts.values())


def test_columns_by_chinese_names_and_by_options(tmp_path: Path) -> None:
    days = [f"{date(2023, 1, 1) + timedelta(k):%Y-%m-%d}" for k in range(200)]
    plain = spelled(tmp_path, "series,period,count", days)
    assert spelled(tmp_path, "类别,日期,件数", days) == plain
    named = spelled(tmp_path, "x,y,z", days, series="x", period="y", count="Z")
    assert named == plain


def test_week_53_of_either_calendar_is_a_week(tmp_path: Path) -> None:
    mmwr = [f"{2013 + k // 52}-W{1 + k % 52:02}" for k in range(104)] + ["2014-W53", "2015-W01"]
    assert len(spelled(tmp_path, "series,period,count", mmwr)) == 106
    rows = [f"a,{2013 + k // 52},{1 + k % 52},5" for k in range(104)] + [
        "a,2014,53,5",
        "a,2015,1,5",
    ]
    file = tmp_path / "in.csv"
    file.write_text("\n".join(["area,year,week,cases", *rows]))
    done = judge_file(file, tmp_path / "o.csv", None)
    assert done.account.used == 106
    assert done.account.columns["period"] == "year + week"


def test_names_of_series_are_compared_composed_and_trimmed(tmp_path: Path) -> None:
    file, out = tmp_path / "in.csv", tmp_path / "o.csv"
    names = ["Chauss\u00e9e", "Chausse\u0301e", " Chaussée "]
    rows = [f"{names[k % 3]},{k},4" for k in range(60)]
    file.write_text("\n".join(["series,period,count", *rows, "chaussée,3,1"]), encoding="utf-8")
    done = judge_file(file, out, 52)
    assert done.series == 2
    assert any("only in case" in note for note in done.account.notes)
    assert [row["series"] for row in rows_of(out)][:3] == names


def test_hours_are_judged_by_the_hour_of_the_day(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    begin = np.datetime64("2024-01-01T00:00")
    hours = [str(begin + np.timedelta64(k, "h")) for k in range(24 * 60)]
    usual = np.where((np.arange(len(hours)) % 24) // 12 == 1, 30, 3)
    counts = random.poisson(usual)
    counts[24 * 50 + 3] += 25  # many for the night, few for the day
    rows = [f"a,{hour},{count}" for hour, count in zip(hours, counts, strict=True)]
    file, out = tmp_path / "in.csv", tmp_path / "o.csv"
    file.write_text("\n".join(["series,period,count", *rows]))
    done = judge_file(file, out, None)
    alarms = [k for k, row in enumerate(rows_of(out)) if row["alarm"] == "1"]
    assert 24 * 50 + 3 in alarms
    assert len(alarms) < 0.03 * len(hours)
    assert done.drops < 0.03 * len(hours)
    assert "periods are hours" in done.account.notes
