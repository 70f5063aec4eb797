"""One table of readings, cases and counts in one, and all the spellings it is given in."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from config.settings import PREFIX
from tests.conftest import ROOT

ZONE = "Europe/Vienna"
BEGIN = datetime(2021, 10, 19, 22, tzinfo=UTC)  # midnight in Vienna
MOMENTS = [BEGIN + timedelta(hours=k) for k in range(24 * 18)]  # clocks are set back in between

CLOCKS_BACK = datetime(2021, 10, 31, tzinfo=UTC)  # the hours from here come twice in Vienna

Row = dict[str, str]

WEEK = "一二三四五六日"
WIDE = str.maketrans("0123456789-: ", "０１２３４５６７８９－：　")

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
    "compact float": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%Y%m%d%H%M%S}.0",
    "power of ten": lambda t: f"{t.timestamp():.9E}",
    "interval": lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}/PT1H",
    "weekday": lambda t: (
        f"{(z := t.astimezone(ZoneInfo(ZONE))):%Y-%m-%d} 周{WEEK[z.weekday()]} {z:%H:%M}"
    ),
    "full width": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}".translate(WIDE),
    "at": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%B %d, %Y at %I:%M %p}",
    "utc in words": lambda t: f"{t:%Y-%m-%d %H:%M:%S} UTC",
    "offset apart": lambda t: f"{t.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S %z}",
    "letter": lambda t: f"{t:%a, %d %b %Y %H:%M:%S} +0000",
}
FORWARD_ONLY = frozenset(
    {"local", "day first", "month first", "german", "chinese", "compact", "compact float"}
    | {"weekday", "full width", "at"}
)
TEXTS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
SEPARATORS = [",", ";", "\t", "|"]
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
UNITS = {"value": "µg/m³", "lon": "deg", "lat": "deg", "count": "n"}
# What stands above the first row, in tables that a person looks at.
ABOVE: dict[str, Callable[[list[str]], tuple[list[list[str]], list[list[str]]]]] = {
    "names": lambda _: ([], []),
    "title": lambda names: ([["Export of 3 November", *[""] * (len(names) - 1)]], []),
    "title and blank": lambda names: ([["导出"], [""] * len(names)], []),
    "units": lambda names: ([], [[UNITS.get(name, "") for name in names]]),
    "all": lambda names: ([["导出"]], [[UNITS.get(name, "") for name in names]]),
}
COLUMNS: dict[str, Callable[[list[str]], list[str]]] = {
    "as they come": lambda names: names,
    "from behind": lambda names: names[::-1],
}
ENDS = ["\n", "\r\n"]
QUOTES = {"where needed": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL}
CLOCKS = ["with the day", "apart"]  # a day and a clock, in one column or two

CHOICES: dict[str, list[str]] = {
    "date": sorted(DATES),
    "encoding": TEXTS,
    "separator": SEPARATORS,
    "packing": sorted(PACKINGS),
    "order": sorted(ORDERS),
    "make": MAKES,
    "above": sorted(ABOVE),
    "columns": sorted(COLUMNS),
    "ends": ENDS,
    "quotes": sorted(QUOTES),
    "clock": CLOCKS,
}
spellings = st.fixed_dictionaries(
    {choice: st.sampled_from(values) for choice, values in CHOICES.items()}
)


def rows_above(spelling: dict[str, str]) -> int:
    """Count the rows under the names that are no data: of units, where the make can have them."""
    is_looked_at = spelling["make"] in ("csv", "xlsx")
    return len(ABOVE[spelling["above"]]([""])[1]) if is_looked_at else 0


def apart(rows: list[Row]) -> list[Row]:
    """Put the day and the clock of a time into columns of their own."""
    parted = []
    for row in rows:
        moment = datetime.fromisoformat(row["time"]).astimezone(ZoneInfo(ZONE))
        others = {name: text for name, text in row.items() if name != "time"}
        parted.append({"date": f"{moment:%Y-%m-%d}", "clock": f"{moment:%H:%M}"} | others)
    return parted


def table(spelling: dict[str, str]) -> list[Row]:
    """Readings, cases and counts in one: a note in Chinese, times, a value, a place, a number."""
    random = np.random.default_rng(7)
    values = 20 + 60 * np.array([m.astimezone(ZoneInfo(ZONE)).hour in (7, 8) for m in MOMENTS])
    values = values + random.normal(0, 1, len(MOMENTS))
    places = random.uniform(0.001, 0.008, (len(MOMENTS), 2))
    hours = random.integers(1, 48, len(MOMENTS)).tolist()
    write = DATES[spelling["date"]]
    rows = [
        {
            "note": f"东直门 {k}, “x”",
            "time": write(moment),
            "value": f"{value:.3f}",
            "closed": write(_once(moment + timedelta(hours=hours[k]))),
            "limit": write(_once(moment + timedelta(hours=24))),
            "lon": f"{x:.5f}",
            "lat": f"{y:.5f}",
            "series": "a",
            "count": str(int(value)),
            "kind": "lamp",
        }
        for k, (moment, value, (x, y)) in enumerate(zip(MOMENTS, values, places, strict=True))
    ]
    # Times of a wall clock tell the pass of the hour that comes twice by their order alone.
    is_shuffled = spelling["order"] == "shuffled" and spelling["date"] in FORWARD_ONLY
    return rows if is_shuffled else ORDERS[spelling["order"]](rows)


def _once(moment: datetime) -> datetime:
    """Keep off the hours that come twice: only the order of a column's own rows tells them."""
    is_twice = CLOCKS_BACK <= moment < CLOCKS_BACK + timedelta(hours=2)
    return moment + timedelta(hours=2) if is_twice else moment


