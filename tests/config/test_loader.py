from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from config.errors import ConfigError
from config.kinds import known_feed_kinds
from config.loader import cities_of, city_of_mapping, load
from config.settings import Settings
from tests.config.town import replaced, write_town

SHIPPED = Settings()
KINDS = ", ".join(sorted(known_feed_kinds()))


@pytest.mark.parametrize("city", cities_of(SHIPPED))
def test_every_shipped_city_loads(city: str) -> None:
    catalog = load(Settings(city=city))
    assert len(catalog.grid_at(date(2020, 1, 1))) >= 100
    assert "cases" in catalog.feeds


def test_four_cities_are_shipped() -> None:
    assert cities_of(SHIPPED) == ["baltimore", "boston", "dongcheng", "example"]


def test_dongcheng_had_ten_streets_and_has_seventeen() -> None:
    catalog = load(SHIPPED)
    before, after = catalog.grid_at(date(2010, 6, 30)), catalog.grid_at(date(2010, 7, 1))
    assert len(catalog.streets_at(date(2010, 6, 30))) == 10
    assert len(catalog.streets_at(date(2010, 7, 1))) == 17
    assert len(before) == pytest.approx(2538, rel=0.03)  # 25.38 km²
    assert len(after) == pytest.approx(4184, rel=0.03)  # 41.84 km²
    assert before.synthetic and after.synthetic
    assert np.unique(after.codes // 1000).size == pytest.approx(161, abs=5)  # communities


def test_cells_keep_their_codes_when_the_district_grows() -> None:
    catalog = load(SHIPPED)
    before, after = catalog.grid_at(date(2009, 1, 1)), catalog.grid_at(date(2020, 1, 1))
    at = after.index_of(before.codes)
    assert (at >= 0).all()
    assert np.array_equal(after.column[at], before.column)
    assert np.array_equal(after.row[at], before.row)


def test_days_with_the_same_streets_share_one_grid() -> None:
    catalog = load(SHIPPED)
    assert catalog.grid_at(date(2015, 1, 1)) is catalog.grid_at(date(2026, 1, 1))


def test_a_grid_of_more_cells_than_messages_hold_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("config.grid.MOST_CELLS", 100)
    with pytest.raises(ConfigError, match="a district at most 100: make several"):
        load(Settings()).grid_at(date(2026, 1, 1))


def test_a_day_without_streets_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no street of Dongcheng District is in force on 1990"):
        load(SHIPPED).grid_at(date(1990, 1, 1))


def test_a_city_is_configuration(tmp_path: Path) -> None:
    catalog = load(write_town(tmp_path))
    assert catalog.city.name["en"] == "Testville"
    assert catalog.feeds["dust"].sensors["S1"].lon == 116.405
    assert catalog.feeds["cases"].categories["rubbish"].code == "rubbish"
    assert catalog.mapping("table").timezone == "Asia/Shanghai"  # the city's own
    grid = catalog.grid_at(date(2020, 1, 1))
    assert set((grid.codes // 10**6).tolist()) == {990001001, 990001002}


def test_the_city_that_ships_a_mapping_is_found() -> None:
    assert city_of_mapping(SHIPPED, "prsa") == "dongcheng"
    assert city_of_mapping(SHIPPED, "boston311") == "boston"
    assert city_of_mapping(SHIPPED, "baltimore311") == "baltimore"
    with pytest.raises(ConfigError, match=r"no city has a mapping 'x'; known are prsa"):
        city_of_mapping(SHIPPED, "x")


def test_an_unknown_mapping_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="has no mapping 'x'; it has prsa"):
        load(SHIPPED).mapping("x")


def test_an_unknown_city_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"there is no city 'atlantis'.*boston, dongcheng"):
        load(Settings(city="atlantis"))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("city", "Asia/Shanghai", "Asia/Peking", "city.yaml:3: timezone: expected an IANA"),
        ("city", '"990001"', "990001", "city.yaml:1: code: should be a valid string, found 990001"),
        ("city", "timezone:", "time_zone:", "city.yaml:3: time_zone: is not a field here"),
        ("city", "cell_m: 100", "cell_m: 1", "city.yaml:6: grid.cell_m: should be greater"),
        ("city", "code:", "code: x\ncode:", 'city.yaml:2: found duplicate key "code"'),
        ("city", "cell_m: 100", "cells: no.geojson", "city.yaml:5: grid: expected either cells"),
        ("city", "[116.40, 39.91]]", "[116.40, 99]]", "city.yaml:9: grid.areas.west.3.1: should"),
        (
            "streets",
            '"990001002"',
            '"110101002"',
            "streets.yaml:8: streets.1.code: expected a code that starts with the district 990001,"
            " found 110101002",
        ),
        (
            "streets",
            '"990001002"',
            '"990001001"',
            "streets.yaml:10: streets.1.valid_from: street 990001001 is already valid then",
        ),
        ("streets", "area: east", "area: north", "streets.yaml:11: streets.1.area: expected one"),
        ("streets", "39.905]", "x]", "streets.yaml:7: streets.0.centre.1: should be a valid numb"),
        ("streets", "2010-07-01", "soon", "streets.yaml:10: streets.1.valid_from: should be a val"),
        ("feeds/dust", "resolution: 0.1", "resolution: 0", "dust.yaml:13: metrics.pm10.resolution"),
        (
            "feeds/dust",
            "resolution: 0.1",
            "resolution: 1.0e-9",
            "metrics.pm10.resolution: 1e-09 is",
        ),
        (
            "feeds/dust",
            "low: 0",
            "low: 20000",
            "dust.yaml:14: metrics.pm10.low: expected less than",
        ),
        (
            "feeds/dust",
            "sensors: sites",
            "sensors: x",
            "dust.yaml:8: sensors: expected the name of",
        ),
        ("feeds/dust", "kind: readings", "kind: cases", "dust.yaml:1: categories: a feed of kind"),
        (
            "feeds/dust",
            "kind: readings",
            "kind: tallies",
            f"dust.yaml:1: kind: expected one of {KINDS}, found 'tallies'",
        ),
        (
            "feeds/dust",
            "sensors: sites",
            "clock: {future_s: 301}",
            "dust.yaml:8: clock.future_s: expected at most half the allowed lateness of 600 s",
        ),
        (
            "feeds/dust",
            "sensors: sites",
            "registered: true",
            "dust.yaml:8: registered: a feed of registered sensors needs a list of them",
        ),
        ("feeds/dust", "sensors: sites", "bounds: {steps: 0}", "dust.yaml:8: bounds.steps: should"),
        ("feeds/dust", "kind: readings", "name: x\nkind: readings", "name: is given by the file's"),
        (
            "sensors/sites",
            ", lat: 39.905",
            "",
            "sites.yaml:3: sensors.S1: expected either cell, or",
        ),
        ("sensors/sites", "39.905", "38.905", "sites.yaml:3: sensors.S1: stands outside all cells"),
        (
            "rules/dust",
            "feed: dust",
            "feed: dusk",
            "dust.yaml:2: feed: expected one of cases, dust",
        ),
        ("rules/dust", "metric: pm10", "metric: pm1", "dust.yaml:3: metric: expected a metric of"),
        ("rules/dust", "yellow: 60", "yellow: 33", "levels.yellow: expected more than blue 40.0"),
        ("rules/dust", "{zh: 策, en: suggestion}", "{zh: 策}", "dust.yaml:9: suggestion: expected"),
        ("rules/dust", "minimum: 60\n", "", "dust.yaml:1: minimum: is required and missing"),
        ("rules/dust", "minimum: 60", "minimum: {", "dust.yaml:8: no valid YAML"),
        (
            "mappings/table",
            "feed: dust",
            "feed: no",
            "table.yaml:1: feed: expected one of cases, dust",
        ),
        ("mappings/table", "pm10:", "pm1:", "table.yaml:6: metrics.pm1: feed dust has no such"),
        ("mappings/table", "{fixed: S1}", "{}", "table.yaml:4: sensor: expected either column or"),
        (
            "mappings/table",
            "{column: when}",
            "{columns: x}",
            "table.yaml:3: time.columns: is not a",
        ),
        ("mappings/table", "feed: dust", "feed: cases", "case: is required for feed cases of kind"),
        (
            "mappings/table",
            "source: invented",
            "source: x\ntimezone: y",
            "timezone: expected an IANA",
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    settings = write_town(tmp_path, **{name.replace("/", "__"): replaced(f"{name}.yaml", old, new)})
    with pytest.raises(ConfigError) as raised:
        load(settings)
    assert message in str(raised.value)


@pytest.mark.parametrize(("lateness_s", "future_s"), [(600, 300), (60, 30), (7200, 600)])
def test_a_clock_may_be_ahead_by_half_the_lateness_at_most(
    tmp_path: Path, lateness_s: int, future_s: int
) -> None:
    feed = replaced("feeds/dust.yaml", "lateness_s: 600", f"lateness_s: {lateness_s}")
    assert load(write_town(tmp_path, feeds__dust=feed)).feeds["dust"].clock.future_s == future_s


def test_a_category_code_of_a_mapping_must_exist(tmp_path: Path) -> None:
    mapping = """\
        feed: cases
        source: invented
        case: id
        category:
          column: what
          codes:
            Litter: litter
        events:
          - {type: reported, time: {column: opened}}
        """
    with pytest.raises(ConfigError, match=r"table.yaml:7: category.codes.Litter: expected a cat"):
        load(write_town(tmp_path, mappings__table=mapping))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"streets.yaml: this file is required and missing"):
        load(write_town(tmp_path, streets=None))


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"dust.yaml:1: expected fields and values, found None"):
        load(write_town(tmp_path, rules__dust=""))


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    settings = write_town(tmp_path)
    (tmp_path / "city" / "town" / "rules" / "dust.yaml").write_bytes(b"title: \xff")
    with pytest.raises(ConfigError, match=r"dust.yaml: expected UTF-8 text, found byte 7"):
        load(settings)


def test_a_file_with_another_ending_is_not_overlooked(tmp_path: Path) -> None:
    settings = write_town(tmp_path)
    (tmp_path / "city" / "town" / "rules" / "noise.yml").write_text("title: x")
    with pytest.raises(ConfigError, match=r"noise.yml: expected a name that ends in .yaml"):
        load(settings)
