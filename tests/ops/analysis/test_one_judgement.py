"""One table of cases through every command that reads it: each row has one fate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.settings import PREFIX
from ops.cli import application
from tests.conftest import ROOT

MAPPING = """\
feed: cases
source: invented for tests
timezone: Asia/Shanghai
case: id
category: {column: category, codes: {Rubbish: E0102}}
department: {column: dept, codes: {Sanitation Office: sanitation}, ignores_case: true}
area: {column: street, codes: {东华门: "110101001"}}
lon: lon
lat: lat
due: {column: due}
events:
  - {type: reported, time: {column: opened}}
  - {type: filed, time: {column: opened}}
  - {type: closed, time: {column: closed}}
"""
HEADER = "id,category,opened,closed,due,dept,street,lon,lat"


class Town:
    """A copy of Dongcheng with a mapping, and whether its feed takes unknown categories."""

    def __init__(
        self, folder: Path, *, is_closed: bool = False, ignores_case: bool = False
    ) -> None:
        self.folder = folder
        city = folder / "config" / "city" / "dongcheng"
        shutil.copytree(ROOT / "config" / "city" / "dongcheng", city)
        (city / "mappings" / "town.yaml").write_text(MAPPING)
        feed, calendar = city / "feeds" / "cases.yaml", city / "registry" / "calendar.yaml"
        if is_closed:
            feed.write_text(feed.read_text().replace("other_category: E9900\n", ""))
        if ignores_case:
            calendar.write_text(calendar.read_text() + "ignores_case: true\n")

    def ask(self, *words: object, status: int = 0) -> dict[str, Any]:
        env = {
            f"{PREFIX}CONFIG_DIR": str(self.folder / "config"),
            f"{PREFIX}CITY": "dongcheng",
            f"{PREFIX}ARCHIVE_DIR": str(self.folder / "archive"),
        }
        result = CliRunner().invoke(application(), [*map(str, words), "--json"], env=env)
        assert result.exit_code == status, (result.output, result.exception)
        found: dict[str, Any] = json.loads(result.stdout) if status == 0 else {}
        return found | {"error": str(result.exception or "")}

    def write(self, *rows: str) -> Path:
        file = self.folder / "cases.csv"
        file.write_text("\n".join([HEADER, *rows]))
        return file

    def backtest(self, file: Path, status: int = 0) -> dict[str, Any]:
        report = self.folder / "report.json"
        shutil.rmtree(self.folder / "archive", ignore_errors=True)
        self.ask(
            "backtest", "cases", file, "--mapping", "town", "--report", report,
            "--archive", self.folder / "archive", status=status,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(report.read_text())
        return found


def values(answer: dict[str, Any], code: str) -> dict[str, Any]:
    return {row["group"]: row["value"] for row in answer["rows"] if row["indicator"] == code}


PLACE = "116.41,39.92"
MIXED = (
    f"1,Rubbish,2024-03-01 08:00,2024-03-01 10:00,,,,{PLACE}",
    f"2,meteor,2024-03-01 09:00,2024-03-01 10:00,,,,{PLACE}",
    f"3,E0301,2024-03-01 10:00,,,,,{PLACE}",
    f",E0301,2024-03-01 10:00,,,,,{PLACE}",
    "4,E0301,2024-03-01 11:00,,,,,10.0,50.0",
)


def test_a_closed_list_of_categories_is_closed_for_all_commands(tmp_path: Path) -> None:
    town = Town(tmp_path, is_closed=True)
    file = town.write(*MIXED)
    from_file = town.ask("kpi", file, "--mapping", "town")
    assert from_file["input"]["set_aside"] == {"no-case": 1, "unknown-category": 1}
    assert values(from_file, "filed") == {"all": 3}
    report = town.backtest(file)
    assert report["input"]["set_aside"] == {
        "no-case": 1,
        "unknown-category": 1,
        "outside-city": 1,
    }
    assert (report["input"]["read"], report["input"]["used"]) == (5, 2)
    out = tmp_path / "clusters.json"
    town.ask("scan", file, "--mapping", "town", "--out", out)
    scanned = json.loads(out.read_text())["input"]
    assert scanned["set_aside"] == {"no-case": 1, "unknown-category": 1}
    assert from_file["unplaced"] == {"outside-city": 1}  # what a stream cannot keep, a table counts
    assert values(town.ask("kpi"), "filed") == {"all": 2}


def test_unknown_categories_count_under_the_one_for_the_rest_in_all_commands(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path)
    file = town.write(*MIXED[:3])
    town.backtest(file)
    wanted = {"Rubbish": 1, "meteor": 1, "E0301": 1}
    from_file = town.ask("kpi", file, "--mapping", "town", "--by", "category")
    assert values(from_file, "filed") == wanted
    from_archive = town.ask("kpi", "--by", "category")
    assert values(from_archive, "filed") == {"E0102": 1, "meteor": 1, "E0301": 1}
    for answer in (from_file, from_archive):
        assert answer["flags"]["unknown-category"] == 1
        assert answer["input"]["set_aside"] == {}


def test_a_file_of_which_nothing_fits_ends_with_a_sentence(tmp_path: Path) -> None:
    town = Town(tmp_path, is_closed=True)
    file = town.write(MIXED[1])
    assert (
        "none of 1 rows can be used: 1 unknown-category"
        in (town.ask("kpi", file, "--mapping", "town", status=1)["error"])
    )
    report = town.backtest(file, status=1)
    assert (report["input"]["used"], report["cases_in"]) == (0, 0)


def test_rows_with_coordinates_are_placed_as_ingest_places_them(tmp_path: Path) -> None:
    town = Town(tmp_path)
    rows = (
        f"{n},E0301,2024-03-01 08:00,,,,,{116.38 + n / 200},{39.90 + n / 300}" for n in range(9)
    )
    file = town.write(*rows)
    town.backtest(file)
    by_file = values(town.ask("kpi", file, "--mapping", "town", "--by", "street"), "filed")
    by_archive = values(town.ask("kpi", "--by", "street"), "filed")
    unplaced = by_file.pop("(unknown)", 0)
    assert by_file == by_archive
    assert len(by_file) > 1
    assert sum(by_file.values()) + unplaced == 9
    plain = town.ask("kpi", file, "--by", "street")  # by the names of the columns
    assert values(plain, "filed") == by_file | ({"(unknown)": unplaced} if unplaced else {})


@pytest.mark.parametrize(
    "closing", ["2044-03-01 10:00", "9999-12-31 00:00", "1970-01-01 08:00", "1900-01-01 00:00"]
)
def test_an_impossible_closing_is_no_closing(closing: str, tmp_path: Path) -> None:
    town = Town(tmp_path)
    good = [f"{n},E0301,2024-03-01 08:00,2024-03-01 1{n}:00,,,,{PLACE}" for n in range(4)]
    file = town.write(*good, f"9,E0301,2024-03-01 08:00,{closing},,,,{PLACE}")
    answer = town.ask("kpi", file, "--mapping", "town")
    town.backtest(file)
    events = tmp_path / "events.jsonl"
    events.write_text(
        "\n".join(
            json.dumps({"case": n, "type": kind, "ts": f"{at.replace(' ', 'T')}:00+08:00"})
            for n, closed in [
                *((str(n), f"2024-03-01 1{n}:00") for n in range(4)),
                ("9", closing),
            ]
            for kind, at in (("filed", "2024-03-01 08:00"), ("closed", closed))
        )
    )
    for found in (answer, town.ask("kpi"), town.ask("kpi", events)):
        counts = {code: values(found, code)["all"] for code in ("filed", "closed", "open")}
        assert counts == {"filed": 5, "closed": 4, "open": 1}
        assert values(found, "mean_hours_to_close") == {"all": pytest.approx(3.5)}
        assert values(found, "median_hours_to_close") == {"all": pytest.approx(3.5)}
        assert found["end_ms"] == 1_709_269_200_000  # 13:00, the last true event
        told = found["unused"].get("impossible-time", 0)
        told += found["flags"].get("implausible-time", 0)
        assert told == 1 or found["input"]["read"] == 14  # the archive never had it


def test_a_closing_long_before_its_filing_has_no_length(tmp_path: Path) -> None:
    town = Town(tmp_path)
    file = town.write(
        f"1,E0301,2024-03-01 08:00,2024-03-01 10:00,,,,{PLACE}",
        f"2,E0301,2024-03-01 08:00,2024-02-01 10:00,,,,{PLACE}",
        f"3,E0301,2024-03-01 08:00,2024-03-01,,,,{PLACE}",
    )
    answer = town.ask("kpi", file, "--mapping", "town")
    [mean] = [row for row in answer["rows"] if row["indicator"] == "mean_hours_to_close"]
    assert (mean["value"], mean["denominator"]) == (pytest.approx(1), 2)
    assert values(answer, "closed") == {"all": 3}
    assert answer["flags"]["closed-before-filing"] == 2


def test_a_limit_that_is_a_date_ends_with_its_day(tmp_path: Path) -> None:
    town = Town(tmp_path)
    file = town.write(
        f"1,E0301,2024-03-01 08:00,2024-03-02 18:00,2024-03-02,,,{PLACE}",
        f"2,E0301,2024-03-01 08:00,2024-03-03 00:01,2024-03-02,,,{PLACE}",
        f"3,E0301,2024-03-01 08:00,2024-03-04 08:00,9999-12-31,,,{PLACE}",
    )
    answer = town.ask("kpi", file, "--mapping", "town")
    [in_time] = [row for row in answer["rows"] if row["indicator"] == "closed_in_time_of_due"]
    assert (in_time["numerator"], in_time["denominator"]) == (1, 2)
    assert answer["limits"] == {"own": 2, "registry": 1, "none": 0}
    assert answer["unused"] == {"impossible-limit": 1}


def test_names_compare_without_what_nobody_sees(tmp_path: Path) -> None:
    town = Town(tmp_path, ignores_case=True)
    row = "{n},E0301,2024-03-01 08:00,,,{dept},{street}," + PLACE
    file = town.write(
        row.format(n=1, dept="SANITATION office ", street="东华门"),
        row.format(n=2, dept="sanitation", street=" 东华门 "),
        row.format(n=3, dept=" Sanitation", street="110101001"),
        row.format(n=4, dept="Cafe\u0301", street="Caf\u00e9"),
        row.format(n=5, dept="Caf\u00e9", street="Cafe\u0301"),
    )
    by_department = town.ask("kpi", file, "--mapping", "town", "--by", "department")
    assert values(by_department, "filed") == {"sanitation": 3, "Caf\u00e9": 2}
    assert by_department["flags"] == {"unknown-department": 2}
    by_street = town.ask("kpi", file, "--mapping", "town", "--by", "street")
    assert values(by_street, "filed") == {"110101001": 3, "Caf\u00e9": 2}


def test_a_department_of_another_case_is_another_where_the_register_says_nothing(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path)
    file = town.write(f"1,E0301,2024-03-01 08:00,,,Sanitation,,{PLACE}")
    answer = town.ask("kpi", file, "--mapping", "town", "--by", "department")
    assert values(answer, "filed") == {"Sanitation": 1}
    assert answer["flags"] == {"unknown-department": 1}


def test_hostile_names_are_shown_as_text(tmp_path: Path) -> None:
    town = Town(tmp_path)
    file = town.write(f"[/x]1,E0301,2024-03-01 08:00,,,[link=evil]\x1b[2J,,{PLACE}")
    env = {f"{PREFIX}CONFIG_DIR": str(tmp_path / "config"), f"{PREFIX}CITY": "dongcheng"}
    for words in (["cases", "find"], ["cases", "show", "[/x]1"], ["kpi", "--by", "department"]):
        option = [str(file)] if words[0] == "kpi" else ["--file", str(file)]
        result = CliRunner().invoke(application(), [*words, *option, "--mapping", "town"], env=env)
        assert result.exit_code == 0, result.exception
        assert "\x1b" not in result.stdout
        assert "[link=evil]" in result.stdout.replace("\n", "")