def spelled(folder: Path, rows: list[Row], spelling: dict[str, str]) -> Path:
    path = folder / "in.dat"
    names = COLUMNS[spelling["columns"]]([*rows[0]])
    frame = pd.DataFrame(rows, columns=names)
    over, under = ABOVE[spelling["above"]](names)
    match spelling["make"]:
        case "csv":
            text = _csv(rows, names, spelling, over, under)
            data = text.encode(spelling["encoding"], errors="strict")
        case "parquet":
            frame.to_parquet(path)
            return path
        case "xlsx":
            title = [line + [""] * (len(names) - len(line)) for line in over]
            lines = [*title, names, *under, *frame.to_numpy().tolist()]
            pd.DataFrame(lines).to_excel(path.with_suffix(".xlsx"), index=False, header=False)
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


def _csv(
    rows: list[Row],
    names: list[str],
    spelling: dict[str, str],
    over: list[list[str]],
    under: list[list[str]],
) -> str:
    text, separator = io.StringIO(), spelling["separator"]
    writer = csv.writer(
        text,
        delimiter=separator,
        lineterminator=spelling["ends"],
        quoting=QUOTES[spelling["quotes"]],  # type: ignore[arg-type]
    )
    writer.writerows([*over, names, *under])
    for row in rows:
        comma = {k: row[k].replace(".", ",") for k in ("value", "lon", "lat")}
        told = row | comma if separator == ";" else row
        writer.writerow([told[name] for name in names])
    return text.getvalue()


READINGS = {
    "feed": "noise",
    "source": "invented for tests",
    "timezone": ZONE,
    "time": {"column": "time"},
    "sensor": {"fixed": "N-1"},
    "metrics": {"laeq": {"column": "value"}},
    "places": {"N-1": {"cell": "990001001001001"}},
}
CASES = {
    "feed": "cases",
    "source": "invented for tests",
    "timezone": ZONE,
    "case": "note",
    "category": {"column": "kind"},
    "lon": "lon",
    "lat": "lat",
    "due": {"column": "limit"},
    "events": [
        {"type": "filed", "time": {"column": "time"}},
        {"type": "closed", "time": {"column": "closed"}},
    ],
}


def town(folder: Path) -> dict[str, str]:
    """Make a configuration with a mapping of the table as readings and one as cases."""
    city = folder / "config" / "city" / "example"
    if not city.exists():
        shutil.copytree(ROOT / "config" / "city" / "example", city)
        (city / "mappings").mkdir(exist_ok=True)
        for name, mapping in (("as-readings", READINGS), ("as-cases", CASES)):
            (city / "mappings" / f"{name}.yaml").write_text(json.dumps(mapping))
    return {f"{PREFIX}CONFIG_DIR": str(folder / "config"), f"{PREFIX}CITY": "example"}


PLAIN = {
    "date": "iso utc",
    "encoding": "utf-8",
    "separator": ",",
    "packing": "plain",
    "order": "forward",
    "make": "csv",
    "above": "names",
    "columns": "as they come",
    "ends": "\n",
    "quotes": "where needed",
    "clock": "with the day",
}
