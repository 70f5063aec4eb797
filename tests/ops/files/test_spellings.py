"""One table in all its spellings gives one result: encoding × packing × make × dates × order."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from config.mapping import Mapping
from config.settings import PREFIX
from models.feeds.mapping.columns import ReadingColumns
from ops.cli import application
from ops.files.case_files import read_cases
from ops.files.choices import Choices
from ops.files.counts_file import read_counts
from ops.files.points import points_of
from ops.files.series_file import read_series
from ops.files.sources import read_mapped
from tests.conftest import ROOT

ZONE = "Europe/Vienna"
BEGIN = datetime(2021, 10, 19, 22, tzinfo=UTC)  # midnight in Vienna
MOMENTS = [BEGIN + timedelta(hours=k) for k in range(24 * 18)]  # clocks are set back in between

Row = dict[str, str]

# How an instant is written; without an offset it is local in Vienna.
DATES: dict[str, Callable[[datetime], str]] = {
    "iso utc": lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}",
    "iso offset": lambda t: t.astimezone(ZoneInfo(ZONE)).isoformat(),
    "other offset": lambda t: t.astimezone(ZoneInfo("Asia/Kathmandu")).isoformat(" "),
    "epoch s": lambda t: f"{t.timestamp():.0f}",
    "epoch ms": lambda t: f"{t.timestamp() * 1000:.0f}",
    "local": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}",
    "day first": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%d/%m/%Y %H:%M}",
    "month first": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%m/%d/%Y %I:%M %p}",
    "german": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%d.%m.%Y %H:%M}",
    "chinese": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%Y年%m月%d日 %H时%M分}",
    "compact": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%Y%m%d%H}",
}
FORWARD_ONLY = frozenset({"local", "day first", "month first", "german", "chinese", "compact"})
TEXTS = ["utf-8", "utf-8-sig", "utf-16", "gb18030"]
SEPARATORS = [",", ";", "\t"]
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "zstd": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
}
ORDERS: dict[str, Callable[[list[Row]], list[Row]]] = {
    "forward": lambda rows: rows,
    "newest first": lambda rows: rows[::-1],
    "shuffled": lambda rows: [rows[k] for k in np.random.default_rng(1).permutation(len(rows))],
}
MAKES = ["csv", "jsonl", "json", "results", "parquet", "xlsx"]

spellings = st.fixed_dictionaries(
    {
        "date": st.sampled_from(sorted(DATES)),
        "encoding": st.sampled_from(TEXTS),
        "separator": st.sampled_from(SEPARATORS),
        "packing": st.sampled_from(sorted(PACKINGS)),
        "order": st.sampled_from(sorted(ORDERS)),
        "make": st.sampled_from(MAKES),
    }
)


def table(spelling: dict[str, str]) -> list[Row]:
    """Readings, cases and counts in one: a note in Chinese, a time, a value, a place, a number."""
    random = np.random.default_rng(7)
    values = 20 + 60 * np.array([m.astimezone(ZoneInfo(ZONE)).hour in (7, 8) for m in MOMENTS])
    values = values + random.normal(0, 1, len(MOMENTS))
    places = random.uniform(-0.01, 0.01, (len(MOMENTS), 2))
    write = DATES[spelling["date"]]
    rows = [
        {
            "note": f"东直门 {k}, “x”",
            "time": write(moment),
            "value": f"{value:.3f}",
            "lon": f"{16.37 + x:.5f}",
            "lat": f"{48.2 + y:.5f}",
            "series": "a",
            "count": str(int(value)),
            "kind": "0101",
        }
        for k, (moment, value, (x, y)) in enumerate(zip(MOMENTS, values, places, strict=True))
    ]
    # Times of a wall clock tell the pass of the hour that comes twice by their order alone.
    is_shuffled = spelling["order"] == "shuffled" and spelling["date"] in FORWARD_ONLY
    return rows if is_shuffled else ORDERS[spelling["order"]](rows)


def spelled(folder: Path, rows: list[Row], spelling: dict[str, str]) -> Path:
    path = folder / "in.dat"
    frame = pd.DataFrame(rows)
    match spelling["make"]:
        case "csv":
            data = _csv(rows, spelling["separator"]).encode(spelling["encoding"])
        case "parquet":
            frame.to_parquet(path)
            return path
        case "xlsx":
            frame.to_excel(path.with_suffix(".xlsx"), index=False)
            return path.with_suffix(".xlsx")
        case "jsonl":
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            data = text.encode(spelling["encoding"])
        case "json":
            data = json.dumps(rows, ensure_ascii=False).encode(spelling["encoding"])
        case _:
            data = json.dumps({"meta": {}, "results": rows}).encode()
    path.write_bytes(PACKINGS[spelling["packing"]](data))
    return path


def _csv(rows: list[Row], separator: str) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]], delimiter=separator)
    writer.writeheader()
    for row in rows:
        comma = {k: row[k].replace(".", ",") for k in ("value", "lon", "lat")}
        writer.writerow(row | comma if separator == ";" else row)
    return text.getvalue()


READINGS = {
    "feed": "dust",
    "source": "invented for tests",
    "timezone": ZONE,
    "time": {"column": "time"},
    "sensor": {"fixed": "DC-01"},
    "metrics": {"pm10": {"column": "value"}},
}
CASES = {
    "feed": "cases",
    "source": "invented for tests",
    "timezone": ZONE,
    "case": "note",
    "category": {"column": "kind"},
    "lon": "lon",
    "lat": "lat",
    "events": [{"type": "filed", "time": {"column": "time"}}],
}


def town(folder: Path) -> dict[str, str]:
    """Make a configuration with a mapping of the table as readings and one as cases."""
    city = folder / "config" / "city" / "dongcheng"
    if not city.exists():
        shutil.copytree(ROOT / "config" / "city" / "dongcheng", city)
        for name, mapping in (("as-readings", READINGS), ("as-cases", CASES)):
            (city / "mappings" / f"{name}.yaml").write_text(json.dumps(mapping))
    return {f"{PREFIX}CONFIG_DIR": str(folder / "config"), f"{PREFIX}CITY": "dongcheng"}


def run(*words: object, env: dict[str, str] | None = None) -> dict[str, object]:
    result = CliRunner().invoke(application(), [*map(str, words), "--json"], env=env)
    assert result.exception is None, result.exception
    found: dict[str, object] = json.loads(result.stdout)
    account = found.pop("input")
    assert isinstance(account, dict)
    assert (account["read"], account["used"]) == (len(MOMENTS), len(MOMENTS))
    return found


def by_note(out: Path, columns: list[str]) -> dict[str, list[str]]:
    """Give the added columns by the note of the row, so that no order of rows counts."""
    text = out.read_text(encoding="utf-8")
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    return {row["note"].split(",")[0]: [row[name] for name in columns] for row in rows}


def results(folder: Path, spelling: dict[str, str]) -> tuple[object, ...]:
    file = spelled(folder, table(spelling), spelling)
    out = folder / "out"
    given = (file, "--out", out, "--timezone", ZONE)
    run("score", *given, "--value", "value", "--time", "time")
    scores = by_note(out, ["anomaly_score"])
    run("counts", *given, "--period", "time")
    counts = by_note(out, ["expected", "p_value", "alarm", "drop"])
    clusters = run("scan", *given, "--days", "7")
    clusters.pop("out", None)
    env = town(folder)
    kpi = run("kpi", file, "--mapping", "as-cases", env=env)
    backtest = run("backtest", "dust", file, "--mapping", "as-readings", env=env)
    assert (kpi["rows"], backtest["readings_late"]) != ([], len(MOMENTS))
    return scores, counts, clusters, kpi, backtest


PLAIN = {
    "date": "iso utc",
    "encoding": "utf-8",
    "separator": ",",
    "packing": "plain",
    "order": "forward",
    "make": "csv",
}


@settings(max_examples=60)
@given(spelling=spellings)
def test_one_table_in_all_its_spellings_reads_as_one(spelling: dict[str, str]) -> None:
    rows = table(spelling)
    at = [int(row["note"].split()[1].rstrip(",")) for row in rows]
    choices = Choices(time="time", values=("value",), period="time", timezone=ZONE)
    with tempfile.TemporaryDirectory() as folder:
        file = spelled(Path(folder), rows, spelling)
        series, counts = read_series(file, choices), read_counts(file, choices)
        points = points_of(file, None, ZONE, choices)
        readings = read_mapped(file, Mapping.model_validate(READINGS | {"name": "r"}))
        cases = read_cases(file, Mapping.model_validate(CASES | {"name": "c"}), ZONE)
    assert series.times is not None
    assert series.times.ms.tolist() == [round(MOMENTS[k].timestamp() * 1000) for k in at]
    assert series.table.texts("note") == [row["note"] for row in rows]
    assert counts.axis.index.tolist() == at
    assert counts.axis.hour is not None
    clocks = [MOMENTS[k].astimezone(ZoneInfo(ZONE)) for k in range(len(MOMENTS))]
    assert counts.axis.hour.tolist() == [clock.hour for clock in clocks]
    assert points.day.tolist() == [(clocks[k].date() - date(1970, 1, 1)).days for k in at]
    moments_ms = [round(MOMENTS[k].timestamp() * 1000) for k in at]
    columns = readings.columns
    assert isinstance(columns, ReadingColumns)
    assert columns.ts_ms.tolist() == [moments_ms[row] for row in columns.row.tolist()]
    filed_ms = {case: steps[0].ts_ms for case, steps in cases.steps.items()}
    assert filed_ms == {row["note"]: ms for row, ms in zip(rows, moments_ms, strict=True)}
    for account in (series.account, counts.account, points.account, readings.rows, cases.account):
        assert (account.read, account.used) == (len(rows), len(rows))
    numbers = [float(row["value"]) for row in table(PLAIN | {"order": spelling["order"]})]
    if spelling["order"] != "shuffled":
        assert series.numbers[:, 0].tolist() == numbers


@pytest.mark.parametrize(
    "spelling",
    [
        {"date": "day first", "encoding": "gb18030", "separator": ";", "order": "newest first"},
        {"date": "epoch ms", "make": "parquet", "order": "shuffled"},
        {"date": "chinese", "make": "jsonl", "encoding": "utf-16", "packing": "zstd"},
        {"date": "iso offset", "make": "xlsx"},
    ],
)
def test_every_command_gives_one_result(tmp_path: Path, spelling: dict[str, str]) -> None:
    assert results(tmp_path, PLAIN | spelling) == _plain(tmp_path)


def _plain(folder: Path) -> tuple[object, ...]:
    if not _results:
        _results.append(results(folder, PLAIN))
    return _results[0]


_results: list[tuple[object, ...]] = []
