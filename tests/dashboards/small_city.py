"""A small city for the tests of the wall: four streets, two feeds, one rule. All invented."""

from __future__ import annotations

from datetime import date

import numpy as np

from config.catalog import Catalog, Category, City, Feed, Metric, ReadingsRule, Rule, Street
from config.registry_entries import Department
from dashboards.common.city_index import CityIndex
from models.grid.grid import Grid
from models.grid.projection import LocalProjection

DAY = date(2010, 4, 16)
STREETS = {
    "110101001": ("东华门街道", "Donghuamen"),
    "110101002": ("景山街道", "Jingshan"),
    "110101003": ("交道口街道", "Jiaodaokou"),
    "110101004": ("安定门街道", "Andingmen"),
}
RULE = "dust-excess"


def small_grid(columns: int = 44, rows: int = 80) -> Grid:
    """Cells inside an ellipse, in four bands of streets from south to north."""
    row, column = np.mgrid[0:rows, 0:columns]
    inside = ((column - columns / 2) / (columns / 2)) ** 2 + (
        (row - rows / 2) / (rows / 2)
    ) ** 2 < 1
    row, column = row[inside].astype(np.int32), column[inside].astype(np.int32)
    street = 110101001 + np.clip(row * 4 // rows + (column > columns * 0.6), 0, 3).astype(np.int64)
    order = np.lexsort((column, -row, street))
    row, column, street = row[order], column[order], street[order]
    first = np.searchsorted(street, street)
    number = np.arange(len(street)) - first
    codes = street * 10**6 + (1 + number // 999) * 1000 + 1 + number % 999
    return Grid(
        codes=codes,
        lon=116.39 + column * 0.00117,
        lat=39.87 + row * 0.0009,
        x_m=column * 100.0,
        y_m=row * 100.0,
        column=column,
        row=row,
        cell_m=100.0,
        synthetic=True,
        projection=LocalProjection(116.39, 39.87),
    )


def _department(code: str, zh: str, en: str, **dates: date) -> Department:
    begin = {"valid_from": date(1949, 10, 1)}
    return Department(code=code, title={"zh": zh, "en": en}, source="invented", **begin | dates)


DEPARTMENTS = (
    _department("urban-enforcement", "城管监察大队", "City Patrol", valid_to=date(2009, 1, 1)),
    _department("urban-enforcement", "城管执法局", "Enforcement", valid_from=date(2009, 1, 1)),
    _department("environment", "环保局", "Environment"),
)


def small_catalog() -> Catalog:
    """Catalog with four streets, two feeds and one rule."""
    return Catalog(
        city=City(
            code="110101",
            name={"zh": "东城区", "en": "Dongcheng"},
            timezone="Asia/Shanghai",
            note={"zh": "示例", "en": "an example"},
        ),
        streets=tuple(
            Street(code=code, name={"zh": zh, "en": en}, valid_from=date(1949, 10, 1))
            for code, (zh, en) in STREETS.items()
        ),
        feeds={"dust": _dust(), "cases": _cases()},
        rules={RULE: _rule()},
    )


def small_city_index(grid: Grid | None = None) -> CityIndex:
    """Index of the small city."""
    only = grid or small_grid()
    return CityIndex(small_catalog(), lambda _day: only, DAY, DEPARTMENTS)


def _dust() -> Feed:
    pm10 = Metric(
        title={"zh": "PM10", "en": "PM10"}, unit="µg/m³", resolution=0.1, low=0, high=5000,
        decimals=1, layer=True,
    )  # fmt: skip
    return Feed(
        name="dust", kind="readings", title={"zh": "工地扬尘", "en": "Construction dust"},
        owner={"zh": "环保局", "en": "Environment"}, source="invented", expected_interval_s=10,
        pane_s=900, allowed_lateness_s=600, metrics={"pm10": pm10},
    )  # fmt: skip


def _cases() -> Feed:
    litter = Category(code="0101", title={"zh": "暴露垃圾", "en": "Exposed litter"})
    return Feed(
        name="cases", kind="cases", title={"zh": "城管案件", "en": "City cases"},
        owner={"zh": "监督中心", "en": "Supervision"}, source="invented", expected_interval_s=600,
        pane_s=3600, allowed_lateness_s=0, categories={"0101": litter},
    )  # fmt: skip


def _rule() -> Rule:
    words = {"zh": "扬尘", "en": "dust"}
    return ReadingsRule(
        name=RULE, title={"zh": "PM10 局地偏高", "en": "PM10 locally high"}, feed="dust",
        metric="pm10", detector="seasonal", levels={"blue": 30.0}, minimum=50, cause=words,
        consequence=words, suggestion=words, owner=words, response_minutes=60,
    )  # fmt: skip
