"""One reader: any encoding, packing and make of file gives the same columns, or one sentence."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from models.feeds.numbers import is_sentinel
from ops.files.account import InputAccount
from ops.files.cells import numbers_of
from ops.files.table import FileTable, read_table
from ops.files.write import require_output

NAMES = ["站点", "时间", "数值"]
ROWS = [["东直门", "2024-03-01 10:00", "1.5"], ["和平里", "2024-03-01 11:00", "-2"]]
TEXT = "\n".join(",".join(row) for row in [NAMES, *ROWS]) + "\n"
FRAME = pd.DataFrame(ROWS, columns=NAMES)


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


def parquet() -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_pandas(FRAME), sink)
    return sink.getvalue()


def records() -> list[dict[str, str]]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def lines() -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records())


SPELLINGS: dict[str, Callable[[], bytes]] = {
    "utf-8": lambda: bytes(TEXT, "utf-8"),
    "utf-8 with mark": lambda: TEXT.encode("utf-8-sig"),
    "gb18030": lambda: TEXT.encode("gb18030"),
    "utf-16 with mark": lambda: TEXT.encode("utf-16"),
    "utf-16 big": lambda: b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "utf-32": lambda: TEXT.encode("utf-32"),
    "dos lines": lambda: TEXT.replace("\n", "\r\n").encode(),
    "mac lines": lambda: TEXT.replace("\n", "\r").encode(),
    "semicolons": lambda: TEXT.replace(",", ";").encode(),
    "tabs": lambda: TEXT.replace(",", "\t").encode(),
    "bars": lambda: TEXT.replace(",", "|").encode(),
    "quoted": lambda: TEXT.replace("东直门", '"东直门"').encode(),
    "said separator": lambda: b"sep=;\n" + TEXT.replace(",", ";").encode(),
    "blank lines": lambda: TEXT.replace("\n", "\n\n").encode(),
    "zero bytes": lambda: TEXT.replace("1.5", "1.5\0").encode(),
    "gzip": lambda: gzip.compress(TEXT.encode("gb18030")),
    "zstd": lambda: zstd(TEXT.encode()),
    "bz2": lambda: bz2.compress(TEXT.encode()),
    "xz": lambda: lzma.compress(TEXT.encode()),
    "json lines": lambda: lines().encode(),
    "json lines with mark": lambda: lines().encode("utf-8-sig"),
    "json lines in gb18030": lambda: lines().encode("gb18030"),
    "json array": lambda: json.dumps(records()).encode(),
    "openaq": lambda: json.dumps({"meta": {"found": 2}, "results": records()}).encode(),
    "sensorthings": lambda: json.dumps({"value": records(), "@iot.count": 2}).encode(),
    "data array": lambda: json.dumps(
        {"value": [{"components": NAMES, "dataArray@iot.count": 2, "dataArray": ROWS}]}
    ).encode(),
    "parquet": parquet,
    "parquet in gzip": lambda: gzip.compress(parquet()),
}


def write(folder: Path, data: bytes | str, name: str = "in.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def cells(table: FileTable) -> dict[str, list[str]]:
    return {name: table.texts(name) for name in table.names}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_table_gives_its_columns(tmp_path: Path, spelling: str) -> None:
    table = read_table(write(tmp_path, SPELLINGS[spelling]()))
    read = {name: texts for name, texts in cells(table).items() if name in NAMES}
    assert read == {name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)}
    assert table.faults == {}


def test_workbook_gives_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    row = ["a", pd.Timestamp("2024-03-01 10:00"), 20240001]
    pd.DataFrame([row], columns=NAMES).to_excel(path, index=False)
    table = read_table(path)
    assert cells(table) == {"站点": ["a"], "时间": ["2024-03-01 10:00:00"], "数值": ["20240001"]}


def test_encoding_is_believed_where_it_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "Größe,n\nÄpfel,1\n".encode("cp1252"))
    assert read_table(path, encoding="cp1252").names == ["Größe", "n"]
    with pytest.raises(InputError, match="'klingon' is no encoding"):
        read_table(path, encoding="klingon")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("工单编号,办结时间,受理时间\n1,2,3\n", "gb18030"),
        ("series,period\nChaussée,1\nRue de l'Été,2\n", "cp1252"),
        ("Straße;Größe\nZürich;1\n", "cp1252"),
        ("時間,數值,經度\n1,2,3\n", "big5"),
    ],
)
def test_old_encodings_are_known_and_told(tmp_path: Path, text: str, encoding: str) -> None:
    table = read_table(write(tmp_path, text.encode(encoding)))
    assert table.names == text.splitlines()[0].replace(";", ",").split(",")
    assert "--encoding" in table.notes[0]


def test_a_few_bad_bytes_do_not_turn_a_file_into_another_language(tmp_path: Path) -> None:
    text = "街道,n\n" + "东直门,1\n" * 50
    table = read_table(write(tmp_path, text.encode() + b"\xff,2\n"))
    assert table.texts("街道")[:50] == ["东直门"] * 50
    assert "no UTF-8" in table.notes[0]


@pytest.mark.parametrize(
    "field",
    ["line one\nline two", "a\u2028b", "a\fb", "a\x0bb", "a\x85b", 'say "hi"', "a,b", "\r\n"],
)
def test_what_stands_in_quotes_stays_in_its_field(tmp_path: Path, field: str) -> None:
    quoted = field.replace('"', '""')
    path = write(tmp_path, f'a,note,b\n1,"{quoted}",2\n3,x,4\n')
    assert cells(read_table(path)) == {"a": ["1", "3"], "note": [field, "x"], "b": ["2", "4"]}


@given(st.lists(st.lists(st.text(max_size=9), min_size=2, max_size=2), min_size=1, max_size=9))
def test_any_table_comes_back_from_csv(rows: list[list[str]]) -> None:
    kept = [[cell.replace("\0", "").encode("utf-8", "replace").decode() for cell in row]
            for row in rows]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
            writer.writerows([["first", "second"], *kept])
        table = read_table(path)
    assert [list(row) for row in zip(table.texts("first"), table.texts("second"), strict=True)] == (
        kept
    )


def test_an_unclosed_quote_costs_its_own_line(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, 'id,n\na,1\n"b,2\nc,3\nd,4\n'))
    assert table.faults == {1: "unclosed-quote"}
    assert table.texts("id")[2:] == ["c", "d"]
    later = read_table(write(tmp_path, 'id,n\na,1\n"b,2\nc,3\nd,"4"\n'))
    assert later.faults == {1: "unclosed-quote"}
    assert later.texts("n")[2:] == ["3", "4"]


def test_ragged_rows_are_filled_or_told(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a,b\n1\n1,2,\n1,2,3\n"))
    assert table.faults == {2: "too-many-fields"}
    assert table.texts("b") == ["", "2", "2"]


def test_a_field_over_the_limit_of_the_csv_module_is_read(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, f"a,b\n1,{'x' * 300_000}\n"))
    assert len(table.texts("b")[0]) == 300_000


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("time,773869\n2024-01-01 00:00,30.3\n", ["time", "773869"]),
        (",773869,767541\n2024-01-01 00:00,30.3,1\n", ["column_1", "773869", "767541"]),
        ("2024-01-01 00:00,30.3\n2024-01-01 01:00,31\n", ["column_1", "column_2"]),
        ("0.5,0\n0.7,1\n", ["column_1", "column_2"]),
        ("a,,a\n1,2,3\n", ["a", "column_2", "a (2)"]),
        ("\ufeffa , b\n1,2\n", ["a", "b"]),
    ],
)
def test_names_of_columns(tmp_path: Path, text: str, names: list[str]) -> None:
    assert read_table(write(tmp_path, text)).names == names


def test_a_column_that_the_user_names_makes_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1,773869\n2,30\n")
    assert read_table(path, named=["773869"]).names == ["1", "773869"]


def test_json_keeps_what_cannot_be_read_in_sight(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, '{"a": 1}\n{broken\n[1]\n{"a": NaN, "b": "x\u2028y"}\n'))
    assert table.faults == {1: "unreadable-line", 2: "no-object"}
    assert table.texts("a") == ["1", "", "", "nan"]
    assert table.texts("b") == ["", "", "", "x\u2028y"]
    assert table.is_open


@pytest.mark.parametrize("name", ["service_requests", "requests", "列表"])
def test_the_only_list_of_a_document_is_its_rows(tmp_path: Path, name: str) -> None:
    rows = [{"id": "1", "v": 2}, {"id": "2", "v": 3}]
    found = cells(read_table(write(tmp_path, json.dumps({name: rows}))))
    assert found == {"id": ["1", "2"], "v": ["2", "3"]}
    own = {"id": "1", name: [{"v": 2}]}  # a row that holds a list
    assert cells(read_table(write(tmp_path, json.dumps(own))))["id"] == ["1"]


def test_nested_json_lies_flat(tmp_path: Path) -> None:
    openaq = {
        "results": [
            {
                "location": "Dongsi",
                "date": {"utc": "2024-03-01T00:00:00Z", "local": "2024-03-01T08:00:00+08:00"},
                "coordinates": {"latitude": 39.9, "longitude": 116.4},
                "value": 7.0,
            }
        ]
    }
    geojson = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [116.4, 39.9]},
                "properties": {"opened": "2024-03-01"},
            }
        ],
    }
    flat = cells(read_table(write(tmp_path, json.dumps(openaq))))
    assert flat["date.utc"] == ["2024-03-01T00:00:00Z"]
    assert flat["coordinates.latitude"] == ["39.9"]
    flat = cells(read_table(write(tmp_path, json.dumps(geojson))))
    assert flat == {"opened": ["2024-03-01"], "longitude": ["116.4"], "latitude": ["39.9"]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "no such file"),
        (b"PAR1 and no more", "cannot be read"),
        (b"PK\x03\x04 and no more", "cannot be read as a workbook"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "cannot be read"),
        (zstd(b"a,b\n1,2\n" * 99)[:-9], "cannot be read"),
        (b"%PDF-1.7", "no table"),
        (b"<!DOCTYPE html><html>", "no table"),
    ],
)
def test_what_is_no_table_is_told_in_a_sentence(
    tmp_path: Path, data: bytes | None, said: str
) -> None:
    path = tmp_path / "in.csv" if data is None else write(tmp_path, data)
    with pytest.raises(InputError, match=said) as raised:
        read_table(path)
    assert str(path) in str(raised.value)
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\0" * 100, b"[]", b"a,b\n"])
def test_a_file_without_rows_has_no_rows(tmp_path: Path, data: bytes) -> None:
    table = read_table(write(tmp_path, data))
    assert len(table) == 0
    with pytest.raises(InputError, match="holds no rows"):
        InputAccount(table.path, len(table)).require_used()


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_sentence(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        path.write_bytes(data)
        try:
            table = read_table(path)
        except InputError as error:
            assert str(path) in str(error)
        else:
            assert all(len(table.texts(name)) == len(table) for name in table.names)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a;v\n1;1,5\n1;-2,25\n1;3\n", [1.5, -2.25, 3.0]),
        ('a,v\n1,"1,5"\n1,"2,25"\n', [1.5, 2.25]),
        ('a,v\n1,"1,500"\n1,"2,250,000.5"\n1,3.5\n', [1500.0, 2250000.5, 3.5]),
        ("a;v\n1;1.500,5\n1;2\n", [1500.5, 2.0]),
        ("a,v\n1,1e3\n1,.5\n1,+5.\n", [1000.0, 0.5, 5.0]),
    ],
)
def test_numbers_are_read_by_the_column(tmp_path: Path, text: str, values: list[float]) -> None:
    read, unreadable = numbers_of(read_table(write(tmp_path, text)), "v")
    assert read.tolist() == values
    assert not unreadable.any()


def test_what_stands_for_no_value_is_none(tmp_path: Path) -> None:
    marks = ["NA", "null", "-", "", "-9999", "-1.79769313486231570e+308", "1e308", "inf", "999999"]
    text = "a,v\n1,20\n" + "".join(f"1,{mark}\n" for mark in marks) + "1,soon\n1,7\n1,1_000\n"
    read, unreadable = numbers_of(read_table(write(tmp_path, text)), "v", missing=["7"])
    assert np.flatnonzero(np.isfinite(read)).tolist() == [0]
    assert np.flatnonzero(unreadable).tolist() == [10, 12]


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([5.0, 6.0, -99.9, 999.9, 9999.9, 32767.0, -32768.0, 65535.0], [2, 3, 4, 5, 6, 7]),
        ([2039.0, 10.0, -200.0, -200.0], [2, 3]),  # no other value is negative
        ([44.6, -1.9, -200.0, -200.0, -200.0], [2, 3, 4]),  # far out, and often
        ([44.6, -1.9, -200.0], []),
        ([500.0, -99.0], []),
        ([30_000.0, 32767.0, 65535.0], []),
        ([9.96921e36, 3.4e38, 1e20, 5.0], [0, 1, 2]),  # what fills an array
        ([-999.0, -999.0], []),  # nothing else to judge by
    ],
)
def test_marks_of_instruments_and_number_types_are_no_values(
    values: list[float], marks: list[int]
) -> None:
    assert np.flatnonzero(is_sentinel(np.array(values))).tolist() == marks


def test_a_large_value_among_large_ones_is_a_value() -> None:
    assert not is_sentinel(np.array([999999.0, 500_000.0, 9999.0, -99.0])).any()


def test_a_row_is_set_aside_once(tmp_path: Path) -> None:
    account = InputAccount(tmp_path / "a.csv", 4, {3: "unclosed-quote"})
    account.set_aside("missing-time", np.array([True, False, False, True]))
    account.set_aside("unplaced", np.array([True, True, False, False]))
    account.columns["time"] = "when"
    said = account.to_builtins()
    assert said["set_aside"] == {"unclosed-quote": 1, "missing-time": 1, "unplaced": 1}
    assert said["read"] == said["used"] + sum(said["set_aside"].values()) == 4
    assert account.kept.tolist() == [False, False, True, False]
    assert "2 unplaced" not in account.as_text()
    assert "columns: time = when" in account.as_text()


def test_what_can_be_read_once_only_is_told(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null")):
        with pytest.raises(InputError, match="is a pipe or a device"):
            read_table(path)


def test_an_output_is_refused_before_it_costs_anything(tmp_path: Path) -> None:
    file = write(tmp_path, "a,v\n1,2\n")
    require_output(tmp_path / "out.csv", file)
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    for out, why in (
        (file, "is the file that is read"),
        (link, "is the file that is read"),
        (tmp_path, "it is a folder"),
        (tmp_path / "none" / "out.csv", "there is no folder"),
    ):
        with pytest.raises(InputError, match=why):
            require_output(out, file)


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["导出", "安全", "管理", "第一", "a"])
def test_half_a_sign_is_no_bracket(tmp_path: Path, name: str, encoding: str) -> None:
    """导 is 5B FC, as a bracket and more: the file was taken for JSON, and all its lines lost."""
    file = tmp_path / "t.csv"
    rows = "".join(f"{number},2\n" for number in range(40))
    file.write_bytes(f"{name},value\n{rows}".encode(encoding))
    read = read_table(file)
    assert read.names == [name, "value"]
    assert len(read) == 40
    assert not read.faults


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-16", "utf-32", "utf-8-sig"])
def test_json_in_wide_letters_is_json(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "t.txt"
    file.write_bytes((' \n[{"导出": 1}, {"导出": 2}]' + " " * 40).encode(encoding))
    assert read_table(file).texts("导出") == ["1", "2"]
